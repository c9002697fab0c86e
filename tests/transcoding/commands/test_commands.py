"""Tests of FFmpeg and ffprobe argument lists; that they work is tested where they are run."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.transcoding.builders import a_plan, a_source, a_unit, an_audio_track
from transcoding.commands import commands
from transcoding.plan.plan import AudioUnit

URL = "https://example.invalid/uploads/a.mp4?sig=secret"


def _value(arguments: tuple[str, ...], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def _all_reading_the_source() -> list[tuple[str, ...]]:
    plan = a_plan(chunk_s=20)
    unit = a_unit(plan, 1, 0, 8)
    audio = AudioUnit(job=plan.job, video_start_s=Fraction(0), audio=plan.audio[0])
    return [
        commands.probe_streams(URL, "0x1"),
        commands.probe_packets(URL, "0x1", 0, "%+4"),
        commands.encode_chunk(unit, URL, ["a.mp4", "b.mp4"]),
        commands.encode_audio(audio, URL, "a.mp4"),
        commands.seam_ssim(unit, URL, ["a", "b"], ["c", "d"], ["e", "f"]),
    ]


@pytest.mark.parametrize("arguments", _all_reading_the_source())
def test_an_upload_can_reach_nothing_else(arguments: tuple[str, ...]) -> None:
    """No local file, no playlist: an upload that names other addresses must not be followed."""
    inputs = [n for n, argument in enumerate(arguments) if argument == URL]
    assert inputs
    for place in inputs:
        before = arguments[:place]
        assert before[-1] == "-i"
        protocols = before[len(before) - 1 - before[::-1].index("-protocol_whitelist") + 1]
        assert protocols == "http,https,tcp,tls"
        formats = before[len(before) - 1 - before[::-1].index("-format_whitelist") + 1].split(",")
        assert not {"hls", "dash", "concat", "image2", "sdp", "rtsp", "lavfi"} & set(formats)


@pytest.mark.parametrize("arguments", _all_reading_the_source())
def test_the_source_is_read_only_as_it_was(arguments: tuple[str, ...]) -> None:
    """Storage refuses to serve a newer upload, so no output mixes two."""
    assert _value(arguments, "-headers").startswith('If-Match: "0x')
    assert _value(arguments, "-headers").endswith('"\r\n')


def test_local_inputs_stay_local() -> None:
    """What FFmpeg wrote itself is read without any network."""
    arguments = commands.decode_check("out.mp4")
    assert _value(arguments, "-protocol_whitelist") == "file"


def test_a_source_on_this_machine_is_read_without_a_network() -> None:
    """`vod estimate` opens a file with the same containers, and sends no header anywhere."""
    url = commands.local_url("/films/a b:c.mp4")
    arguments = commands.probe_streams(url, "")
    assert arguments[-1] == "file:/films/a b:c.mp4"
    assert _value(arguments, "-protocol_whitelist") == "file"
    assert "concat" not in _value(arguments, "-format_whitelist").split(",")
    assert "-headers" not in arguments


def test_a_chunk_starts_on_its_frame() -> None:
    """Chunk 1 of 20 s at 30 fps begins with frame 600: half a frame before it, at 19.983333 s."""
    plan = a_plan(chunk_s=20)
    arguments = commands.encode_chunk(a_unit(plan, 1), URL, ["a.mp4"])
    assert float(_value(arguments, "-ss")) == pytest.approx(19.983333, abs=1e-6)
    assert arguments.index("-ss") < arguments.index("-i")
    assert _value(arguments, "-frames:v") == "600"
    assert _value(arguments, "-output_ts_offset") == "20.000000"


def test_a_segment_is_one_closed_group_of_pictures() -> None:
    """A keyframe at each segment's start, none elsewhere."""
    plan = a_plan(a_source(frame_rate=Fraction(60), frame_count=3_600), chunk_s=20)
    arguments = commands.encode_chunk(a_unit(plan, 0, 0, 8), URL, ["a.mp4", "b.mp4"])
    places = [n for n, argument in enumerate(arguments) if argument == "-g"]
    assert [arguments[n + 1] for n in places] == ["120", "240"]
    assert [arguments[n + 3] for n in places] == ["120", "240"]
    assert _value(arguments, "-sc_threshold") == "0"
    assert "+cgop" in _value(arguments, "-flags")


def test_a_rung_s_settings_reach_the_encoder() -> None:
    """Capped CRF with profile, level and preset of the rung."""
    plan = a_plan(preset="slow")
    arguments = commands.encode_chunk(a_unit(plan, 0, 8), URL, ["a.mp4"])
    values = {
        o: _value(arguments, o) for o in ("-crf", "-maxrate", "-bufsize", "-level", "-preset")
    }
    assert values == {
        "-crf": "22",
        "-maxrate": "9360000",
        "-bufsize": "14040000",
        "-level": "4.0",
        "-preset": "slow",
    }
    assert "scale=1920:1080" in _value(arguments, "-filter_complex")
    assert _value(arguments, "-video_track_timescale") == "30000"


