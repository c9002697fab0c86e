"""Retry policies: the host's built-in retries, with exponential backoff."""

from __future__ import annotations

from azure.durable_functions import RetryOptions


class Backoff(RetryOptions):
    """Built-in retries whose waits grow.

    The Python SDK writes only the first interval and the number of attempts; the host reads the
    coefficient and the longest interval from the same JSON. A retry time-out is left out: it would
    desynchronise replay.
    """

    def __init__(self, *, first_s: int, coefficient: float, longest_s: int, attempts: int) -> None:
        super().__init__(first_s * 1000, attempts)
        self._coefficient = coefficient
        self._longest_s = longest_s

    def to_json(self) -> dict[str, float]:
        return {
            **super().to_json(),
            "backoffCoefficient": self._coefficient,
            "maxRetryIntervalInMilliseconds": self._longest_s * 1000,
        }


ENCODING = Backoff(first_s=5, coefficient=2, longest_s=60, attempts=4)
"""A crash or an eviction is over at the next attempt; damage that stays is not worth more CPU."""

STORAGE = Backoff(first_s=2, coefficient=2, longest_s=60, attempts=6)
"""Throttling and fail-overs pass within a minute or two: 2, 4, 8, 16, 32 s."""

PURGE = Backoff(first_s=10, coefficient=3, longest_s=300, attempts=5)
"""Front Door allows few purges at a time; nothing waits for this one."""
