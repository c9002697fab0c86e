"""What surrounds every step: replies, notes of failures, and no secret in any of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest

from activities.dead_letter import write as write_letter
from activities.encode_unit import encode_chunk
from activities.runner import perform, run_step
from adapters.memory.wrapped import FailingContainer
from adapters.services import Services
from adapters.settings import Settings
from tests.activities.azure import azure_services, planned_on
from tests.activities.breaking_storage import breaking
from tests.activities.world import World, picture_units
from tests.media import ClipMaker
from transcoding.errors import (
    Cancelled,
    EncodeAgain,
    NotConformant,
    OutputMismatch,
    PlanAgain,
    SettingsInvalid,
    StorageFailed,
    Superseded,
    ToolFailed,
    VodError,
)
from transcoding.job.events import LetterWritten, StepFailed, StepRetried
from transcoding.job.messages import Done, Ending, Job, Outcome, Reply
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitFailure
from transcoding.plan.lanes import UnitName
from transcoding.plan.plan import Plan

READ_URL = "https://acct.blob.core.windows.net/uploads/a.mp4?sv=2024&sig=c2VjcmV0"

Body = Callable[[Services, Any], Any]


@pytest.fixture
def job(world: World) -> Job:
    return world.upload(b"source")


def raises(error: Exception) -> Body:
    def body(*_: object) -> Any:
        raise error

    return body


def succeeds(*_: object) -> Done:
    return Done(done=1)


def notes_of(world: World, job: Job) -> list[UnitFailure]:
    return world.services.stores.notes.read_failures(WorkFolder.of(job), 10)


def test_what_a_step_makes_is_its_reply(world: World, job: Job) -> None:
    """The value as JSON, and nothing stopped; no note, and no event."""
    reply = perform(world.services, "plan_job", job, succeeds)
    assert reply == {"value": {"done": 1, "skipped": 0}, "stop": None}
    assert notes_of(world, job) == []
    assert world.events.told == []


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (Superseded("it was replaced"), []),
        (NotConformant("2 rules"), [StepFailed("plan_job", "NotConformant")]),
        (ToolFailed("ffmpeg exited"), [StepFailed("plan_job", "ToolFailed")]),
        (KeyError("a mistake of ours"), [StepFailed("plan_job", "KeyError")]),
    ],
)
def test_events_are_kept_before_the_host_hears_of_the_end(
    world: World, job: Job, error: Exception, failed: list[StepFailed]
) -> None:
    """However a step ends, and an attempt that fails is one of them: the instance may go then."""

    def body(tools: Services, _: object) -> Any:
        tools.events.tell(LetterWritten("failed"))
        raise error

    with suppress(ToolFailed, KeyError):
        perform(world.services, "plan_job", job, body)
    assert world.events.told == [LetterWritten("failed"), *failed]
    assert world.events.settled == [len(world.events.told)]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Superseded("it was replaced"), "superseded"),
        (Cancelled("it was cancelled"), "cancelled"),
        (PlanAgain("another encoder"), "plan_again"),
        (EncodeAgain("a segment is gone"), "encode_again"),
    ],
)
def test_a_job_that_cannot_go_on_as_it_is_is_an_answer(
    world: World, job: Job, error: VodError, why: str
) -> None:
    """The host would retry a failure, for nothing; it is nobody's failure, so there is no note."""
    reply = Reply.from_json(perform(world.services, "encode_unit", job, raises(error)))
    assert reply.stop is not None
    assert (reply.stop.why, reply.stop.detail) == (why, str(error))
    assert notes_of(world, job) == []


@pytest.mark.parametrize(
    "error",
    [
        OutputMismatch("199 frames"),
        SettingsInvalid("setting UPLOADS_STORAGE has no AccountKey"),
        NotConformant("2 rules"),
    ],
)
def test_a_failure_that_no_retry_can_mend_ends_the_job_at_the_first_attempt(
    world: World, job: Job, error: VodError
) -> None:
    """It is an answer too, with a note for the dead letter."""
    reply = Reply.from_json(perform(world.services, "encode_unit", job, raises(error)))
    assert reply.stop is not None
    assert (reply.stop.why, reply.stop.detail) == ("failed", str(error))
    (note,) = notes_of(world, job)
    assert (note.error, note.message) == (type(error).__name__, str(error))


def test_a_failure_is_noted_in_full_until_an_attempt_succeeds(world: World, planned: Plan) -> None:
    """Command and last words, how often and when; success takes the note away."""
    unit = UnitName(job=planned.job, round=0, number=17)
    error = ToolFailed("encode", command=("ffmpeg", "-i"), exit_code=8, stderr_tail="no space")
    for attempt in (1, 2, 3):
        world.clock.advance(10)
        with pytest.raises(ToolFailed):
            perform(world.services, "encode_unit", unit, raises(error))
        (note,) = notes_of(world, unit.job)
        assert (note.attempt, note.failed_at) == (attempt, world.clock.now())
    assert (note.unit_id, note.error, note.exit_code) == ("unit-0-00017", "ToolFailed", 8)
    assert (note.command, note.stderr_tail) == (("ffmpeg", "-i"), "no space")
    assert note.step == "encode_unit"
    perform(world.services, "encode_unit", unit, succeeds)
    assert notes_of(world, unit.job) == []


def test_every_attempt_after_a_failure_is_told_of_once(world: World, job: Job) -> None:
    """The first is none; those of other steps are their own."""
    for _ in range(2):
        with pytest.raises(StorageFailed):
            perform(world.services, "plan_job", job, raises(StorageFailed("list")))
    perform(world.services, "plan_job", job, succeeds)
    perform(world.services, "plan_job", job, succeeds)
    perform(world.services, "collect_chunks", job, succeeds)
    assert world.events.of(StepRetried) == [StepRetried("plan_job"), StepRetried("plan_job")]


