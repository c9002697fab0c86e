"""What each chunk of sound is made from: the source's own samples, at their own time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.media import SOURCE_ETAG, MediaServer, run_ffmpeg
from tests.transcoding.builders import a_sound_track
from tests.transcoding.commands.sounds import (
    Track,
    a_sound_timeline,
    mix,
    read_tracks,
    samples_for_encoder,
    uncut,
    write_wave,
)
from transcoding.commands import sound
from transcoding.commands.encode import encode_sound
from transcoding.commands.parts import Piece, recipe_of, words
from transcoding.source.sound_clock import PacketClock
from transcoding.source.sound_timeline import SoundTimeline

SECONDS = 32
PICTURE = ("-f", "lavfi", "-i", f"color=size=64x64:rate=25:duration={SECONDS}")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "100")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime")
AAC = ("-c:a", "aac", "-aac_pns", "0")
"""Without the noise that decoders make up, each time another."""
MATROSKA = PacketClock(codec="aac", first_s=Fraction(-21, 1000), tick_s=Fraction(1, 1000))
AC3 = PacketClock(codec="ac3", first_s=Fraction(7, 5), tick_s=Fraction(1, 90_000))


def _all_pieces(
    timeline: SoundTimeline, chunk: int, *, clock: PacketClock | None = MATROSKA, **changes: Any
) -> tuple[Piece, ...]:
    track = a_sound_track(timeline=timeline, clock=clock, **changes)
    return sound.pieces_of(track, timeline.chunk(chunk))


def test_all_chunks_have_the_same_recipe() -> None:
    """The first, one in the middle and the last differ in their windows alone."""
    timeline = a_sound_timeline(600, chunk_segments=10)
    first, middle, last = (_all_pieces(timeline, chunk) for chunk in (0, 15, 29))

    assert recipe_of(first) == recipe_of(middle) == recipe_of(last)
    assert {piece.part for piece in middle} == {"recipe", "window"}
    assert len({words(pieces) for pieces in (first, middle, last)}) == 3


def test_what_decides_the_bytes_is_in_the_recipe() -> None:
    """Another track, bitrate, start, rate, segment or clock makes another recipe."""
    timeline = a_sound_timeline(600, chunk_segments=10)
    later = timeline.model_copy(update={"start_s": Fraction(7, 5)})
    slower = timeline.model_copy(update={"sample_rate_hz": 44_100})
    longer = timeline.model_copy(update={"segment_frames": 188})
    variants = [
        _all_pieces(timeline, 1),
        _all_pieces(timeline, 1, stream_index=2),
        _all_pieces(timeline, 1, bitrate_bps=96_000),
        _all_pieces(later, 1),
        _all_pieces(slower, 1),
        _all_pieces(longer, 1),
        _all_pieces(timeline, 1, clock=None),
        _all_pieces(timeline, 1, clock=AC3),
    ]

    assert len({str(recipe_of(pieces)) for pieces in variants}) == 8


def test_the_first_chunk_is_read_from_the_start() -> None:
    """A seek to the start loses sound in some containers."""
    timeline = a_sound_timeline(600, chunk_segments=10, start_s=Fraction(7, 5))

    assert words(sound.seek(timeline, timeline.chunk(0))) == ("-copyts",)
    assert words(sound.seek(timeline, timeline.chunk(1))) == ("-copyts",)


def test_a_chunk_is_sought_by_the_containers_own_time() -> None:
    """Chunk 2 is encoded from 23.7 s on, has a warm-up from 21 s on, and is sought at 18 s."""
    timeline = a_sound_timeline(600, chunk_segments=10, start_s=Fraction(7, 5))

    assert words(sound.seek(timeline, timeline.chunk(2))) == (
        "-copyts",
        *("-seek_timestamp", "1", "-noaccurate_seek", "-ss", "19.400000"),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which sounds are made once for all tests."""
    return tmp_path_factory.mktemp("sound")


def test_a_fragment_is_a_segment() -> None:
    """93.5 frames, whatever microseconds make of them, are reached by the 94th frame alone."""
    timeline = a_sound_timeline(600)

    options = words(sound.output(a_sound_track(timeline=timeline), timeline.chunk(1)))

    assert options[-2:] == ("-frag_duration", "1994667")


def _source(folder: Path, name: str, options: Sequence[str], *, rate_hz: int = 48_000) -> Path:
    """Make 32 s of sound, with a picture where the container may have one."""
    wav = folder / f"{rate_hz}.wav"
    if not wav.exists():
        write_wave(wav, mix(SECONDS * rate_hz, np.random.default_rng(7)), rate_hz)
    file = folder / name
    video = () if file.suffix in {".m4a", ".wav", ".flac", ".mp3", ".ogg"} else ("-map", "1:v")
    codec = VP8 if file.suffix == ".webm" else H264
    pictured = (*video, *codec) if video else ()
    run_ffmpeg(["-i", str(wav), *PICTURE, "-map", "0:a", *pictured, *options, str(file)])
    return file


