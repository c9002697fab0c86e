"""The clock that is moved by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.memory.clock import ManualClock


def test_it_stands_still_until_it_is_moved() -> None:
    """Both its times move together, by sleeping too."""
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    before = clock.monotonic_s()
    clock.advance(90)
    clock.sleep(30)
    assert clock.monotonic_s() - before == 120
    assert clock.now() == datetime(2026, 3, 1, 0, 2, tzinfo=UTC)
    assert clock.slept_s == [30]


def test_it_never_goes_back() -> None:
    """What waits for it would wait for ever."""
    with pytest.raises(ValueError, match="back in time"):
        ManualClock().advance(-1)
