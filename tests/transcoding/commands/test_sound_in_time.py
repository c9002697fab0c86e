"""Encoded sound stands where the source has it, whatever the source's rate and timestamps."""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path

import pytest

from tests.media import MediaServer, run_ffmpeg
from tests.transcoding.encoding import a_rung, a_timeline, an_audio, encode_sound

BEEPS = "aevalsrc='0.8*sin(2*PI*1000*t)*between(mod(t,1),0.25,0.3)':s={rate}:d=4"


def _source(server: MediaServer, name: str, rate_hz: int, extra: list[str]) -> Path:
    """Make 5 s of picture and 4 s of sound that beeps at 0.25 s of every second."""
    path = server.folder / f"{name}.mov"
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "color=size=64x64:rate=25:duration=5"),
            *("-f", "lavfi", "-i", BEEPS.format(rate=rate_hz)),
            *("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
            *("-ac", "2", *extra, str(path)),
        ]
    )
    return path


def _beep_starts_s(file: Path, folder: Path) -> list[float]:
    raw = folder / "samples.f32"
    run_ffmpeg(["-i", str(file), "-ac", "1", "-f", "f32le", str(raw)])
    samples = array("f", raw.read_bytes())
    starts: list[float] = []
    position = 0
    while position < len(samples):
        if abs(samples[position]) > 0.1:
            starts.append(position / 48_000)
            position += 24_000
        position += 1
    return starts


def _encode(
    server: MediaServer, clip: Path, folder: Path, start_s: Fraction = Fraction(0)
) -> list[float]:
    timeline = a_timeline(Fraction(25), 125, (a_rung("any", Fraction(25)),))
    sound = encode_sound(an_audio("beeps", timeline), server, clip, folder, start_s)
    assert sound.segments[0].decode_time == 0
    assert sum(segment.duration for segment in sound.segments) == 240_000
    return _beep_starts_s(sound.files[0], folder)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000, 96_000])
def test_sound_of_any_sample_rate_is_in_time(
    media_server: MediaServer, tmp_path: Path, rate_hz: int
) -> None:
    """Beeps start within a millisecond of where the source has them."""
    clip = _source(media_server, f"beeps-{rate_hz}", rate_hz, [])

    starts = _encode(media_server, clip, tmp_path)

    assert starts == pytest.approx([0.25, 1.25, 2.25, 3.25], abs=0.001)


def test_sound_is_counted_from_the_first_picture(media_server: MediaServer, tmp_path: Path) -> None:
    """When the video starts at 0.2 s, what sounds at 0.25 s is heard at 0.05 s."""
    clip = _source(media_server, "beeps-late", 44_100, [])

    starts = _encode(media_server, clip, tmp_path, Fraction(1, 5))

    assert starts == pytest.approx([0.05, 1.05, 2.05, 3.05], abs=0.001)


@pytest.mark.parametrize("gap_s", [0.02, 0.05, 0.5])
def test_gaps_in_the_source_become_silence(
    media_server: MediaServer, tmp_path: Path, gap_s: float
) -> None:
    """A hole in the timestamps after 2 s moves later beeps by just as much."""
    shift = f"setts=ts='TS+gt(TS*TB,2)*{gap_s}/TB'"
    clip = _source(media_server, f"beeps-gap-{gap_s}", 44_100, ["-bsf:a", shift])

    starts = _encode(media_server, clip, tmp_path)

    assert starts == pytest.approx([0.25, 1.25, 2.25 + gap_s, 3.25 + gap_s], abs=0.001)
