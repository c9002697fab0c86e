"""The sink that keeps what it is told."""

from __future__ import annotations

from adapters.events import Events
from adapters.memory.events import KeptEvents
from transcoding.job.events import Event, LetterWritten, StepRetried


class Broken:
    """A sink that takes nothing."""

    def take(self, event: Event) -> None:
        raise ValueError(f"no place for {event}")


def test_it_keeps_everything_in_order() -> None:
    """Also where another sink fails: nobody is the worse for that."""
    kept = KeptEvents()
    events = Events([Broken(), kept])
    for event in (StepRetried("plan_job"), LetterWritten("failed"), StepRetried("end_job")):
        events.tell(event)
    assert kept.told == [StepRetried("plan_job"), LetterWritten("failed"), StepRetried("end_job")]
    assert kept.of(StepRetried) == [StepRetried("plan_job"), StepRetried("end_job")]
