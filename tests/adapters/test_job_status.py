"""A job's status from what its orchestrator says and what lies in a real Azurite."""

from __future__ import annotations

import json
from typing import Any

import pytest
from adapters.job_status import read_status

from adapters.services import Services
from adapters.settings import Settings
from tests.adapters.jobs import quick_services
from tests.transcoding.builders import a_job, a_plan, a_progress
from transcoding.job.messages import Job, Outcome
from transcoding.job.paths import WorkFolder
from transcoding.job.records import ChunkRecord, Segment

JOB = a_job()


@pytest.fixture
def services(settings: Settings) -> Services:
    return quick_services(settings)


def instance(runtime: str, job: Job = JOB, **more: Any) -> dict[str, Any]:
    return {"runtimeStatus": runtime, "input": json.dumps(job.to_json())} | more


def test_a_running_job_tells_chunks_and_frames(services: Services) -> None:
    """Done-markers of one rung and the record of a unit that runs."""
    plan = a_plan(chunk_s=20)
    work = WorkFolder.of(plan.job)
    services.store.write_plan(work, plan)
    key = plan.rungs[0].key
    segment = Segment(
        number=1,
        decode_time=0,
        duration=1,
        size_bytes=1,
        keyframe_bytes=1,
        frame_count=600,
        md5="",
    )
    services.store.write_marker(
        plan.folder(key),
        ChunkRecord(
            key=key,
            index=0,
            timescale=30_000,
            codec="avc1",
            init_sha256="",
            init_md5="",
            init_size_bytes=1,
            segments=(segment,),
        ),
    )
    services.store.write_progress(work, a_progress(key, chunk=1, frames_done=300))
    custom = {"phase": "encoding", "groups_done": 2, "groups_total": 9}
    told = read_status(services, instance("Running", customStatus=custom))
    assert (told.state, told.phase, told.groups_done, told.groups_total) == (
        "running", "encoding", 2, 9,
    )  # fmt: skip
    assert len(told.renditions) == 10
    assert (told.renditions[0].chunks_done, told.renditions[0].frames_done) == (1, 900)
    assert 0 < told.percent < 5


def test_a_published_job_has_its_addresses(services: Services) -> None:
    """Input and output may come as JSON or as its text."""
    outcome = Outcome(
        status="published", name=JOB.name, master_path="a/master.m3u8", manifest_path="a/m.mpd"
    )
    for output in (outcome.to_json(), json.dumps(outcome.to_json())):
        told = read_status(services, instance("Completed", output=output))
        assert (told.state, told.percent) == ("published", 100.0)
        assert told.hls_url.endswith("/a/master.m3u8")


def test_a_failed_job_names_its_letter(services: Services) -> None:
    """Where it really lies: a refused name has no folder of its own."""
    output = "Orchestrator function 'publish_video' failed: encode_chunk: ToolFailed: no space"
    told = read_status(services, instance("Failed", output=output))
    failed = services.settings.failed_container
    assert told.state == "failed"
    assert told.detail == (
        f"encode_chunk: ToolFailed: no space; see {failed}/holiday/beach.mp4/"
        f"{JOB.instance_id}.json, then: vod replay 'holiday/beach.mp4'"
    )
    bad = a_job(name="a//b.mp4")
    told = read_status(services, instance("Failed", bad, output=output))
    assert f"see {failed}/unknown/{bad.instance_id}.json" in told.detail


@pytest.mark.parametrize("runtime", ["Terminated", "Canceled"])
def test_a_job_that_was_ended_from_outside_has_no_letter(services: Services, runtime: str) -> None:
    """Nobody was there to write one."""
    told = read_status(services, instance(runtime, output=None))
    assert told.state == "failed"
    assert told.detail == (
        f"the job was ended from outside ({runtime}); vod replay 'holiday/beach.mp4'"
    )
