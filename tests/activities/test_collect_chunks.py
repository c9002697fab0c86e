"""What is stored against its markers: damage is taken away, encoded once more, and never live."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from activities.collect_chunks import collect
from activities.collected import read_collected
from activities.encode_unit import encode_chunk
from activities.publish_release import publish
from adapters.ffmpeg.remembered import Memory, RememberedTools
from adapters.ffmpeg.runner import Ffmpeg
from adapters.memory.wrapped import FailingContainer, FreezingContainer
from tests.activities.world import World, encode, lowest, make_live, produce, sound, units
from transcoding.errors import EncodeAgain, PlanAgain, StorageFailed
from transcoding.job.messages import Done
from transcoding.job.paths import RenditionFolder
from transcoding.plan.plan import Plan

MARKER = "chunk-00000.json"


@pytest.fixture
def encoded(world: World, planned: Plan) -> Plan:
    encode(world.services, planned)
    return planned


def changed(**values: object) -> Callable[[bytes], bytes]:
    """Return what gives a marker other values."""
    return lambda body: json.dumps(json.loads(body) | values).encode()


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes] | None, str]] = {
    "another init": (MARKER, changed(init_md5="0" * 32), "another init.mp4"),
    "a newer version's": (MARKER, changed(hdr=True), "hdr Extra inputs"),
    "garbage": (MARKER, lambda _: b"\xff\x00garbage", "cannot be read"),
    "empty": (MARKER, lambda _: b"", "cannot be read"),
    "of another chunk": (MARKER, changed(index=1), "that of chunk 1"),
    "of another track": (MARKER, changed(key="aac-1"), "of aac-1"),
    "fewer segments": (MARKER, changed(segments=[]), "other segments than planned"),
    "gone": (MARKER, None, "no done-marker"),
    "segment gone": ("00002.m4s", None, "00002.m4s is gone"),
    "segment cut": ("00002.m4s", lambda body: body[:-1], "another 00002.m4s"),
    "segment changed": ("00002.m4s", lambda body: body[:-1] + b"?", "another 00002.m4s"),
}
"""What is damaged of a rung's first chunk: which file, how (None deletes it), and what is said."""


def in_pass(made: Plan, number: int) -> Plan:
    """Return a plan as the steps of a later pass over it get it."""
    return made.model_copy(update={"pass_number": number})


def stored(world: World, made: Plan) -> dict[str, object]:
    """Return what the markers of all tracks say, by key."""
    judge = world.services.stores.renditions.chunk_state
    return {
        track.key: judge(made.folder(track.key), track.timeline.chunks()).records
        for track in made.tracks
    }


def damage(world: World, made: Plan, kind: str, folder: RenditionFolder | None = None) -> None:
    """Damage the first chunk of a track, the lowest rung unless told."""
    file, change, _ = DAMAGE[kind]
    path = (folder or lowest(made)).path(file)
    if change is None:
        world.containers.videos.delete(path)
    else:
        world.overwrite(path, change)


def test_markers_are_joined_and_kept(world: World, encoded: Plan) -> None:
    """Two rungs of two chunks and sound in one: the steps that follow read them all at once."""
    chunks = [track.timeline.chunk_count for track in encoded.tracks]
    assert chunks[:2] == [2, 2]
    assert collect(world.services, encoded) == Done(done=sum(chunks))
    kept = read_collected(world.services, encoded)
    rendition = kept.renditions()[encoded.video[0].key]
    assert [segment.frame_count for segment in rendition.segments] == [100, 100, 100]
    assert rendition.duration == 12 * rendition.timescale


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_chunk_that_cannot_be_used_is_encoded_once_more_and_nothing_else(
    world: World, encoded: Plan, kind: str
) -> None:
    """Whatever is wrong with it, no blob is deleted by hand: the next pass mends it."""
    damage(world, encoded, kind)
    before = world.blobs()
    with pytest.raises(EncodeAgain, match="1 chunks are not stored as they were encoded") as told:
        collect(world.services, encoded)
    assert DAMAGE[kind][2] in str(told.value)
    first = {lowest(encoded).path(f) for f in ("00001.m4s", "00002.m4s", MARKER)}
    left = world.blobs()
    assert {path: etag for path, etag in left.items() if path not in first} == {
        path: etag for path, etag in before.items() if path not in first
    }
    assert lowest(encoded).path(MARKER) not in left
    assert [encode_chunk(world.services, unit).done for unit in units(encoded)].count(1) == 1
    collect(world.services, encoded)
    after = world.blobs()
    assert {path for path, etag in after.items() if before.get(path) != etag} <= first


def test_a_wrong_init_segment_costs_the_whole_track_but_no_other(
    world: World, encoded: Plan
) -> None:
    """No marker goes with it: it is taken away, too."""
    world.overwrite(lowest(encoded).path("init.mp4"), b"nobody's")
    with pytest.raises(EncodeAgain, match="2 chunks"):
        collect(world.services, encoded)
    assert world.blobs(lowest(encoded).path()) == {}
    assert encode(world.services, encoded) == 2
    produce(world.services, encoded)


