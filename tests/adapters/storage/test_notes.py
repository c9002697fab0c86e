"""What a run notes for itself: unreadable notes are skipped."""

from __future__ import annotations

import pytest

from adapters.memory.container import MemoryContainer
from adapters.storage.notes import Notes
from tests.transcoding.builders import a_chunk_record, a_failure, a_job, a_progress
from transcoding.job.collected import Collected
from transcoding.job.messages import Job
from transcoding.job.paths import WorkFolder

WORK = WorkFolder("job-1", "run-1")
OTHER_RUN = WorkFolder("job-1", "run-2")


@pytest.fixture
def container() -> MemoryContainer:
    return MemoryContainer()


@pytest.fixture
def notes(container: MemoryContainer) -> Notes:
    return Notes(container)


def test_progress_records_come_and_go(notes: Notes) -> None:
    """Only what runs now is listed; removing twice is fine."""
    notes.write_progress(WORK, a_progress("h264-1", frames_done=60))
    notes.write_progress(WORK, a_progress("h264-1", frames_done=90))
    assert [record.frames_done for record in notes.read_progress(WORK)] == [90]
    assert notes.read_progress(OTHER_RUN) == []
    notes.remove_progress(WORK, "video-0")
    notes.remove_progress(WORK, "video-0")
    assert notes.read_progress(WORK) == []


def test_some_failures_are_enough(notes: Notes) -> None:
    """The first by the name of their unit."""
    for unit in ("video-2", "video-0", "video-1"):
        notes.write_failure(WORK, a_failure(unit_id=unit))
    assert notes.read_failures(WORK, 2) == [
        a_failure(unit_id="video-0"),
        a_failure(unit_id="video-1"),
    ]


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"unit_id": "video-0", "eta_s": 5}'])
def test_a_note_that_cannot_be_read_is_skipped(
    container: MemoryContainer, notes: Notes, body: bytes
) -> None:
    """A newer version wrote it, or it was cut short: no job ends because of that."""
    container.put(WORK.progress("video-9.json"), body, content_type="application/json")
    container.put(WORK.failures("video-9.json"), body, content_type="application/json")
    notes.write_progress(WORK, a_progress("h264-1"))
    notes.write_failure(WORK, a_failure(unit_id="video-0"))
    assert notes.read_progress(WORK) == [a_progress("h264-1")]
    assert notes.read_failures(WORK, 20) == [a_failure(unit_id="video-0")]


def test_marks_belong_to_a_run(notes: Notes) -> None:
    """A replay is not cancelled by the failed run's mark."""
    assert not notes.is_cancelled(WORK)
    notes.cancel(WORK)
    assert notes.is_cancelled(WORK)
    assert not notes.is_cancelled(OTHER_RUN)


def test_a_round_that_is_over_ends_alone(notes: Notes) -> None:
    """The units of the new plan go on; marking twice is fine."""
    notes.mark_round_over(WORK, 0)
    notes.mark_round_over(WORK, 0)
    assert notes.is_round_over(WORK, 0)
    assert not notes.is_round_over(WORK, 1)
    assert not notes.is_round_over(OTHER_RUN, 0)
    assert not notes.is_cancelled(WORK)


def test_the_failure_of_one_step_comes_and_goes(notes: Notes) -> None:
    """An attempt that ends well takes the note of the one before away."""
    assert notes.read_failure(WORK, "video-0") is None
    notes.write_failure(WORK, a_failure(unit_id="video-0", attempt=2))
    found = notes.read_failure(WORK, "video-0")
    assert found is not None
    assert found.attempt == 2
    notes.remove_failure(WORK, "video-0")
    notes.remove_failure(WORK, "video-0")
    assert notes.read_failure(WORK, "video-0") is None


def joined(index: int = 0) -> Collected:
    return Collected(records={"h264-1": (a_chunk_record(index),)})


def test_joined_markers_are_kept_for_the_steps_that_follow(
    container: MemoryContainer, notes: Notes
) -> None:
    """What cannot be read is as good as gone, but nothing takes its name."""
    assert notes.read_collected(WORK, 0, 0, Collected) is None
    assert notes.create_collected(WORK, 0, 0, joined())
    assert notes.read_collected(WORK, 0, 0, Collected) == joined()
    container.put(WORK.collected(0, 0), b"{", content_type="application/json")
    assert notes.read_collected(WORK, 0, 0, Collected) is None
    assert not notes.create_collected(WORK, 0, 0, joined())


def test_joined_markers_of_a_pass_stay(notes: Notes) -> None:
    """Who comes second may say the same; what says something else changes nothing."""
    assert notes.create_collected(WORK, 0, 0, joined())
    assert notes.create_collected(WORK, 0, 0, joined())
    assert not notes.create_collected(WORK, 0, 0, joined(1))
    assert notes.read_collected(WORK, 0, 0, Collected) == joined()


def test_the_last_pass_over_a_plan_is_found(notes: Notes) -> None:
    """By its number, not by when it was written; other plans have passes of their own."""
    assert notes.read_latest_collected(WORK, 0, Collected) is None
    for number in (10, 9, 0):
        assert notes.create_collected(WORK, 0, number, joined(number))
    assert notes.create_collected(WORK, 1, 11, joined(11))
    assert notes.read_latest_collected(WORK, 0, Collected) == joined(10)
    assert notes.read_latest_collected(OTHER_RUN, 0, Collected) is None


def test_plan_and_verdict_are_kept_as_they_are(notes: Notes) -> None:
    """The plan tells when it was made, too."""
    assert notes.read_plan(WORK, 0, Job) is None
    assert notes.read_latest_plan(WORK, Job) is None
    assert notes.read_conformance(WORK) is None
    assert notes.create_plan(WORK, 0, a_job())
    notes.write_conformance(WORK, b"[]")
    assert notes.read_plan(WORK, 0, Job) == a_job()
    assert notes.read_conformance(WORK) == b"[]"


def test_the_plan_of_a_round_stays(notes: Notes) -> None:
    """A second attempt at planning swaps nothing; a later round has a plan of its own."""
    assert notes.create_plan(WORK, 0, a_job())
    assert not notes.create_plan(WORK, 0, a_job(etag="0x9"))
    assert notes.read_plan(WORK, 0, Job) == a_job()
    assert notes.create_plan(WORK, 10, a_job(etag="0x10"))
    assert notes.create_plan(WORK, 9, a_job(etag="0x9"))
    latest = notes.read_latest_plan(WORK, Job)
    assert latest is not None
    assert latest.plan == a_job(etag="0x10")
