"""Sound and picture of a published video, measured with flashes and beeps."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cli.local_app import LocalApp
from tests.end_to_end.publishing import publish
from tests.end_to_end.tree import RenditionFiles, download
from tests.media import run_ffmpeg

FLASHES_S = (1.0, 3.0, 5.0, 7.0, 9.0, 11.0)
"""A white picture and a beep begin together at each of these times."""


def make_source(path: Path, *options: str) -> Path:
    """Write 12 s with a flash and a beep of 0.1 s at every odd second."""
    white = "drawbox=color=white:t=fill:enable='lt(mod(t,2)-1,0.1)*gte(mod(t,2),1)'"
    beep = "if(gte(mod(t,2),1)*lt(mod(t,2),1.1),sin(2*PI*1000*t),0)"
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", f"color=black:s=320x240:r=30:d=12,{white}"),
            *("-f", "lavfi", "-i", f"aevalsrc='{beep}':s=44100:d=12"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", *options, str(path)),
        ]
    )
    return path


def flash_times_s(rung: RenditionFiles, raw: Path) -> list[float]:
    """Return when the picture turns white, by counting decoded frames at 30 fps."""
    run_ffmpeg(
        ["-i", str(rung.whole), "-vf", "scale=8:8", "-pix_fmt", "gray", "-f", "rawvideo", str(raw)]
    )
    brightness = np.fromfile(raw, np.uint8).reshape(-1, 64).mean(axis=1)
    bright = brightness > 128
    turns = np.flatnonzero(bright[1:] & ~bright[:-1]) + 1
    return [float(index) / 30 for index in turns]


def beep_times_s(sound: RenditionFiles, raw: Path) -> list[float]:
    """Return when the beeps begin, counting every decoded sample: a player trims no priming."""
    run_ffmpeg(
        ["-ignore_editlist", "1", "-i", str(sound.whole), "-ac", "1", "-f", "f32le", str(raw)]
    )
    loud = np.flatnonzero(np.abs(np.fromfile(raw, np.float32)) > 0.1)
    starts = [loud[0], *(b for a, b in pairwise(loud) if b - a > 24_000)]
    return [float(start) / 48_000 for start in starts]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pcm.mov", ["-c:a", "pcm_s16le"]),
        ("aac.mp4", ["-c:a", "aac"]),
        ("aac.ts", ["-c:a", "aac"]),
        ("opus.mkv", ["-c:a", "libopus", "-ar", "48000"]),
    ],
)
def test_sound_is_within_10_ms_of_the_picture(
    running_app: LocalApp, tmp_path: Path, name: str, options: list[str]
) -> None:
    """Priming, start times and resampling are accounted for, whatever comes in."""
    source = make_source(tmp_path / name, *options)
    video = publish(running_app, source, f"sync/{name}")
    renditions = download(video, tmp_path / "published")
    rung = next(r for r in renditions.values() if r.is_video)
    sound = next(r for r in renditions.values() if not r.is_video)
    flashes = flash_times_s(rung, tmp_path / "gray")
    beeps = beep_times_s(sound, tmp_path / "pcm")
    assert flashes == list(FLASHES_S)
    assert len(beeps) == 6
    offsets_ms = [1000 * (beep - flash) for beep, flash in zip(beeps, flashes, strict=True)]
    assert max(abs(offset) for offset in offsets_ms) < 10, offsets_ms
