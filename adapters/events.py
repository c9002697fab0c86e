"""Events to whoever listens: metrics today; a catalogue and webhooks can be added here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from transcoding.job.events import Event

_log = logging.getLogger("durable_vod.events")


class EventSink(Protocol):
    """Takes what happened; it may raise, and nobody is the worse for it."""

    def take(self, event: Event) -> None: ...

    def settle(self) -> None:
        """The step that told of events, in this thread, is over: see that they outlive the process.

        It is waited for, so it should take seconds at most.
        """


class Events:
    """Hands each event to every sink."""

    def __init__(self, sinks: Sequence[EventSink]) -> None:
        self._sinks = tuple(sinks)

    def tell(self, event: Event) -> None:
        """Tell every sink; one that fails is logged, and the others are told all the same."""
        for sink in self._sinks:
            try:
                sink.take(event)
            except Exception as failure:  # whatever it is, the job goes on
                _log.warning("an event was lost: %s: %s", type(failure).__name__, failure)

    def settle(self) -> None:
        """Have every sink keep what the step in this thread has told; nothing is raised."""
        for sink in self._sinks:
            try:
                sink.settle()
            except Exception as failure:  # as above
                _log.warning("events may be lost: %s: %s", type(failure).__name__, failure)