def test_a_step_that_stops_is_not_tried_again_either(world: World, job: Job) -> None:
    """The note of its earlier failure would tell people of an attempt that never comes."""
    with pytest.raises(StorageFailed):
        perform(world.services, "plan_job", job, raises(StorageFailed("list")))
    perform(world.services, "plan_job", job, raises(PlanAgain("another encoder")))
    assert notes_of(world, job) == []


def test_what_is_done_is_done_though_its_note_stays(world: World, job: Job) -> None:
    """Storage hiccups where the note is taken away: nothing is repeated and told twice."""
    with pytest.raises(StorageFailed):
        perform(world.services, "end_job", job, raises(StorageFailed("list")))
    work = FailingContainer(world.containers.work, 2)
    answer = perform(world.services_with(work=work), "end_job", job, succeeds)
    assert answer["value"] == {"done": 1, "skipped": 0}
    assert work.operations[1].startswith("delete")
    assert len(notes_of(world, job)) == 1


def test_a_mistake_of_ours_is_noted_too(world: World, job: Job) -> None:
    """It keeps its type, and the dead letter tells of it."""
    with pytest.raises(KeyError):
        perform(world.services, "plan_job", job, raises(KeyError("rungs")))
    (note,) = notes_of(world, job)
    assert (note.unit_id, note.error, note.message) == ("plan_job", "KeyError", "'rungs'")


def test_a_value_that_a_step_cannot_make_is_no_unreadable_message(world: World, job: Job) -> None:
    """It is a mistake of ours, noted once."""

    def body(*_: object) -> Any:
        return Done.from_json({"done": "many"})

    with pytest.raises(ValueError, match="1 validation error for Done"):
        run_step("plan_job", job.to_json(), Job, body, lambda: world.services)
    (note,) = notes_of(world, job)
    assert (note.error, note.attempt) == ("ValidationError", 1)


def test_an_unforeseen_error_gives_no_read_url_to_the_host(world: World, job: Job) -> None:
    """What is raised stays in the instance's history for ever."""
    with pytest.raises(VodError) as failure:
        perform(world.services, "probe_source", job, raises(OSError(f"cannot open {READ_URL}")))
    assert "c2VjcmV0" not in str(failure.value)
    assert "OSError in probe_source" in str(failure.value)
    assert failure.value.__suppress_context__
    (note,) = notes_of(world, job)
    assert "c2VjcmV0" not in note.model_dump_json()


@pytest.mark.parametrize("kind", [OutputMismatch, Superseded, ToolFailed])
def test_no_answer_and_no_note_has_a_read_url(world: World, job: Job, kind: type[VodError]) -> None:
    """Even if an error of ours had one in its words."""
    error = kind(f"cannot open {READ_URL}")
    if isinstance(error, ToolFailed):
        error.command, error.stderr_tail = ("-i", READ_URL), f"{READ_URL}: not found"
    try:
        told = str(perform(world.services, "x", job, raises(error)))
    except VodError as raised:
        told = str(raised)
    told += "".join(note.model_dump_json() for note in notes_of(world, job))
    assert "uploads/a.mp4" in told
    assert "c2VjcmV0" not in told


def test_a_note_that_cannot_be_written_hides_no_failure(world: World, job: Job) -> None:
    """The step's own error is what the host is told."""
    for at in (1, 2, 3):
        work = FailingContainer(world.containers.work, at)
        expected = StorageFailed if at == 1 else ToolFailed
        with pytest.raises(expected):
            perform(
                world.services_with(work=work), "encode_unit", job, raises(ToolFailed("encode"))
            )


# --- secrets


def test_no_signature_or_key_leaves_an_encode_that_fails(
    settings: Settings, clip_maker: ClipMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """Exception, log, notes, dead letter, messages and repr, with a real read URL to read from."""
    caplog.set_level(logging.DEBUG, "durable_vod")
    made = azure_services(settings)
    planned = planned_on(made, clip_maker.clip(frame_rate=Fraction(25), frame_count=300))
    url = made.stores.uploads.read_url(planned.job.name)
    signature = url.partition("sig=")[2].partition("&")[0]
    unit = picture_units(planned)[0]
    with breaking(made, 503) as (broken, storage):
        storage.arm(300_000)
        with pytest.raises(ToolFailed) as failure:
            perform(broken, "encode_unit", unit, encode_chunk)
    failed = Outcome(status="failed", name=planned.job.name, detail=str(failure.value))
    path = write_letter(made, Ending(job=planned.job, outcome=failed)).path
    letter = made.stores.letters.read(path)
    assert letter is not None
    assert b"<source>" in letter
    assert b"HTTP error 503" in letter
    notes = made.stores.notes.read_failures(WorkFolder.of(planned.job), 10)
    assert len(notes) == 1
    told = "\n".join(
        [
            *(str(failure.value), repr(failure.value), *failure.value.command),
            *(record.getMessage() for record in caplog.records),
            *(note.model_dump_json() for note in notes),
            *(letter.decode(), str(unit.to_json()), planned.model_dump_json(), repr(made)),
        ]
    )
    key = settings.uploads.connection_string.partition("AccountKey=")[2].partition(";")[0]
    assert len(signature) > 20
    assert len(key) > 20
    for secret in (signature, key, "sig=", "AccountKey="):
        assert secret not in told
