"""Poster and storyboard: of what was encoded, of a cover, or none."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from activities.collect_chunks import collect
from activities.encode_unit import encode_chunk
from activities.make_poster import poster
from activities.make_storyboard import storyboard
from adapters.ffmpeg.scripted import Call, ScriptedTools
from adapters.ffmpeg.wrapped import WrappedTools
from adapters.memory.wrapped import FailingContainer
from adapters.services import Services
from tests.activities.world import World, encode, lowest, make_live, picture_units
from tests.media import ClipMaker, run_ffmpeg, run_ffprobe
from transcoding.errors import (
    Cancelled,
    EncodeAgain,
    PlanAgain,
    StorageFailed,
    Superseded,
    ToolFailed,
)
from transcoding.job.messages import Done
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan

Step = Callable[[Services, Plan], Done]

BOTH = pytest.mark.parametrize("step", [poster, storyboard])


@pytest.fixture
def encoded(world: World, clip: Path) -> Plan:
    made = world.plan(clip)
    encode(world.services, made)
    return made


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s of MP3 with a red cover of 64x48."""
    folder = tmp_path_factory.mktemp("song")
    cover, path = folder / "cover.png", folder / "song.mp3"
    run_ffmpeg(["-f", "lavfi", "-i", "color=red:s=64x48", "-frames:v", "1", str(cover)])
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "sine=d=3", "-i", str(cover), "-map", "0", "-map", "1"),
            *("-c:a", "libmp3lame", "-c:v", "copy", "-disposition:v", "attached_pic", str(path)),
        ]
    )
    return path


def size_of(body: bytes | None, folder: Path) -> tuple[int, int]:
    """Return width and height of a picture."""
    assert body is not None
    picture = folder / "picture.jpg"
    picture.write_bytes(body)
    (shown,) = run_ffprobe(["-show_streams", str(picture)])["streams"]
    return shown["width"], shown["height"]


def pictures(world: World, made: Plan) -> dict[str, bytes | None]:
    """Return the stored files of poster and storyboard, by folder and name."""
    keys = [image.key for image in (made.poster, made.storyboard) if image]
    return {
        f"{key.partition('-')[0]}/{file}": body
        for key in keys
        for file, body in world.bodies(made.folder(key)).items()
    }


def test_a_poster_is_made_once_of_the_highest_rung(
    world: World, encoded: Plan, tmp_path: Path
) -> None:
    """A JPEG of its size; the second attempt finds it."""
    assert poster(world.services, encoded) == Done(done=1)
    before = world.blobs()
    assert poster(world.services, encoded) == Done(done=0, skipped=1)
    assert world.blobs() == before
    assert size_of(pictures(world, encoded)["poster/poster.jpg"], tmp_path) == (128, 72)


def test_a_storyboard_is_made_once_of_the_lowest_rung(
    world: World, encoded: Plan, tmp_path: Path
) -> None:
    """Three segments give one sheet of five by five."""
    assert storyboard(world.services, encoded) == Done(done=1)
    assert storyboard(world.services, encoded) == Done(done=0, skipped=1)
    assert list(pictures(world, encoded)) == ["storyboard/00001.jpg"]
    assert size_of(pictures(world, encoded)["storyboard/00001.jpg"], tmp_path) == (640, 360)


def test_a_video_of_one_picture_has_both(
    world: World, clip_maker: ClipMaker, tmp_path: Path
) -> None:
    """There is nothing after its first tenth, and still the picture is found."""
    single = world.plan(clip_maker.clip(frame_rate=Fraction(25), frame_count=1))
    encode(world.services, single)
    assert poster(world.services, single).done == 1
    assert storyboard(world.services, single).done == 1
    assert size_of(pictures(world, single)["poster/poster.jpg"], tmp_path) == (320, 180)


def test_the_poster_of_a_song_is_its_cover(world: World, song: Path, tmp_path: Path) -> None:
    """It comes from the source, as nothing else has a picture; there is no storyboard."""
    made = world.plan(song, "song.mp3")
    assert poster(world.services, made) == Done(done=1)
    assert poster(world.services, made) == Done(done=0, skipped=1)
    assert storyboard(world.services, made) == Done(done=0)
    assert size_of(pictures(world, made)["poster/poster.jpg"], tmp_path) == (64, 48)


def test_sound_without_a_cover_has_no_poster(world: World, tmp_path: Path) -> None:
    """Neither step does anything."""
    tone = tmp_path / "tone.wav"
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=3", str(tone)])
    made = world.plan(tone, "tone.wav")
    tools = ScriptedTools()
    assert poster(world.services_with(tools), made) == Done(done=0)
    assert storyboard(world.services_with(tools), made) == Done(done=0)
    assert world.blobs() == {}


