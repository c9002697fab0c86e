"""The end of a job: once a release is live, nothing takes its report and addresses away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from activities.end_job import end
from adapters.memory.wrapped import FailingContainer
from tests.activities.world import World, make_live
from tests.media import run_ffmpeg
from tests.transcoding.builders import a_failure
from transcoding.errors import StorageFailed
from transcoding.job.events import JobEnded, LetterWritten, PurgeEnded
from transcoding.job.messages import Ending, Filed, Outcome, Stage
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan
from transcoding.reporting.report import Report

REPORT = "clip.mp4/report.json"


@pytest.fixture
def published(world: World, clip: Path) -> Plan:
    """12 s, and a second sound track whose codec has no decoder."""
    unknown = clip.read_bytes().replace(b"mp4a", b"ac-4").replace(b"esds", b"zzzz")
    made = world.plan(unknown)
    make_live(world.services, made)
    return made


def ending(made: Plan, status: str = "published", release: int = 1) -> Ending:
    outcome = Outcome.model_validate(
        {
            "status": status,
            "name": made.job.name,
            "release": release if status == "published" else 0,
            "purge": "done: 5 paths" if status == "published" else "",
            "stages": (Stage(name="encoding", seconds=1.5), Stage(name="verifying", seconds=0.25)),
        }
    )
    return Ending(job=made.job, outcome=outcome)


def report_of(world: World) -> Report:
    body = world.containers.videos.read(REPORT)
    assert body is not None
    return Report.model_validate_json(body)


def test_a_published_job_has_a_report(world: World, published: Plan) -> None:
    """Renditions, stages, rules, and the sound that was left out."""
    assert end(world.services, ending(published)) == Filed(path=REPORT)
    report = report_of(world)
    assert report.source_etag == published.job.etag
    assert report.duration_s == 12.0
    assert [rendition.kind for rendition in report.renditions] == ["video", "video"]
    assert [rendition.segments for rendition in report.renditions] == [3, 3]
    assert report.stages[0].seconds == 1.5
    assert len(report.conformance) > 50
    (left_out,) = report.source.unplayable_audio
    assert (left_out.stream_index, left_out.codec) == (1, "ac4")


def test_a_job_that_was_published_in_its_second_pass_has_a_report(world: World, clip: Path) -> None:
    """It tells of the markers that were joined last."""
    planned = world.plan(clip)
    make_live(world.services, planned.model_copy(update={"pass_number": 1}))
    end(world.services, ending(planned))
    assert [rendition.segments for rendition in report_of(world).renditions][:2] == [3, 3]


def test_it_is_counted_once(world: World, published: Plan) -> None:
    """With how long it took, how long it plays, and how its purge ended."""
    end(world.services, ending(published))
    assert world.events.of(JobEnded) == [JobEnded("published", 1.75, 12.0)]
    assert world.events.of(PurgeEnded) == [PurgeEnded("done")]
    assert world.events.of(LetterWritten) == []


@pytest.mark.parametrize("status", ["superseded", "cancelled"])
def test_who_published_nothing_reports_nothing(world: World, published: Plan, status: str) -> None:
    """It is counted, without a length."""
    assert end(world.services, ending(published, status)) == Filed(path="")
    assert world.containers.videos.read(REPORT) is None
    (told,) = world.events.of(JobEnded)
    assert (told.status, told.duration_s, told.media_s) == (status, 1.75, None)
    assert world.events.of(PurgeEnded) == []


def delete(world: World) -> None:
    world.containers.uploads.delete("clip.mp4")


def replace(world: World) -> None:
    world.upload(b"newer")


def label(world: World) -> None:
    world.containers.uploads.set_metadata("clip.mp4", {"owner": "kim"})


@pytest.mark.parametrize("happens", [delete, replace, label])
def test_what_becomes_of_the_source_changes_nothing(
    world: World, published: Plan, happens: Callable[[World], None]
) -> None:
    """Deleted, replaced or labelled during the purge: the release is live all the same."""
    happens(world)
    assert end(world.services, ending(published)) == Filed(path=REPORT)
    assert report_of(world).source_etag == published.job.etag


def test_the_report_of_a_newer_release_stays(world: World, published: Plan, clip: Path) -> None:
    """Under the stable name lies that of what is live."""
    newer = world.plan(clip)
    make_live(world.services, newer)
    end(world.services, ending(newer, release=2))
    end(world.services, ending(published))
    assert report_of(world).source_etag == newer.job.etag


@pytest.mark.parametrize(("kind", "least"), [("videos", 9), ("work", 3)])
def test_a_report_that_cannot_be_written_is_raised_at_every_operation(
    world: World, published: Plan, kind: str, least: int
) -> None:
    """The host tries again, and the orchestrator makes a warning of it; nothing was counted."""
    for at in range(1, 100):
        containers = {"videos": world.containers.videos, "work": world.containers.work}
        containers[kind] = FailingContainer(containers[kind], at)
        services = world.services_with(None, **containers)
        try:
            end(services, ending(published))
        except StorageFailed:
            assert not world.events.of(JobEnded)
            assert not world.events.of(PurgeEnded)
        else:
            assert at > least
            assert len(world.events.of(JobEnded)) == 1
            return
    raise AssertionError("no attempt came to its end")


@pytest.mark.parametrize(("failed_before", "counted"), [(0, 0), (4, 0), (5, 1)])
def test_a_job_without_a_report_is_counted_at_the_last_attempt(
    world: World, published: Plan, failed_before: int, counted: int
) -> None:
    """It has published its video; the host gives up after six attempts."""
    work = WorkFolder.of(published.job)
    if failed_before:
        note = a_failure(unit_id="end_job", step="end_job", attempt=failed_before)
        world.services.stores.notes.write_failure(work, note)
    world.containers.work.delete(work.plan(0))
    with pytest.raises(StorageFailed):
        end(world.services, ending(published))
    assert len(world.events.of(JobEnded)) == counted
    assert len(world.events.of(PurgeEnded)) == counted


def test_without_its_plan_a_job_has_no_report(world: World, published: Plan) -> None:
    """The failure says what it was about."""
    world.containers.work.delete(WorkFolder.of(published.job).plan(0))
    with pytest.raises(StorageFailed, match="the report cannot be written"):
        end(world.services, ending(published))


def test_a_song_has_a_report_too(world: World, tmp_path: Path) -> None:
    """As long as its sound."""
    tone = tmp_path / "tone.wav"
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=3", str(tone)])
    made = world.plan(tone)
    make_live(world.services, made)
    end(world.services, ending(made))
    assert [rendition.kind for rendition in report_of(world).renditions] == ["audio"]
    assert world.events.of(JobEnded)[0].media_s == pytest.approx(3, abs=0.03)
