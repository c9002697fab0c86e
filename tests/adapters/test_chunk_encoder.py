"""Encoding units on a real Azurite: once, whole, and never half a source."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from adapters.chunk_encoder import encode_audio, encode_unit
from adapters.ffmpeg.runner import Ffmpeg
from adapters.services import Services
from adapters.settings import Settings
from adapters.storage.store import BlobStore
from tests.adapters.breaking_storage import BreakingStorage, breaking_storage
from tests.adapters.jobs import (
    audio_units,
    folder_of,
    plan,
    quick_services,
    scratch_left,
    stored,
    units,
)
from tests.media import ClipMaker, run_ffmpeg
from tests.storage import upload
from transcoding.errors import StorageFailed, Superseded, ToolFailed
from transcoding.job.paths import RenditionFolder
from transcoding.job.records import ChunkRecord
from transcoding.plan.plan import Plan


@pytest.fixture
def services(settings: Settings) -> Services:
    return quick_services(settings)


@pytest.fixture(scope="session")
def clip(clip_maker: ClipMaker) -> Path:
    """12 s of 320x180 at 25 fps with a tone, 480 kB: chunks of two segments and of one."""
    return clip_maker.clip(frame_rate=Fraction(25), frame_count=300)


@pytest.fixture
def planned(services: Services, clip: Path) -> Plan:
    return plan(services, clip)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own for all temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def breaking(request: pytest.FixtureRequest) -> Iterator[BreakingStorage]:
    """Give storage that can break off; the parameter is what it answers from then on."""
    with breaking_storage(request.param) as storage:
        yield storage


def test_a_unit_that_is_done_is_not_done_again(services: Services, planned: Plan) -> None:
    """The second attempt finds the marker and writes nothing."""
    unit = units(planned)[0]
    assert encode_unit(services, unit).to_json() == {"encoded": 2, "skipped": 0}
    before = stored(services, planned.job)
    assert encode_unit(services, unit).to_json() == {"encoded": 0, "skipped": 2}
    assert stored(services, planned.job) == before
    folder = folder_of(planned).path()
    assert sorted(path.removeprefix(folder) for path in before if path.startswith(folder)) == [
        "00001.m4s", "00002.m4s", "chunk-00000.json", "init.mp4",
    ]  # fmt: skip


def test_an_attempt_that_comes_second_writes_over_nothing(
    services: Services, planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A marker that appears while a unit encodes is another attempt's: its files stay."""
    unit = units(planned)[0]
    slow_run, first = Ffmpeg.run, threading.Event()
    slower: dict[str, str] = {}

    def run(self: Ffmpeg, *arguments: object, **options: object) -> object:
        result = slow_run(self, *arguments, **options)  # type: ignore[arg-type]
        if not first.is_set():
            first.set()
            encode_unit(services, unit)
            slower.update(stored(services, planned.job))
        return result

    monkeypatch.setattr(Ffmpeg, "run", run)
    encode_unit(services, unit)
    assert len(slower) == 8
    assert stored(services, planned.job) == slower


def test_an_attempt_that_dies_before_its_marker_is_repeated(
    services: Services, planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Segments without a marker are nobody's: the next attempt writes them again."""

    def dies(*_: object) -> None:
        raise StorageFailed("write")

    unit = units(planned)[0]
    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "write_marker", dies)
        with pytest.raises(StorageFailed):
            encode_unit(services, unit)
    assert services.store.read_marker(folder_of(planned), 0) is None
    assert encode_unit(services, unit).encoded == 2
    assert services.store.read_marker(folder_of(planned), 0) is not None


def test_all_chunks_of_a_rung_write_the_same_init_segment(
    services: Services, planned: Plan
) -> None:
    """Whichever chunk comes last: init.mp4 is the same bytes."""
    bodies = []
    for unit in units(planned):
        encode_unit(services, unit)
        bodies.append(services.store.videos.read(folder_of(planned).path("init.mp4")))
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_a_source_that_is_replaced_stops_its_units(services: Services, planned: Plan) -> None:
    """Nothing of the old source is stored once there is a newer one."""
    upload(services.store, services.settings, planned.job.name, b"newer")
    with pytest.raises(Superseded, match="was replaced by a newer upload"):
        encode_unit(services, units(planned)[0])
    with pytest.raises(Superseded):
        encode_audio(services, audio_units(planned)[0])
    assert stored(services, planned.job) == {}


