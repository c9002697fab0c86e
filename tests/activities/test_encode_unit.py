"""Encoding a unit: once, as planned, never into what is live, and told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from activities.encode_unit import encode_chunk
from adapters.ffmpeg.port import ToolResult
from adapters.ffmpeg.scripted import Call, ScriptedTools
from adapters.ffmpeg.wrapped import WrappedTools
from adapters.memory.wrapped import FailingContainer
from tests.activities.world import (
    World,
    lowest,
    make_live,
    picture_units,
    sound_unit,
)
from tests.transcoding.builders import a_progress
from transcoding.errors import (
    OutputMismatch,
    PlanAgain,
    StorageFailed,
    ToolFailed,
)
from transcoding.job.events import TrackEncoded
from transcoding.job.messages import Done
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan, Unit


@pytest.fixture
def unit(planned: Plan) -> Unit:
    """Both rungs of the first chunk: two segments each."""
    return picture_units(planned)[0]


# --- once


def test_a_unit_that_is_done_is_not_done_again(world: World, planned: Plan, unit: Unit) -> None:
    """The second attempt finds the markers and writes nothing."""
    assert encode_chunk(world.services, unit) == Done(done=2, skipped=0)
    before = world.blobs()
    assert encode_chunk(world.services, unit) == Done(done=0, skipped=2)
    assert world.blobs() == before
    assert sorted(world.bodies(lowest(planned))) == [
        "00001.m4s", "00002.m4s", "chunk-00000.json", "init.mp4",
    ]  # fmt: skip


def test_a_record_of_who_died_behind_its_last_marker_goes(world: World, unit: Unit) -> None:
    """Else status would tell of a lost worker until the job ends."""
    encode_chunk(world.services, unit)
    notes, work = world.services.stores.notes, WorkFolder.of(unit.job)
    notes.write_progress(work, a_progress(unit.tracks[0].key, unit_id=unit.unit_id))
    assert encode_chunk(world.services, unit) == Done(done=0, skipped=2)
    assert notes.read_progress(work) == []


def test_only_the_tracks_that_are_not_done_are_encoded(
    world: World, planned: Plan, unit: Unit
) -> None:
    """A unit that died between two tracks goes on with the second."""
    encode_chunk(world.services, unit.model_copy(update={"tracks": unit.tracks[:1]}))
    before = world.blobs(lowest(planned).path())
    assert encode_chunk(world.services, unit) == Done(done=1, skipped=1)
    assert world.blobs(lowest(planned).path()) == before


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "answer lost"])
def test_an_attempt_that_dies_anywhere_is_made_good_by_the_next(
    world: World, clip: Path, is_done: bool
) -> None:
    """After every operation on what is published: a second attempt leaves what a whole one does."""
    for at in range(1, 100):
        unit = picture_units(world.plan(clip, f"{at}.mp4"))[0]
        dying = FailingContainer(world.containers.videos, at, is_done=is_done)
        try:
            encode_chunk(world.services_with(videos=dying), unit)
        except StorageFailed:
            encode_chunk(world.services, unit)
            assert len(world.blobs(f"{at}.mp4/")) == 8
        else:
            assert at > 15
            return
    raise AssertionError("no attempt came to its end")


def test_all_chunks_of_a_rung_write_the_same_init_segment(world: World, planned: Plan) -> None:
    """Whichever chunk comes first: init.mp4 is the same bytes."""
    bodies = []
    for unit in picture_units(planned):
        for path in world.blobs():
            world.containers.videos.delete(path)
        encode_chunk(world.services, unit)
        bodies.append(world.containers.videos.read(lowest(planned).path("init.mp4")))
    assert len(bodies) == 2
    assert bodies[0] == bodies[1] is not None


# --- live


def test_a_live_track_that_is_damaged_is_not_touched(
    world: World, planned: Plan, unit: Unit
) -> None:
    """A unit of an older plan stops before it has encoded anything."""
    make_live(world.services, planned)
    world.containers.videos.delete(lowest(planned).path("chunk-00000.json"))
    before = world.blobs()
    tools = ScriptedTools(behind=world.tools)
    with pytest.raises(PlanAgain, match="a track that is live is damaged"):
        encode_chunk(world.services_with(tools), unit)
    assert tools.calls == []
    assert world.blobs() == before


def test_a_track_that_goes_live_while_it_is_encoded_is_not_touched(
    world: World, planned: Plan, unit: Unit
) -> None:
    """Published, then damaged, all in the time of one encode."""
    before: dict[str, str] = {}

    def publish(call: Call) -> None:
        if call.what.startswith("compare") and not before:
            make_live(world.services, planned)
            world.containers.videos.delete(lowest(planned).path("chunk-00000.json"))
            before.update(world.blobs())

    tools = WrappedTools(world.tools, after=publish)
    with pytest.raises(PlanAgain, match="a track that is live is damaged"):
        encode_chunk(world.services_with(tools), unit)
    assert world.blobs() == before


# --- what FFmpeg wrote


def test_output_that_is_not_as_planned_is_a_permanent_failure(world: World, unit: Unit) -> None:
    """Another attempt would give the same: nothing is stored."""
    misplanned = unit.model_copy(
        update={"chunk": unit.chunk.model_copy(update={"segment_count": 3})}
    )
    with pytest.raises(OutputMismatch, match=r"2 segments .* instead of 200, 200000, 3"):
        encode_chunk(world.services, misplanned)
    assert world.blobs() == {}


@pytest.mark.parametrize("at", [100, -200], ids=["header", "picture"])
def test_output_that_is_damaged_is_not_stored(world: World, unit: Unit, at: int) -> None:
    """FFmpeg can end with 0 and leave damage."""

    def damage(call: Call) -> None:
        if call.what.startswith("encode"):
            file = Path(call.arguments[-1])
            body = bytearray(file.read_bytes())
            body[at : at + 100] = bytes(100)
            file.write_bytes(body)

    with pytest.raises(ToolFailed):
        encode_chunk(world.services_with(WrappedTools(world.tools, after=damage)), unit)
    assert world.blobs() == {}


# --- what is told


def test_every_track_is_told_of_with_its_share_of_the_cpu(world: World, planned: Plan) -> None:
    """One process has encoded both rungs; their shares are by pixels and sum up."""
    result = ToolResult(frames=200, elapsed_s=4, cpu_s=6, max_rss_bytes=1, stderr_tail="")

    def costs(call: Call) -> ToolResult | None:
        if not call.what.startswith("encode"):
            return None
        world.tools.run(call.arguments, what=call.what, stall_s=60, total_s=60)
        return result

    tools = ScriptedTools(run=costs, behind=world.tools)
    encode_chunk(world.services_with(tools), picture_units(planned)[0])
    encode_chunk(world.services_with(tools), sound_unit(planned))
    low, high, tone = world.events.of(TrackEncoded)
    assert [event.label for event in (low, high, tone)] == ["234p 145k", "234p 145k", "audio"]
    assert [event.kind for event in (low, high, tone)] == ["video", "video", "audio"]
    assert (low.media_s, low.encode_s, low.cpu_s, high.cpu_s) == (8, 4, 3, 3)
    assert (tone.media_s, tone.cpu_s) == (12, 6)
    stored = world.bodies(lowest(planned))
    assert low.size_bytes == len(stored["00001.m4s"] or b"") + len(stored["00002.m4s"] or b"")
