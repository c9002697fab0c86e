"""Whether this machine's clock agrees with storage's, which judges signatures by its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.checkup.examination import Finding, failed, passed
from adapters.clock import Clock
from adapters.storage.account import CLOCK_SKEW

_A_SECOND = timedelta(seconds=1)
"""Storage tells whole seconds."""


def try_clock(clock: Clock, storage_time: Callable[[], datetime]) -> Finding:
    """Compare the clocks by one request."""
    began = clock.now()
    told = storage_time()
    return judge_clock(began, told, clock.now())


def judge_clock(began: datetime, told: datetime, ended: datetime) -> Finding:
    """Judge the whole second in which storage answered, at some time between two of ours."""
    least, most = told - ended, told + _A_SECOND - began
    behind = max(least, min(most, timedelta()))
    apart_s = f"{abs(behind.total_seconds()):.0f} s"
    if abs(behind) <= CLOCK_SKEW:
        return passed(f"{apart_s} apart from storage's")
    direction = "behind" if behind > timedelta() else "ahead of"
    return failed(
        f"this machine's is {apart_s} {direction} storage's; {CLOCK_SKEW.total_seconds():.0f} s is"
        " the most",
        "set it by NTP: storage refuses signatures and sign-ins from another time",
    )