def test_a_source_that_is_deleted_in_the_middle_stops_its_units(
    services: Services, planned: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg's failure to read on is told from a failure of ours."""
    real = Ffmpeg.run

    def run(self: Ffmpeg, *arguments: object, **options: object) -> object:
        services.store.uploads.delete(planned.job.name)
        return real(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Ffmpeg, "run", run)
    with pytest.raises(Superseded, match="was deleted"):
        encode_unit(services, units(planned)[0])


@pytest.mark.parametrize("breaking", [404, 412, 503], indirect=True)
@pytest.mark.parametrize("kind", ["video", "audio"])
def test_a_source_that_cannot_be_read_on_is_no_end_of_the_video(
    services: Services, clip: Path, breaking: BreakingStorage, kind: str, temporary: Path
) -> None:
    """FFmpeg ends with 0 there, with a frozen picture and silence to the planned length."""
    made = plan(services, clip)
    breaking.arm(300_000)
    with pytest.raises(ToolFailed, match="could not read its source to the end"):
        if kind == "video":
            encode_unit(services, units(made)[0])
        else:
            encode_audio(services, audio_units(made)[0])
    assert breaking.broken == 1
    assert stored(services, made.job) == {}
    assert scratch_left(temporary) == []


@pytest.mark.parametrize("breaking", [None], indirect=True)
def test_a_connection_that_breaks_once_does_no_harm(
    services: Services, clip: Path, breaking: BreakingStorage
) -> None:
    """The read is taken up where it broke off: the pictures are those of the source."""
    made = plan(services, clip)
    breaking.arm(300_000)
    assert encode_unit(services, units(made)[0]).encoded == 2
    assert breaking.broken == 1
    record = services.store.read_marker(folder_of(made, 1), 0)
    assert record is not None
    assert min(record.tail_ssim) > 0.9


def test_a_full_disk_is_a_failure_and_leaves_nothing(
    services: Services, settings: Settings, planned: Plan, temporary: Path
) -> None:
    """A file that may not grow beyond 16 kB: FFmpeg's own words, no marker, no file left."""
    program = temporary / "ffmpeg"
    real = imageio_ffmpeg.get_ffmpeg_exe()
    program.write_text(f"#!/bin/sh\ntrap '' XFSZ\nulimit -f 32\nexec '{real}' \"$@\"\n")
    program.chmod(0o755)
    cramped = quick_services(settings, ffmpeg=str(program))
    with pytest.raises(ToolFailed, match="File too large") as failure:
        encode_unit(cramped, units(planned)[0])
    assert failure.value.exit_code
    assert services.store.read_marker(folder_of(planned), 0) is None
    assert scratch_left(temporary) == []


def test_a_unit_leaves_nothing_on_disk(services: Services, planned: Plan, temporary: Path) -> None:
    """The next unit has the whole small disk to itself."""
    encode_unit(services, units(planned)[0])
    encode_audio(services, audio_units(planned)[0])
    assert scratch_left(temporary) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("zeroed", [False, True])
def test_damage_in_the_source_is_concealed(
    services: Services, clip_maker: ClipMaker, zeroed: bool
) -> None:
    """Players show what can be decoded, so it is published: scattered bytes, or 4 s on end."""
    body = bytearray(clip_maker.clip(frame_rate=Fraction(25), frame_count=300).read_bytes())
    start = body.index(b"mdat") + len(body) // 2
    end = start + len(body) // 3
    if zeroed:
        body[start:end] = bytes(end - start)
    for place in range(start, end, 997):
        body[place] ^= 0xFF
    made = plan(services, bytes(body))
    for unit in units(made):
        assert encode_unit(services, unit).encoded == 2
    assert [_frames(services, folder_of(made), index) for index in (0, 1)] == [200, 100]


@pytest.mark.parametrize(
    "sound",
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
    services: Services, clip: Path, tmp_path: Path, sound: str
) -> None:
    """One sample, too short, too long, 8 and 96 kHz, 5.1, 7.1: 12 s are 576,000 samples."""
    source = tmp_path / "source.mkv"
    run_ffmpeg(["-i", str(clip), "-f", "lavfi", "-i", sound, "-map", "0:v", "-map", "1:a",
                "-c:v", "copy", "-c:a", "pcm_s16le", str(source)])  # fmt: skip
    made = plan(services, source, "source.mkv")
    encode_audio(services, audio_units(made)[0])
    record = services.store.read_marker(made.folder(made.audio[0].key), 0)
    assert record is not None
    assert sum(segment.duration for segment in record.segments) == 576_000
    assert record.codec == "mp4a.40.2"


def _frames(services: Services, folder: RenditionFolder, index: int) -> int:
    record: ChunkRecord | None = services.store.read_marker(folder, index)
    assert record is not None
    return sum(segment.frame_count for segment in record.segments)
