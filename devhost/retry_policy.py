"""When a failed activity or sub-orchestration is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple


class RetryPolicy(NamedTuple):
    """What the real host reads of the JSON of RetryOptions."""

    max_attempts: int
    first_delay_ms: float
    backoff: float
    max_delay_ms: float

    @classmethod
    def of(cls, options: dict[str, Any]) -> RetryPolicy:
        """Read the JSON form.

        Raises:
            KeyError: one of the two keys that the host requires is missing.
        """
        return cls(
            max_attempts=int(options["maxNumberOfAttempts"]),
            first_delay_ms=float(options["firstRetryIntervalInMilliseconds"]),
            backoff=float(options.get("backoffCoefficient", 1)),
            max_delay_ms=float(options.get("maxRetryIntervalInMilliseconds", float("inf"))),
        )

    def delay(self, attempt: int) -> timedelta | None:
        """Return how long to wait after this failed attempt, counted from 1; None gives up."""
        if attempt >= self.max_attempts:
            return None
        delay_ms = self.first_delay_ms * self.backoff ** (attempt - 1)
        return timedelta(milliseconds=min(delay_ms, self.max_delay_ms))
