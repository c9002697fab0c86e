"""Whether this machine's clock agrees with storage's, which judges signatures by its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.checkup.examination import Finding, failed, passed
from adapters.clock import Clock
from adapters.storage.account import CLOCK_SKEW

_HALF_A_SECOND = timedelta(seconds=0.5)
"""Storage tells whole seconds."""


def try_clock(clock: Clock, storage_time: Callable[[], datetime]) -> Finding:
    """Compare the clocks in the middle of one request."""
    before = clock.now()
    there = storage_time() + _HALF_A_SECOND
    here = before + (clock.now() - before) / 2
    apart_s = (here - there).total_seconds()
    told = f"{abs(apart_s):.0f} s {'ahead of' if apart_s > 0 else 'behind'} storage's"
    if abs(apart_s) > CLOCK_SKEW.total_seconds():
        return failed(
            f"the clock is {told}; {CLOCK_SKEW.total_seconds():.0f} s is the most",
            "set this machine's clock: storage refuses signatures from another time",
        )
    return passed(f"the clock is {told}")
