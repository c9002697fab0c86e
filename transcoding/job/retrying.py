"""How often and how far apart steps are tried again: data for the host's built-in retries.

Whoever tells people of a failed unit tells when it runs again by the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class RetryPolicy(NamedTuple):
    """Exponential backoff: `first_s`, then `coefficient` times as long, never over `longest_s`."""

    first_s: int
    coefficient: int
    longest_s: int
    attempts: int

    def wait_s(self, failed: int) -> int | None:
        """Return how long the host waits after so many failures; None when that was the last."""
        if failed >= self.attempts:
            return None
        wait = self.first_s * int(self.coefficient ** (failed - 1))
        return min(wait, self.longest_s)


ENCODING = RetryPolicy(first_s=5, coefficient=2, longest_s=60, attempts=4)
"""A crash or an eviction is over at the next attempt; damage that stays is not worth more CPU."""

STORAGE = RetryPolicy(first_s=2, coefficient=2, longest_s=60, attempts=6)
"""Throttling and fail-overs pass within a minute or two: 2, 4, 8, 16, 32 s."""

PURGE = RetryPolicy(first_s=10, coefficient=3, longest_s=300, attempts=5)
"""Front Door allows few purges at a time; nothing waits for this one."""

_POLICIES: Mapping[str, RetryPolicy] = {
    "encode_unit": ENCODING,
    "make_poster": ENCODING,
    "make_storyboard": ENCODING,
    "purge_cdn": PURGE,
}


def policy_of(step: str) -> RetryPolicy:
    """Return how a step is tried again: as storage is, unless it encodes or purges."""
    return _POLICIES.get(step, STORAGE)
