"""Retry policies: the host's built-in retries, with exponential backoff."""

from __future__ import annotations

from azure.durable_functions import RetryOptions

from transcoding.job.retrying import RetryPolicy, policy_of


class Backoff(RetryOptions):
    """Built-in retries whose waits grow.

    The Python SDK writes only the first interval and the number of attempts; the host reads the
    coefficient and the longest interval from the same JSON. A retry time-out is left out: it would
    desynchronise replay.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        super().__init__(policy.first_s * 1000, policy.attempts)
        self._policy = policy

    def to_json(self) -> dict[str, float]:
        return {
            **super().to_json(),
            "backoffCoefficient": self._policy.coefficient,
            "maxRetryIntervalInMilliseconds": self._policy.longest_s * 1000,
        }


def backoff_of(step: str) -> Backoff:
    """Return the policy of a step as the SDK takes it."""
    return Backoff(policy_of(step))