@pytest.mark.parametrize("kind", DAMAGE)
def test_who_dies_while_it_takes_away_leaves_nothing_that_counts_as_done(
    world: World, clip: Path, kind: str
) -> None:
    """At every operation: two passes later all is as it should be."""
    for at in range(1, 100):
        planned = world.plan(clip, f"{at}.mp4")
        encode(world.services, planned)
        damage(world, planned, kind)
        dying = FailingContainer(world.containers.videos, at)
        with suppress(StorageFailed, EncodeAgain):
            collect(world.services_with(videos=dying), planned)
        with suppress(EncodeAgain):
            collect(world.services, planned)
        encode(world.services, planned)
        assert collect(world.services, planned).done >= 5
        if len(dying.operations) < at:
            assert at > 5
            return


@pytest.mark.parametrize("kind", DAMAGE)
def test_what_is_live_stays_as_it_is(world: World, planned: Plan, kind: str) -> None:
    """The job is planned anew instead, into another folder."""
    make_live(world.services, planned)
    damage(world, planned, kind)
    before = world.blobs()
    with pytest.raises(PlanAgain, match="a track that is live is damaged"):
        collect(world.services, planned)
    assert world.blobs() == before


@pytest.mark.parametrize("where", [lowest, sound], ids=["one of two chunks", "the only chunk"])
@pytest.mark.parametrize("kind", ["another init", "segment gone", "garbage"])
def test_who_wakes_after_the_publish_takes_nothing_away(
    world: World, clip: Path, kind: str, where: Callable[[Plan], RenditionFolder]
) -> None:
    """It had seen damage, and was frozen while others healed and published the track."""
    for at in range(1, 100):
        planned = world.plan(clip, f"{at}.mp4")
        encode(world.services, planned)
        damage(world, planned, kind, where(planned))
        published: dict[str, str] = {}

        def heal(planned: Plan = planned, published: dict[str, str] = published) -> None:
            with suppress(EncodeAgain):
                collect(world.services, planned)
            make_live(world.services, planned)
            published.update(world.blobs())

        frozen = FreezingContainer(world.containers.videos, at, heal)
        with suppress(EncodeAgain, PlanAgain):
            collect(world.services_with(videos=frozen), planned)
        if frozen.operations < at:
            assert at > 5
            return
        assert world.blobs() == published, f"woken before operation {at}"


def test_a_chunk_that_another_attempt_ends_meanwhile_is_not_lost(
    world: World, encoded: Plan
) -> None:
    """What was undone at the first look is said to be, even if it is done at the second."""
    damage(world, encoded, "segment gone")
    for at in range(1, 40):
        planned = in_pass(encoded, at)

        def heal() -> None:
            with suppress(EncodeAgain):
                collect(world.services, encoded)
            encode(world.services, encoded)

        frozen = FreezingContainer(world.containers.videos, at, heal)
        with suppress(EncodeAgain):
            collect(world.services_with(videos=frozen), planned)
            kept = read_collected(world.services, planned)
            assert [len(chunks) for chunks in kept.records.values()][:2] == [2, 2]
        encode(world.services, encoded)
        damage(world, encoded, "segment gone")


@pytest.fixture
def other_tools(ffmpeg: Ffmpeg, memory: Memory) -> RememberedTools:
    """Encodes for itself: what is healed with it has other bits than before."""
    return RememberedTools(ffmpeg, memory, take="healed")


def test_who_wakes_in_the_next_pass_leaves_its_joined_markers_alone(
    world: World, encoded: Plan, other_tools: RememberedTools
) -> None:
    """It had joined those of before: what is published tells of what is stored."""
    again = in_pass(encoded, 1)

    def heal() -> None:
        damage(world, encoded, "segment gone")
        with pytest.raises(EncodeAgain):
            collect(world.services, encoded)
        assert encode(world.services_with(other_tools), encoded) == 1
        produce(world.services, again)

    before = stored(world, encoded)
    frozen = FreezingContainer(world.containers.work, 1, heal)
    collect(world.services_with(work=frozen), encoded)
    assert stored(world, encoded) != before
    assert read_collected(world.services, again).records == stored(world, encoded)
    publish(world.services, again)


def test_two_attempts_that_join_other_markers_are_told_apart(
    world: World, encoded: Plan, other_tools: RememberedTools
) -> None:
    """A chunk was healed between them: the second one's pass is made again, under a new name."""

    def heal() -> None:
        damage(world, encoded, "segment gone")
        with pytest.raises(EncodeAgain):
            collect(world.services, encoded)
        assert encode(world.services_with(other_tools), encoded) == 1
        collect(world.services, encoded)

    frozen = FreezingContainer(world.containers.work, 1, heal)
    with pytest.raises(EncodeAgain, match="chunks have changed since they were joined"):
        collect(world.services_with(work=frozen), encoded)
    assert read_collected(world.services, encoded).records == stored(world, encoded)


def test_a_second_attempt_finds_what_it_would_have_written(world: World, encoded: Plan) -> None:
    """The answer of the first was lost."""
    assert collect(world.services, encoded) == collect(world.services, encoded)
