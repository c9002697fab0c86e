"""The sink that keeps what it is told."""

from __future__ import annotations

from adapters.events import Events
from adapters.memory.events import KeptEvents
from transcoding.job.events import Event, LetterWritten, StepRetried


class Broken:
    """A sink that takes nothing."""

    def take(self, event: Event) -> None:
        raise ValueError(f"no place for {event}")

    def settle(self) -> None:
        raise OSError("no network")


def test_it_keeps_everything_in_order() -> None:
    """Also where another sink fails: nobody is the worse for that."""
    kept = KeptEvents()
    events = Events([Broken(), kept])
    for event in (StepRetried("plan_job"), LetterWritten("failed"), StepRetried("end_job")):
        events.tell(event)
    assert kept.told == [StepRetried("plan_job"), LetterWritten("failed"), StepRetried("end_job")]
    assert kept.of(StepRetried) == [StepRetried("plan_job"), StepRetried("end_job")]


def test_every_sink_hears_that_a_step_is_over() -> None:
    """Also where another sink fails at it; it notes how much had been told by then."""
    kept = KeptEvents()
    events = Events([Broken(), kept])
    events.settle()
    events.tell(StepRetried("plan_job"))
    events.settle()
    assert kept.settled == [0, 1]
