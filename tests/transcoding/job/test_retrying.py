"""When the host tries a step again."""

from __future__ import annotations

import pytest

from transcoding.job.retrying import ENCODING, PURGE, STORAGE, RetryPolicy


@pytest.mark.parametrize(
    ("policy", "waits_s"),
    [
        (ENCODING, [5, 10, 20, None]),
        (STORAGE, [2, 4, 8, 16, 32, None]),
        (PURGE, [10, 30, 90, 270, None]),
        (RetryPolicy(first_s=10, coefficient=3, longest_s=60, attempts=5), [10, 30, 60, 60, None]),
    ],
)
def test_waits_grow_up_to_the_longest(policy: RetryPolicy, waits_s: list[int | None]) -> None:
    """After the last attempt there is no wait."""
    attempts = range(1, policy.attempts + 1)
    assert [policy.wait_s(failed) for failed in attempts] == waits_s
