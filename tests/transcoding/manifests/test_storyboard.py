"""The storyboard's layout and WebVTT, and sheets that FFmpeg makes for it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from tests.media import MediaServer, run_ffmpeg, run_ffprobe
from tests.transcoding.builders import a_timeline
from tests.transcoding.encoding import JOB, a_plan, a_rung, encode_all
from transcoding.codecs import h264
from transcoding.commands.stills import make_sprites
from transcoding.manifests.storyboard import storyboard_vtt
from transcoding.packaging.cmaf import split_file
from transcoding.plan.plan import Plan

FOLDER = f"{JOB.source_key}/storyboard-1"


def _plan(frame_rate: Fraction, frame_count: int, height: int = 234) -> Plan:
    timeline = a_timeline(frame_rate, frame_count, chunk_s=4)
    return a_plan(a_rung("low", timeline, height=height), a_rung("high", timeline, height=360))


def _vtt(plan: Plan) -> list[str]:
    assert plan.storyboard is not None
    return storyboard_vtt(plan, plan.storyboard).splitlines()


def test_web_vtt_spans_the_whole_video() -> None:
    """Cues join each other; the last one ends with the video: 299 frames at 23.976 fps."""
    plan = _plan(Fraction(24000, 1001), 299)

    assert _vtt(plan) == [
        "WEBVTT",
        "",
        "00:00:00.000 --> 00:00:04.004",
        f"{FOLDER}/00001.jpg#xywh=0,0,160,90",
        "",
        "00:00:04.004 --> 00:00:08.008",
        f"{FOLDER}/00001.jpg#xywh=160,0,160,90",
        "",
        "00:00:08.008 --> 00:00:12.012",
        f"{FOLDER}/00001.jpg#xywh=320,0,160,90",
        "",
        "00:00:12.012 --> 00:00:12.471",
        f"{FOLDER}/00001.jpg#xywh=480,0,160,90",
    ]


def test_sheets_hold_five_by_five() -> None:
    """The sixth thumbnail starts a row, the 26th a sheet."""
    plan = _plan(Fraction(25), 2_600)

    images = [line for line in _vtt(plan) if "#" in line]

    assert plan.storyboard and plan.storyboard.sheet_count == 2
    assert images[4:6] == [
        f"{FOLDER}/00001.jpg#xywh=640,0,160,90",
        f"{FOLDER}/00001.jpg#xywh=0,90,160,90",
    ]
    assert images[24:] == [
        f"{FOLDER}/00001.jpg#xywh=640,360,160,90",
        f"{FOLDER}/00002.jpg#xywh=0,0,160,90",
    ]


def test_two_hours_end_with_the_video() -> None:
    """The last cue of a two-hour video starts 48 s before its end."""
    plan = _plan(Fraction(25), 180_000)

    assert "01:59:12.000 --> 02:00:00.000" in _vtt(plan)


def test_chosen_segments_give_one_thumbnail_each(
    media_server: MediaServer, tiny_clip: Path, tmp_path: Path
) -> None:
    """A sheet from segments 1 and 3: two thumbnails are pictures, the third is still black."""
    plan = _plan(Fraction(30), 360, height=90)
    rung = encode_all(plan, media_server, tiny_clip, tmp_path)["low"]
    with (tmp_path / "keyframes.mp4").open("wb") as joined:
        joined.write(rung.inits[0])
        for file in (rung.files[0], rung.files[2]):
            with file.open("rb") as stream:
                _, (fragment,) = split_file(stream, h264)
                stream.seek(fragment.offset)
                joined.write(stream.read(fragment.size_bytes))

    pattern = str(tmp_path / "%05d.jpg")
    run_ffmpeg(make_sprites(str(tmp_path / "keyframes.mp4"), 160, 90, pattern))

    sheets = sorted(file.name for file in tmp_path.glob("*.jpg"))
    assert sheets == ["00001.jpg"]
    sheet = run_ffprobe(["-show_entries", "stream=width,height", str(tmp_path / "00001.jpg")])
    assert sheet["streams"] == [{"width": 800, "height": 450}]
    assert [_is_black(tmp_path / "00001.jpg", column, tmp_path) for column in range(3)] == [
        False,
        False,
        True,
    ]


def _is_black(sheet: Path, column: int, folder: Path) -> bool:
    raw = folder / "cell.gray"
    crop = f"crop=160:90:{column * 160}:0,format=gray"
    run_ffmpeg(["-i", str(sheet), "-vf", crop, "-f", "rawvideo", str(raw)])
    return max(raw.read_bytes()) < 40
