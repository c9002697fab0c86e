"""A clock that is moved by hand."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class ManualClock:
    """It stands still until it is moved; whoever sleeps moves it, and does not wait.

    Attributes:
        slept_s: how long each sleep was, in order.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._passed_s = 0.0
        self._lock = threading.Lock()
        self.slept_s: list[float] = []

    def monotonic_s(self) -> float:
        return self._passed_s

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed_s)

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move it on.

        Raises:
            ValueError: time does not go back.
        """
        if seconds < 0:
            raise ValueError(f"{seconds} s is back in time")
        with self._lock:
            self._passed_s += seconds
