"""Sound that is encoded in chunks is like sound that is encoded at once, at every seam (ADR 4)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.media import run_ffmpeg
from tests.transcoding.commands.aac_bitstream import Window, aac_frames, read_window
from tests.transcoding.commands.sounds import (
    Samples,
    Track,
    a_sound_timeline,
    attacks,
    decode,
    encode_chunk_of_sound,
    join,
    mix,
    noise,
    tones,
    uncut,
    write_wave,
)
from transcoding.packaging.cmaf import Fragment
from transcoding.source.sound_timeline import SoundTimeline

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("seams")]

KINDS = (attacks, noise, tones, mix)
TRACKS = [Track(stream_index=index, clock=None) for index in range(len(KINDS))]
SEGMENT_FRAMES = 47
FIRST_CHUNK = 17
"""Only from here on a chunk has its whole lead before it."""
CHUNKS = 44
SETTLED_FRAME = FIRST_CHUNK * SEGMENT_FRAMES
NEAR_FRAMES = 5


class Encoded(NamedTuple):
    """A track as it was encoded.

    Attributes:
        headers, segments: of all chunks.
        packets: sizes are bytes.
        windows: of each packet.
        errors_db: of each frame, decoded minus source, relative to the frame's own energy; NaN
            where the source is silent.
    """

    headers: list[bytes]
    segments: list[Fragment]
    packets: list[bytes]
    windows: list[Window]
    errors_db: Samples


@pytest.fixture(scope="module")
def timeline() -> SoundTimeline:
    """Give 44 chunks of a second, the last a bit short."""
    return a_sound_timeline(
        Fraction(CHUNKS * SEGMENT_FRAMES * 1024 - 300, 48_000), segment_frames=SEGMENT_FRAMES
    )


@pytest.fixture(scope="module")
def sounds(timeline: SoundTimeline) -> list[Samples]:
    """Give attacks, noise, tones and a mix of them."""
    return [kind(timeline.sample_count, np.random.default_rng(5)) for kind in KINDS]


@pytest.fixture(scope="module")
def source(sounds: list[Samples], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with the four sounds as tracks."""
    folder = tmp_path_factory.mktemp("seams")
    inputs: list[str] = []
    maps: list[str] = []
    for index, samples in enumerate(sounds):
        file = folder / f"{index}.wav"
        write_wave(file, samples)
        inputs += ["-i", str(file)]
        maps += ["-map", str(index)]
    path = folder / "source.mov"
    run_ffmpeg([*inputs, *maps, "-c", "copy", str(path)])
    return path


def _join_and_measure(
    source: Path, files: list[list[Path]], sounds: list[Samples], first_frame: int
) -> list[Encoded]:
    return [
        _measure(of_track, source.with_name("joined.mp4"), samples[first_frame * 1024 :])
        for of_track, samples in zip(files, sounds, strict=True)
    ]


