"""Sound that was encoded in chunks and joined: continuous, in time, track by track."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.media import run_ffmpeg
from tests.transcoding.commands.sounds import (
    Joined,
    Samples,
    Track,
    a_sound_timeline,
    decode,
    encode_chunk_of_sound,
    join,
    mix,
    picture_start_s,
    read_tracks,
    write_wave,
)
from transcoding.source.sound_timeline import SoundTimeline

pytestmark = pytest.mark.world

SECONDS = 32
PICTURE = ("-f", "lavfi", "-i", f"color=size=64x64:rate=25:duration={SECONDS}")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "100")
BEEPS = "aevalsrc='0.8*sin(2*PI*1000*t)*between(mod(t,1),0.25,0.3)':s={rate}:d=32"


def _encode(
    file: Path, timeline: SoundTimeline, tracks: Sequence[Track] | None = None
) -> list[Joined]:
    """Encode all tracks in chunks, and put each together."""
    tracks = tracks or read_tracks(file)
    files: list[list[Path]] = [[] for _ in tracks]
    for chunk in timeline.chunks():
        outputs = [file.with_name(f"{n}-{chunk.index}.mp4") for n in range(len(tracks))]
        encode_chunk_of_sound(file, tracks, timeline, chunk, outputs)
        for of_track, output in zip(files, outputs, strict=True):
            of_track.append(output)
    return [join(of, file.with_name(f"joined-{n}.mp4")) for n, of in enumerate(files)]


def _is_continuous(joined: Joined, timeline: SoundTimeline) -> bool:
    ends = np.cumsum([segment.duration for segment in joined.segments])
    starts = [segment.decode_time for segment in joined.segments]
    return starts == [0, *ends[:-1]] and ends[-1] == timeline.duration_ticks


def _beep_starts_s(samples: Samples) -> list[float]:
    loud = np.nonzero(np.abs(samples).max(axis=1) > 0.1)[0]
    first = np.insert(np.diff(loud) > 24_000, 0, True)
    return [float(start) / 48_000 for start in loud[first]]


def _loud(folder: Path) -> Path:
    """Make 3 s of everything at once, without silence at its start."""
    file = folder / "loud.wav"
    write_wave(file, mix(144_000, np.random.default_rng(7)))
    return file


def _beeping(folder: Path, name: str, options: Sequence[str], rate_hz: int = 44_100) -> Path:
    """Make 32 s of sound that beeps at 0.25 s of every second."""
    file = folder / name
    beeps = ("-f", "lavfi", "-i", BEEPS.format(rate=rate_hz))
    run_ffmpeg([*PICTURE, *beeps, *H264, "-c:a", "aac", *options, str(file)])
    return file


@pytest.mark.parametrize(
    ("name", "rate_hz", "channels"),
    [
        ("mono.mov", 44_100, 1),
        ("surround.mkv", 48_000, 6),
        ("stereo.ts", 44_100, 2),
        ("slow.mkv", 8_000, 1),
        ("fast.mov", 96_000, 2),
    ],
)
def test_beeps_are_in_time_at_and_after_seams(
    tmp_path: Path, name: str, rate_hz: int, channels: int
) -> None:
    """Chunks of 4.01 s: seams come nearer to the beeps."""
    file = _beeping(tmp_path, name, ("-ac", str(channels)), rate_hz)
    timeline = a_sound_timeline(SECONDS, chunk_segments=2, start_s=picture_start_s(file))

    (joined,) = _encode(file, timeline)

    assert _is_continuous(joined, timeline)
    starts = _beep_starts_s(decode(joined.file))
    assert starts == pytest.approx([second + 0.25 for second in range(32)], abs=0.002)


def test_sound_is_counted_from_the_first_picture(tmp_path: Path) -> None:
    """Where the picture starts at 0.2 s, what sounds at 0.25 s is heard at 0.05 s."""
    file = _beeping(tmp_path, "late-picture.mov", ())
    timeline = a_sound_timeline(SECONDS, chunk_segments=2, start_s=Fraction(1, 5))

    (joined,) = _encode(file, timeline)

    starts = _beep_starts_s(decode(joined.file))
    assert starts == pytest.approx([second + 0.05 for second in range(32)], abs=0.002)


def test_gaps_become_silence(tmp_path: Path) -> None:
    """Holes of 3.5 s and 0.1 s, on both sides of seams, move what comes after by just as much."""
    shift = "setts=ts='TS+gt(TS*TB,11.1)*3.5/TB+gt(TS*TB,21.1)*0.1/TB'"
    file = _beeping(tmp_path, "gaps.mov", ("-bsf:a", shift))
    timeline = a_sound_timeline(SECONDS, chunk_segments=2)

    (joined,) = _encode(file, timeline)

    assert _is_continuous(joined, timeline)
    expected = [second + 0.25 for second in range(11)]
    expected += [second + 0.75 for second in range(14, 24)]
    expected += [second + 0.85 for second in range(24, 32)]
    assert _beep_starts_s(decode(joined.file)) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("suffix", ["mov", "mkv"])
def test_sound_may_start_late_and_end_early(tmp_path: Path, suffix: str) -> None:
    """Chunks before it starts, across its ends, and long after it are all as long as planned."""
    file = tmp_path / f"late.{suffix}"
    beeps = ("-itsoffset", "4.5", "-t", "4.1", "-f", "lavfi", "-i", BEEPS.format(rate=44_100))
    run_ffmpeg([*PICTURE, *beeps, *H264, "-c:a", "aac", str(file)])
    timeline = a_sound_timeline(SECONDS, chunk_segments=2)

    (joined,) = _encode(file, timeline)

    assert _is_continuous(joined, timeline)
    expected = [4.75, 5.75, 6.75, 7.75]
    assert _beep_starts_s(decode(joined.file)) == pytest.approx(expected, abs=0.002)


def test_channels_may_change_in_the_middle(tmp_path: Path) -> None:
    """A broadcast goes over from stereo to 5.1; no chunk is longer, and beeps stay in time."""
    parts = []
    for channels, start_s, length_s in ((2, 0, 15), (6, 15, 17)):
        part = tmp_path / f"from-{start_s}.ts"
        beeps = ("-f", "lavfi", "-t", str(length_s), "-i", BEEPS.format(rate=48_000))
        shift = ("-output_ts_offset", str(start_s))
        run_ffmpeg([*beeps, "-ac", str(channels), "-c:a", "ac3", *shift, str(part)])
        parts.append(part.read_bytes())
    file = tmp_path / "change.ts"
    file.write_bytes(b"".join(parts))
    timeline = a_sound_timeline(SECONDS, chunk_segments=3, start_s=Fraction(7, 5))

    (joined,) = _encode(file, timeline)

    assert _is_continuous(joined, timeline)
    assert sum(segment.frame_count for segment in joined.segments) == 1500
    starts = _beep_starts_s(decode(joined.file))
    assert starts == pytest.approx([second + 0.25 for second in range(32)], abs=0.01)


def test_one_process_encodes_all_tracks_of_a_chunk(tmp_path: Path) -> None:
    """Each track comes out as it does alone."""
    file = tmp_path / "two.mkv"
    beeps = ("-f", "lavfi", "-i", BEEPS.format(rate=44_100))
    low = ("-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*200*t)':s=48000:d=32")
    tracks = ("-map", "0", "-map", "1", "-map", "2", "-c:a:0", "aac", "-c:a:1", "ac3")
    run_ffmpeg([*PICTURE, *beeps, *low, *tracks, *H264, str(file)])
    timeline = a_sound_timeline(SECONDS, chunk_segments=12)
    beeping, humming = read_tracks(file)

    both = _encode(file, timeline, [beeping, humming])
    together = [joined.file.read_bytes() for joined in both]
    starts = [len(_beep_starts_s(decode(joined.file))) for joined in both]
    alone = [_encode(file, timeline, [t])[0].file.read_bytes() for t in (beeping, humming)]

    assert together == alone
    assert starts == [32, 1]


def test_the_very_first_frame_is_silent(tmp_path: Path) -> None:
    """Nothing overlaps with it: what it held would come out garbled."""
    file = _loud(tmp_path)
    timeline = a_sound_timeline(2)

    (joined,) = _encode(file, timeline, [Track(0, None)])

    heard, source = decode(joined.file), decode(file)
    first, second = ((heard[at : at + 1024] ** 2).sum() for at in (0, 1024))
    assert first < 0.01 * (source[:1024] ** 2).sum()
    assert second > 0.5 * (source[1024:2048] ** 2).sum()


def test_sound_that_starts_much_later_is_not_led_in(tmp_path: Path) -> None:
    """A chunk of 4 s holds no silence of an hour in memory: that would be 1.4 GB."""
    file = tmp_path / "later.mkv"
    tone = ("-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=1")
    run_ffmpeg(["-itsoffset", "3600", *tone, "-c:a", "aac", str(file)])
    timeline = a_sound_timeline(3601, chunk_segments=2)
    told = encode_chunk_of_sound(
        file,
        [Track(0, None)],
        timeline,
        timeline.chunk(0),
        [tmp_path / "chunk.mp4"],
        *("-v", "info", "-benchmark"),
    )

    (most_kib,) = re.findall(r"maxrss=(\d+)KiB", told)
    assert int(most_kib) < 1_000_000


@pytest.mark.parametrize(("sample_count", "frames"), [(800, 1), (1025, 2), (96_257, 95)])
def test_the_shortest_tracks_and_chunks(tmp_path: Path, sample_count: int, frames: int) -> None:
    """A track of less than a frame, and a last chunk of one sample, have a segment each."""
    file = _loud(tmp_path)
    timeline = a_sound_timeline(Fraction(sample_count, 48_000))

    (joined,) = _encode(file, timeline, [Track(0, None)])

    assert _is_continuous(joined, timeline)
    assert sum(segment.frame_count for segment in joined.segments) == frames
    assert len(joined.segments) == timeline.segment_count
    assert len(set(joined.headers)) == 1