def test_one_decode_feeds_all_rungs() -> None:
    """Two rungs: one input, one deinterlacer, two outputs."""
    plan = a_plan(a_source(is_interlaced=True), chunk_s=20)
    arguments = commands.encode_chunk(a_unit(plan, 0, 0, 8), URL, ["a.mp4", "b.mp4"])
    assert arguments.count("-i") == 1
    assert _value(arguments, "-filter_complex").count("bwdif") == 1
    assert arguments.count("libx264") == 2
    assert {"a.mp4", "b.mp4"} <= set(arguments)


@pytest.mark.parametrize(
    ("changes", "expected", "absent"),
    [
        ({}, "format=yuv420p", "tonemap"),
        ({"color_transfer": "smpte2084", "bit_depth": 10}, "tonemap", "bwdif"),
        ({"color_transfer": "arib-std-b67"}, "tonemap", "bwdif"),
        ({"is_interlaced": True}, "bwdif", "tonemap"),
    ],
)
def test_what_is_done_to_the_picture(changes: dict[str, Any], expected: str, absent: str) -> None:
    """HDR is tone-mapped, interlaced is made progressive, the rest left alone."""
    unit = a_unit(a_plan(a_source(**changes)))
    graph = _value(commands.encode_chunk(unit, URL, ["a.mp4"]), "-filter_complex")
    assert expected in graph
    assert absent not in graph


def test_an_odd_last_frame_is_shortened() -> None:
    """1,799 grid frames at half rate: the 300th frame of the last chunk lasts one grid frame."""
    plan = a_plan(a_source(frame_rate=Fraction(60), frame_count=1_799), chunk_s=20)
    whole = commands.encode_chunk(a_unit(plan, 0, 0), URL, ["a.mp4"])
    assert _value(whole, "-frames:v") == "600"
    assert "-bsf:v" not in whole
    last = commands.encode_chunk(a_unit(plan, 1, 0), URL, ["a.mp4"])
    assert _value(last, "-frames:v") == "300"
    assert "1000" in _value(last, "-bsf:v")


def test_audio_is_encoded_whole_and_as_long_as_the_video() -> None:
    """60 s at 48 kHz are 2,880,000 samples, in fragments of a segment each."""
    plan = a_plan()
    unit = AudioUnit(job=plan.job, video_start_s=Fraction(1, 2), audio=plan.audio[0])
    arguments = commands.encode_audio(unit, URL, "a.mp4")
    assert _value(arguments, "-map") == "0:1"
    assert _value(arguments, "-frag_duration") == "4000000"
    assert "end_pts=2880000" in _value(arguments, "-af")
    assert "-ss" not in arguments


def test_only_one_stream_s_packets_are_asked_for() -> None:
    """The interval and the stream are those of the question."""
    arguments = commands.probe_packets(URL, "0x1", 3, "55.000000%")
    assert _value(arguments, "-select_streams") == "3"
    assert _value(arguments, "-read_intervals") == "55.000000%"


@pytest.mark.parametrize(
    ("size", "long_side_px", "fitted"),
    [
        ((1920, 1080), 160, (160, 90)),
        ((1080, 1920), 160, (90, 160)),
        ((100, 50), 160, (100, 50)),
        ((4000, 100), 160, (160, 4)),
        ((8192, 16), 160, (160, 2)),
    ],
)
def test_thumbnail_sizes(size: tuple[int, int], long_side_px: int, fitted: tuple[int, int]) -> None:
    """Scaled down, never up, to even sides."""
    assert commands.fit_long_side(*size, long_side_px) == fitted


def test_the_tail_window_starts_on_a_frame_of_every_rung() -> None:
    """599 grid frames with a halved rung: the last 12 places, from an even one."""
    plan = a_plan(a_source(frame_rate=Fraction(60), frame_count=1_799), chunk_s=20)
    unit = a_unit(plan, 1, 0, 8)
    assert unit.chunk.frame_count == 599
    assert commands.tail_window_frame(unit) == 586


def test_nothing_of_the_source_s_metadata_is_kept() -> None:
    """The places in a phone's metadata are nobody's business, and init segments must not differ."""
    plan = a_plan(a_source(an_audio_track()))
    arguments = commands.encode_chunk(a_unit(plan), URL, ["a.mp4"])
    assert (_value(arguments, "-map_metadata"), _value(arguments, "-map_chapters")) == ("-1", "-1")
