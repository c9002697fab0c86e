"""Playlists: of what is stored, whoever writes them and whenever."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import m3u8
import pytest

from activities.collect_chunks import collect
from activities.collected import read_collected
from activities.encode_unit import encode_chunk
from activities.write_playlists import write
from adapters.ffmpeg.remembered import Memory, RememberedTools
from adapters.ffmpeg.runner import Ffmpeg
from adapters.memory.wrapped import FreezingContainer
from adapters.services import Services
from tests.activities.world import (
    World,
    encode,
    lowest,
    make_live,
    picture_units,
    produce,
    sound,
)
from transcoding.errors import EncodeAgain
from transcoding.job.messages import Done
from transcoding.job.paths import WorkFolder
from transcoding.manifests import hls
from transcoding.plan.plan import Plan


def playlist(world: World, path: str) -> m3u8.M3U8:
    body = world.containers.videos.read(path)
    assert body is not None
    return m3u8.loads(body.decode())


def test_every_track_has_its_playlists(world: World, planned: Plan) -> None:
    """Three segments each; pictures have keyframes too."""
    encode(world.services, planned)
    collect(world.services, planned)
    assert write(world.services, planned) == Done(done=3)
    media = playlist(world, lowest(planned).path("media.m3u8"))
    assert [segment.duration for segment in media.segments] == [4.0, 4.0, 4.0]
    assert media.target_duration == 4
    frames = playlist(world, lowest(planned).path("iframes.m3u8"))
    assert frames.is_i_frames_only
    assert len(frames.segments) == 3
    assert "iframes.m3u8" not in world.bodies(sound(planned))


def test_a_chunk_that_was_encoded_once_more_has_the_playlist_written_anew(
    world: World, planned: Plan, ffmpeg: Ffmpeg, memory: Memory
) -> None:
    """Where its keyframes lie elsewhere: now and then two encodes have them in one place."""
    produce(world.services, planned)
    before = world.blobs()
    again = encode_first_chunk_anew(world, planned, ffmpeg, memory)
    write(world.services, again)
    changed = {path for path, etag in world.blobs().items() if before[path] != etag}
    iframes = lowest(planned).path("iframes.m3u8")
    assert changed - {iframes} == {
        lowest(planned).path(file) for file in ("00001.m4s", "00002.m4s", "chunk-00000.json")
    }
    rendition = read_collected(world.services, again).renditions()[planned.video[0].key]
    expected = hls.iframe_playlist(rendition, planned.target_duration_s)
    assert world.containers.videos.read(iframes) == expected.encode()


def encode_first_chunk_anew(world: World, made: Plan, ffmpeg: Ffmpeg, memory: Memory) -> Plan:
    """Damage a chunk and heal it, with other bits; return the plan in its next pass."""
    world.containers.videos.delete(lowest(made).path("00001.m4s"))
    with suppress(EncodeAgain):
        collect(world.services, made)
    other = RememberedTools(ffmpeg, memory, take="anew")
    encode_chunk(world.services_with(other), picture_units(made)[0])
    again = made.model_copy(update={"pass_number": 1})
    collect(world.services, again)
    return again


@pytest.mark.parametrize("until", [produce, make_live], ids=["produced", "published"])
def test_who_wakes_with_markers_of_old_replaces_nothing(
    world: World,
    clip: Path,
    ffmpeg: Ffmpeg,
    memory: Memory,
    until: Callable[[Services, Plan], object],
) -> None:
    """Frozen before any of its operations, while a chunk is healed, and all is made or published.

    It is an attempt of another run, too: its joined markers stay as they were.
    """
    for at in range(1, 100):
        old = world.plan(clip, f"{at}.mp4")
        encode(world.services, old)
        collect(world.services, old)
        later: dict[str, str] = {}

        def heal(old: Plan = old, later: dict[str, str] = later) -> None:
            made = world.replay(old)
            encode_first_chunk_anew(world, made, ffmpeg, memory)
            until(world.services, made)
            later.update(world.blobs())

        frozen = FreezingContainer(world.containers.videos, at, heal)
        with suppress(EncodeAgain):
            write(world.services_with(videos=frozen), old)
        if frozen.operations < at:
            assert at > 5
            return
        assert world.blobs() == later, f"woken before operation {at}"


def test_playlists_of_a_live_track_stay_as_they_are(world: World, planned: Plan) -> None:
    """Whatever is written there today."""
    make_live(world.services, planned)
    path = lowest(planned).path("media.m3u8")
    world.overwrite(path, b"#EXTM3U\n# as an older version wrote it\n")
    before = world.blobs()
    write(world.services, planned)
    assert world.blobs() == before


@pytest.mark.parametrize("body", [None, b"garbage"])
def test_without_the_joined_markers_the_pass_is_made_again(
    world: World, planned: Plan, body: bytes | None
) -> None:
    """They are gone, or cannot be read: collecting them once more mends it."""
    encode(world.services, planned)
    collect(world.services, planned)
    path = WorkFolder.of(planned.job).collected(0, 0)
    if body is None:
        world.containers.work.delete(path)
    else:
        world.containers.work.put(path, body, content_type="application/json")
    with pytest.raises(EncodeAgain, match="the joined done-markers are gone"):
        write(world.services, planned)
    again = planned.model_copy(update={"pass_number": 1})
    collect(world.services, again)
    assert write(world.services, again).done == 3


def test_joined_markers_of_the_plan_before_are_none(world: World, planned: Plan) -> None:
    """An attempt that was frozen while the job was planned anew has written them."""
    produce(world.services, planned)
    anew = planned.model_copy(update={"round": 1})
    with pytest.raises(EncodeAgain):
        write(world.services, anew)
