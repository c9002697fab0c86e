"""Units and what they read from: sources that break off, are damaged, or sound like anything."""

from __future__ import annotations

import os
import tempfile
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from activities.encode_unit import encode_chunk
from adapters.ffmpeg.runner import Ffmpeg
from adapters.services import Services
from adapters.settings import Settings
from tests.activities.azure import azure_services, planned_on
from tests.activities.breaking_storage import breaking
from tests.activities.world import (
    World,
    encode,
    picture_units,
    sound,
    sound_unit,
    units,
)
from tests.media import ClipMaker, run_ffmpeg
from transcoding.errors import ToolFailed
from transcoding.job.records import ChunkRecord
from transcoding.plan.plan import Plan


@pytest.fixture
def services(settings: Settings) -> Services:
    return azure_services(settings)


@pytest.fixture(scope="session")
def smooth_clip(clip_maker: ClipMaker) -> Path:
    """12 s of 320x180 at 25 fps with a tone, 480 kB."""
    return clip_maker.clip(frame_rate=Fraction(25), frame_count=300)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own for all temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def scratch_left(folder: Path) -> list[str]:
    """Return what this process has left in a temporary folder."""
    return [path.name for path in folder.glob(f"vod-unit-{os.getpid()}-*")]


def record(services: Services, made: Plan, key: str, index: int = 0) -> ChunkRecord:
    found = services.stores.renditions.read_marker(made.folder(key), index).record
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "kind"), [(404, "video"), (412, "audio"), (503, "video"), (503, "audio")]
)
def test_a_source_that_cannot_be_read_on_is_no_end_of_the_video(
    services: Services, smooth_clip: Path, status: int, kind: str, temporary: Path
) -> None:
    """FFmpeg ends with 0 there, with a frozen picture and silence to the planned length."""
    made = planned_on(services, smooth_clip)
    unit = picture_units(made)[0] if kind == "video" else sound_unit(made)
    with breaking(services, status) as (broken, storage):
        storage.arm(300_000)
        with pytest.raises(ToolFailed, match="could not read its source to the end"):
            encode_chunk(broken, unit)
        assert storage.broken == 1
    assert services.stores.videos.list("") == []
    assert scratch_left(temporary) == []


def test_a_connection_that_breaks_once_does_no_harm(services: Services, smooth_clip: Path) -> None:
    """The read is taken up where it broke off: the pictures are those of the source."""
    made = planned_on(services, smooth_clip)
    with breaking(services, None) as (broken, storage):
        storage.arm(300_000)
        assert encode_chunk(broken, picture_units(made)[0]).done == 2
        assert storage.broken == 1
    assert min(record(services, made, made.video[1].key).tail_ssim) > 0.9


def test_a_full_disk_is_a_failure_and_leaves_nothing(
    world: World, clip: Path, temporary: Path
) -> None:
    """A file that may not grow beyond 16 kB: FFmpeg's own words, no marker, no file left."""
    made = world.plan(clip)
    program = temporary / "ffmpeg"
    real = imageio_ffmpeg.get_ffmpeg_exe()
    program.write_text(f"#!/bin/sh\ntrap '' XFSZ\nulimit -f 32\nexec '{real}' \"$@\"\n")
    program.chmod(0o755)
    tools = Ffmpeg(str(program))
    unit = picture_units(made)[0].model_copy(update={"encoder": tools.version()})
    with pytest.raises(ToolFailed, match="File too large") as failure:
        encode_chunk(world.services_with(tools), unit)
    assert failure.value.exit_code
    assert world.blobs() == {}
    assert scratch_left(temporary) == []


def test_a_unit_leaves_nothing_on_disk(world: World, clip: Path, temporary: Path) -> None:
    """The next unit has the whole small disk to itself."""
    encode(world.services, world.plan(clip))
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("zeroed", [False, True], ids=["scattered", "4 s on end"])
def test_damage_in_the_source_is_concealed(world: World, clip: Path, zeroed: bool) -> None:
    """Players show what can be decoded, so it is published."""
    body = bytearray(clip.read_bytes())
    start = body.index(b"mdat") + len(body) // 2
    end = start + len(body) // 3
    if zeroed:
        body[start:end] = bytes(end - start)
    for place in range(start, end, 997):
        body[place] ^= 0xFF
    made = world.plan(bytes(body))
    frames = []
    for unit in picture_units(made):
        assert encode_chunk(world.services, unit).done == 2
        marker = record(world.services, made, made.video[0].key, unit.chunk.index)
        frames.append(sum(segment.frame_count for segment in marker.segments))
    assert frames == [200, 100]


@pytest.mark.parametrize(
    "tone",
    [
        "anullsrc=d=0.00001",
        "sine=440:d=3",
        "sine=440:d=30",
        "sine=440:sample_rate=8000:d=12",
        "sine=440:sample_rate=96000:d=12",
        "sine=440:d=12,pan=5.1(side)|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0",
        "sine=440:d=12,pan=7.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0|c6=c0|c7=c0",
    ],
)
def test_sound_of_any_shape_becomes_stereo_of_the_videos_length(
    world: World, clip: Path, tmp_path: Path, tone: str
) -> None:
    """One sample, too short, too long, 8 and 96 kHz, 5.1, 7.1: 12 s are 576,000 samples."""
    source = tmp_path / "source.mkv"
    run_ffmpeg(["-i", str(clip), "-f", "lavfi", "-i", tone, "-map", "0:v", "-map", "1:a",
                "-c:v", "copy", "-c:a", "pcm_s16le", str(source)])  # fmt: skip
    made = world.plan(source)
    for unit in units(made):
        if unit.stream is None:
            encode_chunk(world.services, unit)
    records = world.services.stores.renditions.chunk_state(
        sound(made), made.audio[0].timeline.chunks()
    ).records
    ticks = sum(segment.duration for chunk in records for segment in chunk.segments)
    assert ticks == made.audio[0].timeline.duration_ticks
    assert ticks in range(576_000, 577_024)
    assert {chunk.codec for chunk in records} == {"mp4a.40.2"}
