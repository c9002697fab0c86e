"""What `vod run` starts and makes, piece by piece; tests/end_to_end runs it whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.ffmpeg.runner import Ffmpeg
from cli.clip import clip_arguments, make_clip
from cli.local_app import isolated_environment
from cli.project import ROOT
from tests.cli.conftest import Vod


def test_the_clip_has_moving_picture_and_sound(tmp_path: Path) -> None:
    """Two seconds of it: 60 whole frames of 1280x720, stereo sound, BT.709 throughout."""
    ffmpeg, clip = Ffmpeg(), tmp_path / "demo.mp4"
    make_clip(ffmpeg, clip, 2)
    probe = ffmpeg.probe(
        ["-print_format", "json", "-show_streams", "-count_frames", str(clip)],
        what="read the clip",
        total_s=60,
    )
    video, audio = probe["streams"]
    assert (video["width"], video["height"], video["nb_read_frames"]) == (1280, 720, "60")
    assert (video["r_frame_rate"], video["pix_fmt"]) == ("30/1", "yuv420p")
    assert (video["color_space"], video["color_transfer"]) == ("bt709", "bt709")
    assert (audio["codec_name"], audio["channels"], audio["sample_rate"]) == ("aac", 2, "48000")
    assert audio["tags"]["language"] == "eng"


def test_the_clip_is_24_seconds_long_unless_told_otherwise() -> None:
    """Long enough for several segments of 4 s."""
    arguments = clip_arguments("demo.mp4")
    assert arguments[arguments.index("-t") + 1] == "24"
    assert arguments[-1] == "demo.mp4"


def test_a_run_touches_this_machine_only() -> None:
    """Storage is the run's own, encoding settings stay, nothing points elsewhere."""
    base = {
        "PATH": "/bin",
        "VOD_PRESET": "slow",
        "VOD_BLOB_SOURCE": "EventGrid",
        "VOD_PLAYBACK_BASE_URL": "https://video.example",
        "VOD_FRONT_DOOR_ENDPOINT": "live",
        "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=1",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "Authorization=AAD",
        "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
        "PYTHON_ENABLE_OPENTELEMETRY": "true",
        "UPLOADS_STORAGE": "elsewhere",
    }
    environment = isolated_environment(base, "mine")
    assert {name: value for name, value in environment.items() if value} == {
        "PATH": "/bin",
        "VOD_PRESET": "slow",
        "AzureWebJobsStorage": "mine",
        "UPLOADS_STORAGE": "mine",
        "DELIVERY_STORAGE": "mine",
    }
    assert environment["VOD_FRONT_DOOR_ENDPOINT"] == ""
    assert environment["VOD_FRONT_DOOR_MANAGEMENT_URL"] == ""


def test_a_run_can_be_given_something_on_this_machine() -> None:
    """What is asked for by name counts, over the user's own settings."""
    base = {"VOD_FRONT_DOOR_ENDPOINT": "live"}
    environment = isolated_environment(base, "mine", {"VOD_FRONT_DOOR_ENDPOINT": "stand-in"})
    assert environment["VOD_FRONT_DOOR_ENDPOINT"] == "stand-in"


def test_a_file_that_is_no_video_is_refused(vod: Vod) -> None:
    """The whole app runs and ends with the reason; its folder is gone afterwards."""
    Path("notes.txt").write_text("not a video", "utf-8")
    ran = vod("run", "notes.txt", "--json", "--out", "out")
    assert ran.code == 1
    document = json.loads(ran.out)
    assert document["status"]["state"] == "refused"
    assert (document["report"], document["out"]) == (None, None)
    assert ran.err.splitlines()[-1].startswith("vod: notes.txt: refused: the file cannot be read")
    assert list(Path("out").iterdir()) == []


def test_an_app_that_does_not_start_says_why(
    vod: Vod, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The app's last word is in the error, and nothing is left running."""
    (tmp_path / "function_app.py").write_text("raise RuntimeError('out of order')", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    Path("notes.txt").write_text("not a video", "utf-8")
    ran = vod("run", "notes.txt", project=tmp_path)
    assert ran.code == 2
    assert ran.err.startswith("vod: the app does not start (exit code ")
    assert "out of order" in ran.err
    assert ran.err.count("\n") == 1