def _measure(files: list[Path], output: Path, source: Samples) -> Encoded:
    joined = join(files, output)
    packets = aac_frames(joined.file)
    heard = decode(joined.file)
    count = min(len(heard), len(source)) // 1024
    wanted = source[: count * 1024].reshape(count, -1)
    wrong = heard[: count * 1024].reshape(count, -1) - wanted
    energy = (wanted**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = 10 * np.log10((wrong**2).sum(axis=1) / energy)
    return Encoded(
        headers=joined.headers,
        segments=joined.segments,
        packets=packets,
        windows=[read_window(packet) for packet in packets],
        errors_db=np.where(energy > 1e-3, errors, np.nan),
    )


@pytest.fixture(scope="module")
def single(source: Path, timeline: SoundTimeline, sounds: list[Samples]) -> list[Encoded]:
    """Encode each track at once."""
    whole = uncut(timeline)
    outputs = [source.with_name(f"single-{track}.mp4") for track in range(len(KINDS))]
    encode_chunk_of_sound(source, TRACKS, whole, whole.chunk(0), outputs)
    return _join_and_measure(source, [[output] for output in outputs], sounds, 0)


@pytest.fixture(scope="module")
def chunked(source: Path, timeline: SoundTimeline, sounds: list[Samples]) -> list[Encoded]:
    """Encode each track in chunks, as a job does."""
    return _encode_chunks(source, timeline, sounds)


def _encode_chunks(source: Path, timeline: SoundTimeline, sounds: list[Samples]) -> list[Encoded]:
    """Encode from the chunk on that has its whole lead."""
    files: list[list[Path]] = [[] for _ in KINDS]
    for chunk in timeline.chunks()[FIRST_CHUNK:]:
        outputs = [source.with_name(f"{track}-{chunk.index}.mp4") for track in range(len(KINDS))]
        encode_chunk_of_sound(source, TRACKS, timeline, chunk, outputs)
        for of_track, output in zip(files, outputs, strict=True):
            of_track.append(output)
    return _join_and_measure(source, files, sounds, SETTLED_FRAME)


def _near_frames() -> list[int]:
    """Return the frames within 5 of a seam, counted from the first chunk that is joined."""
    seams = range(SEGMENT_FRAMES, (CHUNKS - FIRST_CHUNK) * SEGMENT_FRAMES, SEGMENT_FRAMES)
    return [seam + step for seam in seams for step in range(-NEAR_FRAMES, NEAR_FRAMES)]


class Figures(NamedTuple):
    """How sound at the seams compares with a single encode.

    Attributes:
        seams: of all tracks.
        windows: frames near a seam that are windowed differently.
        median_db: the largest difference of any track's median error.
        measured: frames near a seam in which something sounds.
        outliers: of these, errors above the single encode's 99.9th percentile, where the single
            encode itself is below it.
        worst_db: the largest error of any track, above the single encode's largest.
    """

    seams: int
    windows: int
    median_db: float
    measured: int
    outliers: int
    worst_db: float


def _compare(single: list[Encoded], joined: list[Encoded]) -> Figures:
    near = _near_frames()
    windows = measured = outliers = 0
    medians, worst = [], []
    for alone, seamed in zip(single, joined, strict=True):
        settled = alone.windows[SETTLED_FRAME:]
        windows += sum(settled[frame] != seamed.windows[frame] for frame in near)
        usual = alone.errors_db[SETTLED_FRAME:]
        errors = seamed.errors_db[near]
        limit = np.nanpercentile(usual, 99.9)
        measured += int((~np.isnan(errors)).sum())
        outliers += int(((errors > limit) & ~(usual[near] > limit)).sum())
        medians.append(float(np.nanmedian(errors) - np.nanmedian(usual)))
        worst.append(float(np.nanmax(errors) - np.nanmax(usual)))
    return Figures(
        seams=len(near) // (2 * NEAR_FRAMES) * len(KINDS),
        windows=windows,
        median_db=max(medians),
        measured=measured,
        outliers=outliers,
        worst_db=max(worst),
    )


def test_windows_beside_a_seam_are_those_of_a_single_encode(
    single: list[Encoded], chunked: list[Encoded]
) -> None:
    """Sequence and shape of the window are the same in all frames within 5 of every seam."""
    figures = _compare(single, chunked)

    assert figures.seams == 104
    assert figures.windows == 0


def test_errors_beside_a_seam_are_those_of_a_single_encode(
    single: list[Encoded], chunked: list[Encoded]
) -> None:
    """Frames within 5 of a seam are as near to the source as frames anywhere."""
    figures = _compare(single, chunked)

    assert figures.measured > 700
    assert figures.median_db < 3
    assert figures.outliers <= figures.measured // 500
    assert figures.worst_db < 3


@pytest.mark.parametrize("overlap", [{"lead_frames": 0}, {"lead_frames": 1}])
def test_chunks_with_too_little_overlap_are_told(
    source: Path,
    timeline: SoundTimeline,
    sounds: list[Samples],
    single: list[Encoded],
    overlap: dict[str, int],
) -> None:
    """The same figures tell chunks that only abut, or nearly so, from those that overlap."""
    shorter = timeline.model_copy(update=overlap)

    figures = _compare(single, _encode_chunks(source, shorter, sounds))

    assert figures.windows > 100
    assert figures.outliers > figures.measured // 10
    assert figures.worst_db > 10


def test_attacks_make_short_windows(single: list[Encoded]) -> None:
    """The sound has all four window sequences, so that there is something to compare."""
    assert {window.sequence for window in single[0].windows} == {0, 1, 2, 3}


def test_no_frame_is_missing_or_double(
    single: list[Encoded], chunked: list[Encoded], timeline: SoundTimeline
) -> None:
    """Every segment starts where the one before ends, and the last ends with the picture."""
    for alone, seamed in zip(single, chunked, strict=True):
        assert len(alone.packets) == 2068
        assert len(seamed.packets) == 2068 - 17 * 47
        starts = [segment.decode_time for segment in seamed.segments]
        assert starts == [1024 * 47 * number for number in range(17, 44)]
        assert [segment.frame_count for segment in seamed.segments] == [47] * 27
        assert [segment.duration for segment in seamed.segments] == [48_128] * 26 + [47_828]


def test_all_chunks_have_the_same_header(single: list[Encoded], chunked: list[Encoded]) -> None:
    """Segments of every chunk play with one init segment, those of a single encode too."""
    headers = {header for track in (*single, *chunked) for header in track.headers}

    assert len(headers) == 1
    assert {s.trun_version for track in chunked for s in track.segments} == {1}
