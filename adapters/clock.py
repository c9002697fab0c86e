"""The time: asked for and waited for through one small port, so that tests move it by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the app needs of time."""

    def monotonic_s(self) -> float:
        """Return seconds since an unknown moment; they never go back."""

    def now(self) -> datetime:
        """Return the date and time, in UTC."""

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own."""

    def monotonic_s(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
