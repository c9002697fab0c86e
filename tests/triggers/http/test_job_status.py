"""A job's status from what its orchestrator says and what lies in storage."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from adapters.events import Events
from adapters.ffmpeg.scripted import ScriptedTools
from adapters.memory.clock import ManualClock
from adapters.memory.stores import memory_containers, memory_stores
from adapters.services import Services
from adapters.settings import Settings, UploadsConnection
from tests.transcoding.builders import (
    NOW,
    a_chunk_record,
    a_failure,
    a_job,
    a_plan,
    a_progress,
    a_release,
)
from transcoding.job.messages import Job, Outcome, Stage
from transcoding.job.paths import WorkFolder
from transcoding.job.records import ReleaseRecord
from triggers.http.job_status import read_published, read_status

JOB = a_job()
WORK = WorkFolder.of(JOB)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def services(clock: ManualClock) -> Services:
    nowhere = UploadsConnection(blob_service_uri="https://account.blob.example")
    return Services(
        settings=Settings(uploads=nowhere, delivery=nowhere),
        stores=memory_stores(memory_containers(clock)),
        ffmpeg=ScriptedTools(),
        clock=clock,
        events=Events([]),
    )


def instance(runtime: str, job: Job = JOB, **more: Any) -> dict[str, Any]:
    return {"runtimeStatus": runtime, "input": json.dumps(job.to_json())} | more


def running(**more: Any) -> dict[str, Any]:
    return instance("Running", customStatus={"phase": "encoding"}, **more)


def publish(services: Services, number: int = 1, run_id: str = JOB.run_id) -> ReleaseRecord:
    """Have a release live."""
    record = a_release(number, run_id=run_id)
    assert services.stores.releases.record(JOB.name, record)
    services.stores.releases.publish(JOB.name, record)
    return record


# --- running


def test_a_running_job_tells_chunks_and_frames(services: Services, clock: ManualClock) -> None:
    """Done-markers of one rung and the record of a unit that runs; what is left by the pace."""
    plan = a_plan(chunk_s=20)
    assert services.stores.notes.create_plan(WORK, 0, plan)
    key = plan.video[0].key
    assert services.stores.renditions.create_marker(plan.folder(key), a_chunk_record(0, key=key))
    clock.advance(60)
    progress = a_progress(key, chunk=1, frames_done=300, written_at=clock.now())
    services.stores.notes.write_progress(WORK, progress)
    told = read_status(services, running())
    assert (told.state, told.phase, told.troubles) == ("running", "encoding", ())
    assert len(told.renditions) == 10
    assert (told.renditions[0].chunks_done, told.renditions[0].frames_done) == (1, 900)
    assert 0 < told.percent < 5
    assert told.eta_s is not None
    assert told.eta_s > 60


def test_a_job_without_a_plan_tells_its_phase(services: Services) -> None:
    """It is being probed."""
    told = read_status(services, instance("Running", customStatus={"phase": "probing"}))
    assert (told.state, told.phase, told.percent, told.eta_s) == ("running", "probing", 0, None)
    assert read_status(services, instance("Pending")).state == "pending"


def test_what_is_tried_again_is_told_with_reason_and_time(
    services: Services, clock: ManualClock
) -> None:
    """The second attempt of a unit begins 10 s after its second failure at the latest."""
    services.stores.notes.write_failure(WORK, a_failure(attempt=2))
    plan_failure = a_failure(unit_id="plan_job", step="plan_job", message="storage: list: 503")
    services.stores.notes.write_failure(WORK, plan_failure)
    clock.advance(4)
    step, unit = read_status(services, running()).troubles
    assert (unit.unit, unit.attempt) == ("unit-0-00000", 2)
    assert unit.reason == "encode chunk 0 of beach.mp4: ffmpeg was killed by signal 9"
    assert unit.again_at == NOW + timedelta(seconds=10)
    assert (step.unit, step.reason) == ("plan_job", "storage: list: 503")
    assert step.again_at == NOW + timedelta(seconds=2)


def test_a_worker_that_has_fallen_silent_counts_for_nothing(
    services: Services, clock: ManualClock
) -> None:
    """Killed at 99.9 %: it is told to be lost, and its frames will be done again."""
    plan = a_plan(chunk_s=20)
    assert services.stores.notes.create_plan(WORK, 0, plan)
    key = plan.video[0].key
    services.stores.notes.write_progress(WORK, a_progress(key, frames_done=1_199))
    clock.advance(30)
    heard = read_status(services, running())
    assert heard.percent > 0
    assert heard.troubles == ()
    clock.advance(1)
    lost = read_status(services, running())
    assert (lost.percent, lost.renditions[0].frames_done) == (0, 0)
    (trouble,) = lost.troubles
    assert (trouble.attempt, trouble.again_at) == (0, None)
    assert trouble.reason == "its worker has said nothing for 31 s; another one takes it over"


# --- ended


def test_a_published_job_has_its_addresses(services: Services) -> None:
    """Input and output may come as JSON or as its text."""
    outcome = Outcome(
        status="published",
        name=JOB.name,
        release=1,
        purge="done: 5 paths",
        warnings=("end_job failed: 503",),
        stages=(Stage(name="probing", seconds=1),),
    )
    publish(services)
    for output in (outcome.to_json(), json.dumps(outcome.to_json())):
        told = read_status(services, instance("Completed", output=output))
        assert (told.state, told.percent) == ("published", 100.0)
        assert told.hls_url == "memory://videos/holiday/beach.mp4/master.m3u8"
        assert told.dash_url == "memory://videos/holiday/beach.mp4/manifest.mpd"
        assert told.report_url == "memory://videos/holiday/beach.mp4/report.json"
        assert (told.purge, told.warnings) == ("done: 5 paths", ("end_job failed: 503",))


def test_a_video_that_was_removed_since_has_none(services: Services) -> None:
    """Where its upload was kept; a replay publishes it again."""
    publish(services)
    services.stores.releases.withdraw(JOB.name, "removal", lambda _: False)
    outcome = Outcome(status="published", name=JOB.name, release=1, warnings=("a purge failed",))
    told = read_status(services, instance("Completed", output=outcome.to_json()))
    assert (told.state, told.hls_url, told.dash_url, told.report_url) == ("published", "", "", "")
    assert told.warnings == (
        "a purge failed",
        "the video was removed since; vod replay 'holiday/beach.mp4'",
    )


@pytest.mark.parametrize("status", ["refused", "superseded", "cancelled"])
def test_a_job_that_published_nothing_says_why(services: Services, status: str) -> None:
    """Cancelled is no other's outcome."""
    outcome = {"status": status, "name": JOB.name, "detail": "this is why"}
    told = read_status(services, instance("Completed", output=outcome))
    assert (told.state, told.detail, told.hls_url) == (status, "this is why", "")


