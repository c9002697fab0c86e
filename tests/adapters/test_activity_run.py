"""What surrounds every activity: replies, notes of failures, and no secret in any of them."""

from __future__ import annotations

import logging
from fractions import Fraction
from typing import Any

import pytest
from activities.encode_chunk import encode_chunk
from adapters.activity_run import run_activity
from tests.adapters.breaking_storage import breaking_storage

from activities.probe_source import probe_source
from adapters import services as services_module
from adapters.dead_letters import write_dead_letter
from adapters.services import Services
from adapters.settings import Settings
from adapters.storage.store import BlobStore
from tests.adapters.jobs import plan, quick_services, units
from tests.media import ClipMaker
from tests.storage import upload
from transcoding.errors import Cancelled, StorageFailed, Superseded, ToolFailed, VodError
from transcoding.job.messages import Ending, Job, Outcome, Reply, UnitDone
from transcoding.job.paths import WorkFolder

READ_URL = "https://acct.blob.core.windows.net/uploads/a.mp4?sv=2024&sig=c2VjcmV0"


@pytest.fixture
def job(store: BlobStore, settings: Settings) -> Job:
    return upload(store, settings, "clip.mp4", b"source")


def raises(error: Exception) -> Any:
    def work() -> Any:
        raise error

    return work


def test_what_an_activity_makes_is_its_reply(store: BlobStore, job: Job) -> None:
    """The value as JSON, and nothing stopped."""
    reply = run_activity("encode_chunk", job, store, lambda: UnitDone(encoded=1, skipped=0))
    assert reply == {"stopped": "", "value": {"encoded": 1, "skipped": 0}}


@pytest.mark.parametrize("stop", [Superseded("it was replaced"), Cancelled("it was cancelled")])
def test_a_job_without_a_future_is_an_answer(store: BlobStore, job: Job, stop: VodError) -> None:
    """The host would retry a failure, for nothing."""
    reply = Reply.from_json(run_activity("encode_chunk", job, store, raises(stop)))
    assert reply.stopped == str(stop)
    assert store.read_failures(WorkFolder.of(job), 10) == []


def test_a_failure_is_noted_in_full_until_an_attempt_succeeds(store: BlobStore, job: Job) -> None:
    """Command and last words are kept for the dead letter; success takes the note away."""
    error = ToolFailed("encode", command=("ffmpeg", "-i"), exit_code=8, stderr_tail="no space")
    with pytest.raises(ToolFailed):
        run_activity("encode_chunk", job, store, raises(error), unit_id="video-1")
    (note,) = store.read_failures(WorkFolder.of(job), 10)
    assert (note.unit_id, note.error, note.exit_code) == ("video-1", "ToolFailed", 8)
    assert (note.command, note.stderr_tail) == (("ffmpeg", "-i"), "no space")
    run_activity(
        "encode_chunk", job, store, lambda: UnitDone(encoded=1, skipped=0), unit_id="video-1"
    )
    assert store.read_failures(WorkFolder.of(job), 10) == []


def test_a_mistake_of_ours_is_noted_too(store: BlobStore, job: Job) -> None:
    """It keeps its type, and the dead letter tells of it."""
    with pytest.raises(KeyError):
        run_activity("plan_job", job, store, raises(KeyError("rungs")))
    (note,) = store.read_failures(WorkFolder.of(job), 10)
    assert (note.error, note.message) == ("KeyError", "'rungs'")


def test_an_unforeseen_error_gives_no_read_url_to_the_host(store: BlobStore, job: Job) -> None:
    """What is raised stays in the instance's history for ever."""
    with pytest.raises(VodError) as failure:
        run_activity("probe_source", job, store, raises(OSError(f"cannot open {READ_URL}")))
    assert "c2VjcmV0" not in str(failure.value)
    assert "OSError in probe_source" in str(failure.value)
    assert failure.value.__suppress_context__
    (note,) = store.read_failures(WorkFolder.of(job), 10)
    assert "c2VjcmV0" not in note.model_dump_json()


def test_a_note_that_cannot_be_written_hides_no_failure(
    store: BlobStore, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The activity's own error is what the host is told."""

    def fails(*_: Any) -> None:
        raise StorageFailed("write")

    monkeypatch.setattr(store, "write_failure", fails)
    with pytest.raises(ToolFailed, match="encode chunk 3"):
        run_activity("encode_chunk", job, store, raises(ToolFailed("encode chunk 3")))


def test_no_signature_or_key_leaves_an_encode_that_fails(
    settings: Settings,
    clip_maker: ClipMaker,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exception, log, notes, dead letter, messages and repr, with a real read URL to read from."""
    caplog.set_level(logging.DEBUG, "durable_vod")
    made = quick_services(settings)
    monkeypatch.setattr(services_module, "load_settings", lambda: made.settings)
    services_module.services.cache_clear()
    planned = plan(made, clip_maker.clip(frame_rate=Fraction(25), frame_count=300))
    signature = made.store.read_url(planned.job).partition("sig=")[2].partition("&")[0]
    unit = units(planned)[0].to_json()
    with breaking_storage(503) as storage:
        storage.arm(300_000)
        with pytest.raises(ToolFailed) as failure:
            _called(encode_chunk)(unit)
    services_module.services.cache_clear()
    failed = Outcome(status="failed", name=planned.job.name, detail=str(failure.value))
    path = write_dead_letter(made, Ending(job=planned.job, outcome=failed)).path
    letter = made.store.failed.read(path)
    assert letter is not None
    assert b"<source>" in letter
    assert b"HTTP error 503" in letter
    notes = made.store.read_failures(WorkFolder.of(planned.job), 10)
    assert len(notes) == 1
    told = "\n".join(
        [
            *(str(failure.value), repr(failure.value), *failure.value.command),
            *(record.getMessage() for record in caplog.records),
            *(note.model_dump_json() for note in notes),
            *(letter.decode(), str(unit), planned.model_dump_json(), repr(made)),
        ]
    )
    key = settings.uploads.connection_string.partition("AccountKey=")[2].partition(";")[0]
    assert len(signature) > 20
    assert len(key) > 20
    for secret in (signature, key, "sig=", "AccountKey="):
        assert secret not in told


def test_settings_that_are_put_right_work_at_the_next_call(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure to read them is not remembered."""
    monkeypatch.setattr(services_module, "load_settings", raises(VodError("setting X is wrong")))
    services_module.services.cache_clear()
    job = Job(container=settings.uploads_container, name="a.mp4", etag="0x1", run_id="1")
    with pytest.raises(VodError, match="setting X is wrong"):
        _called(probe_source)(job.to_json())
    monkeypatch.setattr(services_module, "load_settings", lambda: settings)
    assert isinstance(services_module.services(), Services)
    services_module.services.cache_clear()


def _called(registered: Any) -> Any:
    """Return the plain function of an activity that is registered by a decorator."""
    return registered._function.get_user_function()
