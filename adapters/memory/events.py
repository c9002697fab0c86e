"""A sink that keeps what it is told."""

from __future__ import annotations

from typing import TypeVar

from transcoding.job.events import Event

_E = TypeVar("_E", bound=Event)


class KeptEvents:
    """The EventSink of whoever asks afterwards what happened; threads may share it.

    Attributes:
        told: every event, in order.
        settled: how many events had been told each time that a step was over.
    """

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.settled: list[int] = []

    def take(self, event: Event) -> None:
        self.told.append(event)

    def settle(self) -> None:
        self.settled.append(len(self.told))

    def of(self, kind: type[_E]) -> list[_E]:
        """Return the events of one kind, in order."""
        return [event for event in self.told if isinstance(event, kind)]