def _differs_s(file: Path, track: Track, start_s: Fraction = Fraction(0)) -> float:
    """Return the largest difference between what a chunk and a single encode are made from.

    The chunk begins at 24.06 s and is sought 19.3 s into the source.
    """
    timeline = a_sound_timeline(SECONDS, chunk_segments=12, start_s=start_s)
    whole = samples_for_encoder(file, track, uncut(timeline), uncut(timeline).chunk(0))
    chunk = samples_for_encoder(file, track, timeline, timeline.chunk(1))
    assert len(whole) == 1_536_000 - 1024
    assert len(chunk) == 1_536_000 - (1128 - 768 + 1) * 1024
    return float(np.abs(whole[-len(chunk) :] - chunk).max())


@pytest.mark.world
@pytest.mark.parametrize(
    ("name", "rate_hz", "options"),
    [
        ("pcm-44100.mov", 44_100, ("-c:a", "pcm_s16le")),
        ("aac.m4a", 44_100, AAC),
        ("mono.m4a", 44_100, (*AAC, "-ac", "1")),
        ("aac-44100.mkv", 44_100, AAC),
        ("aac-48000.mkv", 48_000, AAC),
        ("surround.mkv", 48_000, ("-c:a", "ac3", "-ac", "6")),
        ("mp3.mkv", 44_100, ("-c:a", "libmp3lame")),
        ("opus.webm", 48_000, ("-c:a", "libopus")),
        ("vorbis.webm", 44_100, ("-c:a", "libvorbis")),
        ("flac.mkv", 44_100, ("-c:a", "flac")),
        ("aac.flv", 44_100, AAC),
        ("wma.asf", 44_100, ("-c:a", "wmav2")),
        ("whole.flac", 44_100, ()),
        ("cbr.mp3", 44_100, ("-b:a", "128k")),
        ("bare.mp3", 44_100, ("-b:a", "128k", "-write_xing", "0")),
    ],
)
def test_a_chunk_is_made_from_the_samples_of_a_single_encode(
    folder: Path, name: str, rate_hz: int, options: tuple[str, ...]
) -> None:
    """To the bit, whatever the container rounds, the seek lands on and the resampler does."""
    file = _source(folder, name, options, rate_hz=rate_hz)

    assert _differs_s(file, read_tracks(file)[0]) == 0


@pytest.mark.world
@pytest.mark.parametrize("codec", [AAC, ("-c:a", "ac3")], ids=["aac", "ac3"])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_a_container_without_an_index(folder: Path, rate_hz: int, codec: tuple[str, ...]) -> None:
    """MPEG-TS starts at 1.4 s, and a seek lands anywhere."""
    file = _source(folder, "blind.ts", codec, rate_hz=rate_hz)

    assert _differs_s(file, read_tracks(file)[0], Fraction(7, 5) + Fraction(1001, 90_000)) == 0


@pytest.mark.world
def test_rounded_times_are_heard_where_the_clock_is_not_known(folder: Path) -> None:
    """Matroska's milliseconds move a chunk by samples against the one before it."""
    file = _source(folder, "aac.mkv", AAC, rate_hz=44_100)
    track = read_tracks(file)[0]

    assert _differs_s(file, track._replace(clock=None)) > 0.1


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_chunk_reads_about_its_own_part_of_the_source(
    media_server: MediaServer, tmp_path: Path, suffix: str
) -> None:
    """A chunk of 9 % of the source, with its lead of 7 %, reads less than a quarter of it."""
    file = media_server.folder / f"long-sound.{suffix}"
    picture = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=240")
    tone = ("-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=240")
    encode = ("-c:v", "mpeg4", "-q:v", "2", "-g", "100", "-c:a", "aac")
    run_ffmpeg([*picture, *tone, *encode, str(file)])
    start_s = Fraction(7, 5) if suffix == "ts" else Fraction(0)
    timeline = a_sound_timeline(240, chunk_segments=10, start_s=start_s)
    chunk = timeline.chunk(5)

    output = str(tmp_path / "chunk.mp4")
    arguments = encode_sound(
        [a_sound_track(timeline=timeline)],
        chunk,
        url=media_server.url(file),
        etag=SOURCE_ETAG,
        outputs=[output],
    )
    told = run_ffmpeg([*arguments[:-1], "-v", "verbose", output])

    read = sum(int(count) for count in re.findall(r"Statistics: (\d+) bytes read", told))
    assert 0.1 < read / file.stat().st_size < 0.25