def test_a_failed_job_names_its_letter(services: Services) -> None:
    """Where it really lies: a refused name has no folder of its own."""
    output = "Orchestrator function 'publish_video' failed: encode_unit: ToolFailed: no space"
    told = read_status(services, instance("Failed", output=output))
    assert told.state == "failed"
    assert told.detail == (
        "encode_unit: ToolFailed: no space; see failed/holiday/beach.mp4/"
        f"{JOB.instance_id}.json, then: vod replay 'holiday/beach.mp4'"
    )
    bad = a_job(name="a//b.mp4")
    told = read_status(services, instance("Failed", bad, output=output))
    assert f"see failed/unknown/{bad.instance_id}.json" in told.detail


@pytest.mark.parametrize("runtime", ["Terminated", "Canceled"])
def test_a_job_that_was_ended_from_outside_has_no_letter(services: Services, runtime: str) -> None:
    """Nobody was there to write one."""
    told = read_status(services, instance(runtime, output=None))
    assert told.state == "failed"
    assert told.detail == (
        f"the job was ended from outside ({runtime}); vod replay 'holiday/beach.mp4'"
    )


@pytest.mark.parametrize("runtime", ["Failed", "Terminated"])
def test_a_run_whose_release_is_live_is_published_whatever_ended_it(
    services: Services, runtime: str
) -> None:
    """What came after it is a warning."""
    publish(services)
    told = read_status(services, instance(runtime, output="end_job: no space"))
    assert (told.state, told.percent, told.detail) == ("published", 100.0, "")
    assert told.hls_url == "memory://videos/holiday/beach.mp4/master.m3u8"
    assert len(told.warnings) == 1
    assert "vod replay" in told.warnings[0]


@pytest.mark.parametrize("runtime", ["Failed", "Terminated"])
def test_the_release_of_another_run_does_not_make_this_one_published(
    services: Services, runtime: str
) -> None:
    """A replay of a published job that fails has failed."""
    publish(services, run_id="0")
    assert read_status(services, instance(runtime, output="no space")).state == "failed"


def test_a_release_that_is_recorded_and_not_live_has_failed_so_far(services: Services) -> None:
    """Players see nothing of it yet."""
    assert services.stores.releases.record(JOB.name, a_release(1, run_id=JOB.run_id))
    assert read_status(services, instance("Failed", output="no space")).state == "failed"


# --- no job


def test_what_is_published_under_a_name_can_be_told_without_a_job(services: Services) -> None:
    """With its addresses, and why no job is told of."""
    assert read_published(services, JOB.name, "there is no upload") is None
    publish(services)
    told = read_published(services, JOB.name, "there is no upload")
    assert told is not None
    assert (told.state, told.instance_id, told.detail) == ("published", "", "there is no upload")
    assert told.dash_url == "memory://videos/holiday/beach.mp4/manifest.mpd"