@pytest.mark.parametrize("gone", ["init.mp4", "00001.m4s"])
@BOTH
def test_a_segment_that_is_gone_is_encoded_once_more(
    world: World, encoded: Plan, step: Step, gone: str
) -> None:
    """All damage is taken away at once, so that the next pass mends it: there is only one more."""
    for track in encoded.video:
        world.containers.videos.delete(encoded.folder(track.key).path(gone))
    with pytest.raises(EncodeAgain, match=rf"{gone} is gone"):
        step(world.services, encoded)
    assert encode(world.services, encoded) == {"init.mp4": 4, "00001.m4s": 2}[gone]
    collect(world.services, encoded)
    assert step(world.services, encoded).done == 1


@BOTH
def test_a_segment_that_is_gone_of_a_live_track_has_the_job_planned_anew(
    world: World, clip: Path, step: Step
) -> None:
    """Nothing is taken away there."""
    made = world.plan(clip)
    make_live(world.services, made)
    for track in made.video:
        world.containers.videos.delete(made.folder(track.key).path("00001.m4s"))
    for image in (made.poster, made.storyboard):
        for path in world.blobs(made.folder(image.key if image else "").path()):
            world.containers.videos.delete(path)
    before = world.blobs()
    with pytest.raises(PlanAgain):
        step(world.services, made)
    assert world.blobs() == before


@BOTH
def test_pictures_of_a_job_without_a_future_are_not_made(
    world: World, encoded: Plan, step: Step
) -> None:
    """They would be of no use."""
    before = world.blobs()
    tools = ScriptedTools()
    world.upload(b"newer")
    with pytest.raises(Superseded):
        step(world.services_with(tools), encoded)
    world.services.stores.notes.cancel(WorkFolder.of(encoded.job))
    with pytest.raises(Cancelled):
        step(world.services_with(tools), encoded)
    assert world.blobs() == before


def test_a_cover_whose_source_is_replaced_is_no_failure_of_the_tool(
    world: World, song: Path
) -> None:
    """Storage answers 412 to FFmpeg then."""
    made = world.plan(song, "song.mp3")

    def replace_source(call: Call) -> None:
        world.upload(b"newer", "song.mp3")
        raise ToolFailed(call.what, exit_code=1, stderr_tail="HTTP error 412")

    tools = ScriptedTools(run=replace_source, behind=world.tools)
    with pytest.raises(Superseded):
        poster(world.services_with(tools), made)


@BOTH
def test_ffmpeg_that_finds_no_picture_is_a_failure(world: World, encoded: Plan, step: Step) -> None:
    """It ends with 0 all the same; what it has not written is named, and nothing is left."""

    def lose(call: Call) -> None:
        folder = Path(call.arguments[-1]).parent
        for picture in folder.glob("*.jpg"):
            picture.unlink()

    before = world.blobs()
    with pytest.raises(ToolFailed, match=r"FFmpeg wrote no \w+\.jpg"):
        step(world.services_with(WrappedTools(world.tools, after=lose)), encoded)
    assert world.blobs() == before
    assert not list(Path(tempfile.gettempdir()).glob("vod-unit-*/*.jpg"))


def test_the_last_sheet_says_that_all_are_there(world: World, tmp_path: Path) -> None:
    """Who dies after the first of two leaves a storyboard that is made again."""
    long = tmp_path / "long.mp4"
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=1", "-frames:v", "120"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(long)),
        ]
    )
    made = world.plan(long)
    for unit in picture_units(made):
        encode_low = unit.model_copy(update={"tracks": unit.tracks[:1]})
        encode_chunk(world.services, encode_low)
    assert made.storyboard is not None
    assert made.storyboard.sheet_count == 2
    dying = FailingContainer(world.containers.videos, 0)
    storyboard(world.services_with(videos=dying), made)
    creates = [at for at, done in enumerate(dying.operations, 1) if done.startswith("create")]
    assert len(creates) == 2
    for path in world.blobs(made.folder(made.storyboard.key).path()):
        world.containers.videos.delete(path)
    with pytest.raises(StorageFailed):
        storyboard(
            world.services_with(videos=FailingContainer(world.containers.videos, creates[1])), made
        )
    assert list(pictures(world, made)) == ["storyboard/00001.jpg"]
    assert storyboard(world.services, made) == Done(done=1)
    assert list(pictures(world, made)) == ["storyboard/00001.jpg", "storyboard/00002.jpg"]


def test_the_lowest_rung_gives_the_storyboard(encoded: Plan) -> None:
    """The highest gives the poster."""
    assert encoded.storyboard is not None
    assert encoded.poster is not None
    assert encoded.storyboard.track_key == lowest(encoded).track_key
    assert encoded.poster.track_key == encoded.video[-1].key
