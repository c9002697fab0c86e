"""A superseded job makes way for what lies under its name now."""

from __future__ import annotations

import asyncio

import pytest

from activities.start_successor import find, start_found
from tests.activities.world import World
from tests.triggers.extension import Extension
from transcoding.job.messages import Job, Successor


@pytest.fixture
def job(world: World) -> Job:
    return world.upload(b"source")


def succeed(world: World, job: Job, extension: Extension) -> Successor:
    """Do the step."""
    found = find(world.services, job)
    asyncio.run(start_found(world.services, job, found, extension))
    return found


def test_a_change_of_metadata_has_its_job_started_once(world: World, job: Job) -> None:
    """No event tells of it; a repeated attempt finds the job running."""
    etag = world.containers.uploads.set_metadata("clip.mp4", {"owner": "kim"})
    assert etag is not None
    extension = Extension()
    for _ in range(2):
        assert succeed(world, job, extension) == Successor(etag=etag)
    newer = job.model_copy(update={"etag": etag})
    assert extension.started == [newer.instance_id]
    started = extension.instances[newer.instance_id]["input"]
    assert (started["name"], started["etag"]) == ("clip.mp4", etag)
    assert started["run_id"] != job.run_id


@pytest.mark.parametrize("state", ["Running", "Completed", "Failed", "Terminated"])
def test_a_job_that_its_own_event_has_started_is_left_alone(
    world: World, job: Job, state: str
) -> None:
    """In whatever state it is by now."""
    newer = world.upload(b"newer")
    extension = Extension()
    known = {"instanceId": newer.instance_id, "runtimeStatus": state}
    extension.instances[newer.instance_id] = known
    succeed(world, job, extension)
    assert extension.started == []


def test_without_another_upload_there_is_no_successor(world: World, job: Job) -> None:
    """The same one is the job's own; one that is gone is nobody's."""
    extension = Extension()
    assert succeed(world, job, extension) == Successor(etag="")
    world.containers.uploads.delete("clip.mp4")
    assert succeed(world, job, extension) == Successor(etag="")
    assert extension.started == []


def test_a_client_that_does_not_answer_is_raised(world: World, job: Job) -> None:
    """The host tries the step again."""
    world.upload(b"newer")
    extension = Extension()
    extension.failures = [Exception("unexpected status code 503")]
    with pytest.raises(Exception, match="503"):
        succeed(world, job, extension)
    succeed(world, job, extension)
    assert len(extension.started) == 1
