"""Planning: the same plan again, and another folder where what is live is damaged."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from activities.collect_chunks import collect
from activities.encode_unit import encode_chunk
from adapters.ffmpeg.wrapped import WrappedTools
from adapters.memory.wrapped import FreezingContainer
from tests.activities.world import (
    World,
    encode,
    lowest,
    make_live,
    plan_of,
    sound,
    units,
)
from transcoding.errors import Cancelled, PlanAgain
from transcoding.job.messages import Job
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan


def test_a_plan_is_made_once_in_a_round(world: World, planned: Plan) -> None:
    """Units find it in the work folder: a second attempt must not change it under them."""
    work = WorkFolder.of(planned.job)
    assert world.services.stores.notes.read_plan(work, 0, Plan) == planned
    deployed = world.services_with(WrappedTools(world.tools, version="10.0"))
    assert plan_of(deployed, planned.job) == planned
    anew = world.plan_again(planned)
    assert anew.round == 1
    assert anew.tracks == planned.tracks
    assert world.services.stores.notes.read_plan(work, 0, Plan) == planned
    latest = world.services.stores.notes.read_latest_plan(work, Plan)
    assert latest is not None
    assert latest.plan == anew


def test_two_attempts_at_once_give_one_plan(world: World, clip: Path) -> None:
    """While one makes its plan, another one, with another encoder, has written one."""
    job = world.upload(clip)
    deployed = world.services_with(WrappedTools(world.tools, version="10.0"))
    made: list[Plan] = []
    # The plan is asked for; then it is created.
    work = FreezingContainer(world.containers.work, 2, lambda: made.append(plan_of(deployed, job)))
    assert plan_of(world.services_with(work=work), job) == made[0]
    assert made[0].encoder == "10.0"


def test_an_encoder_of_another_version_has_folders_of_its_own(world: World, planned: Plan) -> None:
    """Chunks of two encoders never meet in one."""
    deployed = world.services_with(WrappedTools(world.tools, version="10.0"))
    anew = world.plan_again(planned, deployed)
    assert anew.encoder == "10.0"
    old, new = ({track.key for track in made.tracks} for made in (planned, anew))
    assert len(old | new) == 6


def test_while_a_video_is_being_removed_its_job_is_not_planned(world: World, planned: Plan) -> None:
    """What it would find done may be gone a moment later; a plan that is there is no new one."""
    make_live(world.services, planned)
    withdraw = partial(
        world.services.stores.releases.withdraw,
        "clip.mp4",
        "removal",
        lambda _: False,
        kept=planned.job.source_key,
    )
    withdraw(is_over=False)
    with pytest.raises(Cancelled, match=r"being removed.*remove it to the end"):
        world.replay(planned)
    assert plan_of(world.services, planned.job) == planned
    withdraw(is_over=True)
    assert (planned.removal, world.replay(planned).removal) == (0, 3)


def test_damage_before_going_live_needs_no_other_folder(world: World, planned: Plan) -> None:
    """There it is taken away and encoded once more."""
    encode(world.services, planned)
    world.containers.videos.delete(lowest(planned).path("00001.m4s"))
    assert world.replay(planned).tracks == planned.tracks


def test_what_is_live_and_whole_is_used_again(world: World, planned: Plan) -> None:
    """A replay of a published job encodes nothing."""
    make_live(world.services, planned)
    again = world.replay(planned)
    assert again.tracks == planned.tracks
    assert encode(world.services, again) == 0


@pytest.mark.parametrize("file", ["00002.m4s", "chunk-00000.json", "init.mp4", ""])
def test_a_live_track_that_is_damaged_gets_another_generation(
    world: World, planned: Plan, file: str
) -> None:
    """The job publishes from there; the old folder stays byte for byte; the other tracks stay."""
    make_live(world.services, planned)
    old = lowest(planned)
    for path in world.blobs(old.path(file)):
        world.containers.videos.delete(path)
    damaged = world.bodies(old)
    others = {p: e for p, e in world.blobs().items() if "~" in p and old.path() not in p}
    again = world.replay(planned)
    assert lowest(again).track_key == f"{old.track_key}-g2"
    assert sound(again) == sound(planned)
    assert [encode_chunk(world.services, unit).done for unit in units(again)].count(1) == 2
    assert make_live(world.services, again) == 2
    assert world.bodies(old) == damaged
    assert {path: world.blobs()[path] for path in others} == others
    master = world.containers.videos.read("clip.mp4/master.m3u8") or b""
    assert f"{old.track_key}-g2/media.m3u8".encode() in master
    assert f"{old.track_key}/media.m3u8".encode() not in master


def test_an_older_plan_stops_where_the_track_has_gone_live(world: World, planned: Plan) -> None:
    """Units and the joining of chunks alike, and nothing is written."""
    make_live(world.services, planned)
    world.containers.videos.delete(lowest(planned).path("chunk-00001.json"))
    before = world.blobs()
    with pytest.raises(PlanAgain):
        encode(world.services, planned)
    with pytest.raises(PlanAgain):
        collect(world.services, planned)
    assert world.blobs() == before


def test_a_generation_that_is_damaged_too_is_followed_by_the_next(
    world: World, planned: Plan
) -> None:
    """The third, and what was begun of it counts."""
    job = planned.job
    for generation in ("-g2", "-g3"):
        made = plan_of(world.services, job)
        make_live(world.services, made)
        world.containers.videos.delete(lowest(made).path("00001.m4s"))
        job = job.model_copy(update={"run_id": f"run{generation}"})
        following = plan_of(world.services, job)
        assert lowest(following).track_key == lowest(planned).track_key + generation
        assert plan_of(world.services, job) == following


def test_a_release_of_a_newer_version_protects_its_folders(world: World, planned: Plan) -> None:
    """After a rollback nothing else is known of it; the job publishes from other ones."""
    make_live(world.services, planned)
    world.overwrite(
        "clip.mp4/~releases/00001.json",
        lambda body: json.dumps(json.loads(body) | {"captions": []}).encode(),
    )
    assert world.replay(planned).tracks == planned.tracks
    world.containers.videos.delete(lowest(planned).path("00001.m4s"))
    damaged = world.bodies(lowest(planned))
    again = world.replay(planned, "run-3")
    assert lowest(again).track_key.endswith("-g2")
    assert make_live(world.services, again) == 2
    assert world.bodies(lowest(planned)) == damaged


def test_another_upload_of_the_same_name_has_folders_of_its_own(
    world: World, planned: Plan, clip: Path
) -> None:
    """What is live of the first is no concern of the second's."""
    make_live(world.services, planned)
    second: Job = world.upload(clip)
    anew = plan_of(world.services, second)
    assert lowest(anew).track_key == lowest(planned).track_key
    assert lowest(anew).source_key != lowest(planned).source_key
