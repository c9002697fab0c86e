"""The dead letter of a job that failed, unless it has not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from activities.dead_letter import write
from activities.encode_unit import encode_chunk
from activities.publish_release import publish
from adapters.memory.wrapped import FailingContainer, WrappedContainer
from tests.activities.world import World, make_live, produce, units
from tests.transcoding.builders import a_failure, a_job
from transcoding.errors import Cancelled, StorageFailed
from transcoding.job.events import JobEnded, LetterWritten
from transcoding.job.messages import Ending, Filed, Job, Outcome, Stage
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan

_R = TypeVar("_R")


class LimitedContainer(WrappedContainer):
    """Refuses paths that are longer than a blob's name may be, as Azure does."""

    def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
        if len(path) > 1024:
            raise StorageFailed(f"storage: {operation}", on=path, advice="400 OutOfRangeInput")
        return call()


def ending(job: Job, status: str = "failed") -> Ending:
    stages = (Stage(name="probing", seconds=2.5),)
    values = {"status": status, "name": job.name, "detail": "encode_unit: no space"}
    return Ending(job=job, outcome=Outcome.model_validate(values | {"stages": stages}))


def letter(world: World, path: str) -> dict[str, Any]:
    body = world.containers.failed.read(path)
    assert body is not None
    document: dict[str, Any] = json.loads(body)
    return document


def test_a_letter_tells_what_failed_and_how_to_go_on(world: World) -> None:
    """Reason, replay, and the failures of 20 units at most, each in full."""
    job = a_job()
    for number in range(30):
        failure = a_failure(unit_id=f"video-{number:02d}", exit_code=8, stderr_tail="no space")
        world.services.stores.notes.write_failure(WorkFolder.of(job), failure)
    filed = write(world.services, ending(job))
    assert filed == Filed(path=f"holiday/beach.mp4/{job.instance_id}.json")
    told = letter(world, filed.path)
    assert (told["status"], told["run_id"], told["etag"]) == ("failed", "1", "0x8DC")
    assert told["reason"] == "encode_unit: no space"
    assert told["replay"].startswith("vod replay 'holiday/beach.mp4'")
    assert len(told["failures"]) == 20
    assert (told["failures"][0]["exit_code"], told["failures"][0]["attempt"]) == (8, 1)
    assert world.events.told == [LetterWritten("failed"), JobEnded("failed", 2.5)]


def test_what_still_runs_of_the_job_is_stopped(world: World, clip: Path) -> None:
    """And nothing of another run of it."""
    made = world.plan(clip)
    write(world.services, ending(made.job))
    with pytest.raises(Cancelled):
        encode_chunk(world.services, units(made)[0])
    assert encode_chunk(world.services, units(world.replay(made))[0]).done == 1


@pytest.mark.parametrize("name", ["a//b.mp4", "x" * 1024, "日" * 900, "../up.mp4", "/a.mp4"])
def test_a_refused_name_has_a_letter_too(world: World, name: str) -> None:
    """The letter lies where any name has room; nothing is looked for where none has."""
    job = a_job(name=name)
    kept = world.containers
    limited = world.services_with(
        videos=LimitedContainer(kept.videos),
        work=LimitedContainer(kept.work),
        failed=LimitedContainer(kept.failed),
    )
    path = write(limited, ending(job, "refused")).path
    assert path == f"unknown/{job.instance_id}.json"
    assert letter(world, path)["name"] == name
    assert letter(world, path)["replay"] == "upload a corrected file under the same name"
    assert world.events.told == [LetterWritten("refused"), JobEnded("refused", 2.5)]


@pytest.fixture
def produced(world: World, clip: Path) -> Plan:
    made = world.plan(clip)
    produce(world.services, made)
    return made


@pytest.mark.parametrize("at", [5, 7, 9, 99])
def test_a_run_whose_release_is_recorded_has_not_failed(
    world: World, produced: Plan, at: int
) -> None:
    """Whatever came after it: the publish is finished, and there is no letter."""
    try:
        publish(world.services_with(videos=FailingContainer(world.containers.videos, at)), produced)
    except StorageFailed:
        assert world.services.stores.releases.latest("clip.mp4") is not None
    world.containers.uploads.delete("clip.mp4")
    assert write(world.services, ending(produced.job)) == Filed(path="", live=1)
    assert world.containers.failed.list("") == []
    assert world.services.stores.releases.live_number("clip.mp4") == 1
    assert world.events.of(LetterWritten) == []
    assert world.events.of(JobEnded) == []
    assert not world.services.stores.notes.is_cancelled(WorkFolder.of(produced.job))


@pytest.mark.parametrize("at", [7, 99])
def test_a_run_whose_release_was_overtaken_has_not_failed(
    world: World, clip: Path, produced: Plan, at: int
) -> None:
    """Another job has finished it, or made way for it; what is live stays."""
    try:
        publish(world.services_with(videos=FailingContainer(world.containers.videos, at)), produced)
    except StorageFailed:
        assert world.services.stores.releases.latest("clip.mp4") is not None
    newer = world.plan(clip.read_bytes() + b"\0" * 8)
    assert make_live(world.services, newer) == 2
    before = world.blobs()
    assert write(world.services, ending(produced.job)) == Filed(path="", live=1)
    assert world.containers.failed.list("") == []
    assert world.blobs() == before


def test_another_runs_release_does_not_make_this_one_live(world: World, produced: Plan) -> None:
    """A replay of a published job that fails has failed; what is live stays."""
    publish(world.services, produced)
    again = world.replay(produced)
    before = world.blobs()
    filed = write(world.services, ending(again.job))
    assert filed.live == 0
    assert letter(world, filed.path)["run_id"] == "run-2"
    assert world.blobs() == before


def test_a_letter_that_cannot_be_written_is_raised(world: World) -> None:
    """For another attempt; nothing was counted by then."""
    failing = FailingContainer(world.containers.failed, 1)
    with pytest.raises(StorageFailed):
        write(world.services_with(failed=failing), ending(a_job()))
    assert world.events.told == []
