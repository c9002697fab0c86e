"""How steps follow one another, and what becomes of those that go wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from cli.doctor.steps import CANARY, EXAMINATION
from cli.doctor.time_limit import OutOfTime, time_limit
from cli.doctor.visit import Step, Visit, go_through
from tests.cli.doctor.builders import a_visit, told
from transcoding.errors import StorageFailed, VodError
from transcoding.reporting.checkup import Check


def ok(name: str) -> Check:
    return Check(name=name, status="ok", found="so")


def failing(_visit: Visit) -> Check:
    raise StorageFailed("read", on="uploads", advice="ask for a role")


def advising_nothing(_visit: Visit) -> Check:
    raise VodError("read")


def sleeping(_visit: Visit) -> Check:
    time.sleep(60)
    return ok("slept")


def test_each_step_has_its_line_in_order() -> None:
    """One check, several, or an error that says what to do."""

    def two(_visit: Visit) -> Iterator[Check]:
        yield ok("b")
        yield ok("c")

    visit = a_visit()
    steps = (Step("a", lambda _: ok("a")), Step("two", two), Step("d", failing))
    go_through(visit, (*steps, Step("e", advising_nothing)))
    assert told(visit.checks) == {"a": "ok", "b": "ok", "c": "ok", "d": "failed", "e": "failed"}
    assert (visit.checks[3].found, visit.checks[3].advice) == ("read (uploads)", "ask for a role")
    assert visit.checks[4].advice == "look at the app's log"


def test_what_needs_a_failed_step_is_skipped() -> None:
    """And so is what needs the skipped one; what needs neither is tried."""
    visit = a_visit()
    steps = (
        Step("a", failing),
        Step("b", lambda _: ok("b"), needs=("a",)),
        Step("c", lambda _: ok("c"), needs=("b",)),
        Step("d", lambda _: ok("d")),
    )
    go_through(visit, steps)
    assert told(visit.checks) == {"a": "failed", "b": "skipped", "c": "skipped", "d": "ok"}
    assert visit.checks[2].found == "there is nothing to try without: b"
    assert not visit.checkup().passed


def test_a_step_that_hangs_is_ended() -> None:
    """The next one has its turn."""
    visit = a_visit()
    go_through(visit, (Step("a", sleeping, limit_s=0.2), Step("b", lambda _: ok("b"))))
    assert told(visit.checks) == {"a": "failed", "b": "ok"}
    assert visit.checks[0].found == "it has not ended within 0 s"
    assert "--timeout" in visit.checks[0].advice


def test_all_together_take_no_longer_than_they_may() -> None:
    """When the time is over, what has not been tried has failed."""
    visit = a_visit(limit_s=0.2)
    go_through(visit, (Step("a", sleeping, limit_s=3.0), Step("b", sleeping, limit_s=3.0)))
    assert told(visit.checks) == {"a": "failed", "b": "failed"}
    assert {check.found for check in visit.checks} == {"it has not ended within 0 s"}


def test_a_time_limit_is_no_exception_that_is_caught() -> None:
    """What catches everything in order to try again cannot go on for ever."""
    with pytest.raises(OutOfTime), time_limit(0.1):
        while True:
            with suppress(Exception):
                time.sleep(60)
    with time_limit(0.1):
        pass
    time.sleep(0.15)


def test_every_step_needs_what_comes_before_it() -> None:
    """A name that no step before has would skip it for ever; the app's own checks come first."""
    before = {f"app: {name}" for name in ("settings", "ffmpeg", "ffprobe")}
    for step in (*EXAMINATION, *CANARY):
        assert set(step.needs) <= before, step.name
        assert step.name not in before
        before.add(step.name)
    assert len(before) == 20
