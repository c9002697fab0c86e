"""Progress records of a running unit, and the looks that stop it."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.ffmpeg.runner import Progress
from adapters.settings import Settings
from adapters.storage.container import BlobContainer
from adapters.storage.store import BlobStore
from adapters.unit_progress import UnitReporter
from tests.storage import upload
from transcoding.errors import Cancelled, StorageFailed, Superseded
from transcoding.job.messages import Job
from transcoding.job.paths import WorkFolder


@pytest.fixture
def job(store: BlobStore, settings: Settings) -> Job:
    return upload(store, settings, "clip.mp4", b"source")


def reporter_of(store: BlobStore, job: Job) -> UnitReporter:
    return UnitReporter(
        store,
        job,
        unit_id="video-1-00000",
        keys=("h264-1",),
        chunk=0,
        frames_total=100,
        frames_of=lambda progress: progress.frames * 2,
    )


def test_progress_is_written_once_in_a_while(store: BlobStore, job: Job) -> None:
    """Two calls within two seconds are one record; never more frames than there are."""
    reporter = reporter_of(store, job)
    reporter.encoding(Progress(frames=60, speed=1.5))
    reporter.encoding(Progress(frames=10, speed=9.0))
    (record,) = store.read_progress(WorkFolder.of(job))
    assert (record.frames_done, record.speed, record.state) == (100, 1.5, "encoding")
    reporter.state("uploading")
    assert [r.state for r in store.read_progress(WorkFolder.of(job))] == ["uploading"]
    reporter.done()
    assert store.read_progress(WorkFolder.of(job)) == []


def test_a_cancelled_or_replaced_job_stops_its_unit(
    store: BlobStore, settings: Settings, job: Job
) -> None:
    """What is raised here ends the encode."""
    store.cancel(WorkFolder.of(job))
    with pytest.raises(Cancelled):
        reporter_of(store, job).encoding(Progress())
    upload(store, settings, "clip.mp4", b"newer")
    with pytest.raises(Superseded):
        reporter_of(store, job).encoding(Progress())


def test_another_runs_cancel_mark_stops_nothing(store: BlobStore, job: Job) -> None:
    """A replay starts while units of the failed run still see their mark."""
    store.cancel(WorkFolder.of(job))
    reporter_of(store, job.model_copy(update={"run_id": "run-2"})).check_wanted()


def test_storage_that_does_not_answer_ends_no_unit(
    store: BlobStore, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Progress is not worth minutes of encoding: neither while it encodes nor after."""

    def fails(*_: Any, **__: Any) -> None:
        raise StorageFailed("write")

    for name in ("put", "delete", "properties"):
        monkeypatch.setattr(BlobContainer, name, fails)
    reporter = reporter_of(store, job)
    reporter.encoding(Progress())
    reporter.state("checking")
    reporter.done()
