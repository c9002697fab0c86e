"""Tests of what ffprobe is asked, and of its answers, with the real FFmpeg and ffprobe."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.media import run_ffmpeg, run_ffprobe
from tests.transcoding.source.record_probes import read_packets
from tests.transcoding.source.recorded import recorded_probe
from transcoding.source.probe import WHOLE_FILE, packet_intervals, packet_times
from transcoding.source.source import Source, find_video_stream, read_source

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "45", "-bf", "2", "-g", "60")
OPEN_GOP = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "45")


def _probe(length: str | None, start: str = "0.000000", **stream: Any) -> dict[str, Any]:
    container = {"format_name": "mov,mp4", "start_time": start}
    if length:
        container["duration"] = length
    return {"format": container, "streams": [{"index": 0, "codec_type": "video", **stream}]}


def test_a_long_file_is_asked_in_three_places() -> None:
    """The first 4 s, 4 s in the middle, and from 5 s before the end."""
    assert packet_intervals(_probe("7200.0")) == (
        "%4.000000",
        "3600.000000%+4",
        "7195.000000%",
    )


def test_intervals_are_absolute() -> None:
    """ffprobe does not count from the container's start."""
    assert packet_intervals(_probe("100.0", start="1234.5")) == (
        "%1238.500000",
        "1284.500000%+4",
        "1329.500000%",
    )


def test_the_tail_is_where_the_video_ends() -> None:
    """Sound may go on for an hour after the last picture."""
    probe = _probe("3600.0", start_time="0.0", duration="60.0")
    assert packet_intervals(probe)[-1] == "55.000000%"
    tagged = _probe("3600.0", tags={"DURATION": "00:01:30.500000000"})
    assert packet_intervals(tagged)[-1] == "85.500000%"


def test_recordings_without_an_index_are_asked_for_more() -> None:
    """The first keyframe may be a whole group of pictures away."""
    probe = _probe("100.0")
    probe["format"]["format_name"] = "mpegts"
    assert packet_intervals(probe)[0] == "%12.000000"


@pytest.mark.parametrize("duration", [None, "0.0", "N/A", "15.9", "-1"])
def test_a_short_or_unknown_duration_is_read_whole(duration: str | None) -> None:
    """There is nothing to save, or nothing to go by."""
    assert packet_intervals(_probe(duration)) == WHOLE_FILE


def test_every_recorded_clip_is_short() -> None:
    """The recorded answers are of the whole file, even where sound goes on for 40 s."""
    assert packet_intervals(recorded_probe("sound-goes-on.mp4")) == WHOLE_FILE


def _seconds(*values: float) -> tuple[Fraction, ...]:
    return tuple(Fraction(value) for value in values)


def _packets(*lines: str) -> dict[str, Any]:
    """Return packets from lines of pts (or -), dts and flags."""
    packets = []
    for line in lines:
        pts, dts, flags = line.split()
        packet = {"dts_time": dts, "duration_time": "0.5", "flags": flags}
        packets.append(packet if pts == "-" else packet | {"pts_time": pts})
    return {"packets": packets}


def test_times_are_sorted_and_relative() -> None:
    """Decoding order is not the order on screen."""
    window = _packets("10.0 9.0 K__", "11.5 9.5 ___", "10.5 10.0 ___", "11.0 10.5 ___")
    times = packet_times(_probe("2.0", start="10.0"), [window])
    assert times.head == times.tail == _seconds(0, 0.5, 1, 1.5)
    assert times.middle == ()
    assert times.last_duration_s == Fraction(1, 2)


def test_discarded_packets_are_counted_and_left_out() -> None:
    """An edit list starts between two keyframes."""
    window = _packets("-1.0 -1.0 KD_", "-0.5 -0.5 _D_", "0.0 0.0 ___", "0.5 0.5 ___")
    times = packet_times(_probe("1.0"), [window])
    assert times.head == _seconds(0, 0.5)
    assert times.discarded_count == 2


def test_pictures_before_the_first_keyframe_are_left_out() -> None:
    """They and the pictures that lean on them cannot be decoded."""
    window = _packets("1.0 0.0 ___", "3.0 0.5 K__", "2.5 1.0 ___", "3.5 1.5 ___")
    assert packet_times(_probe("4.0"), [window]).head == _seconds(3, 3.5)


def test_missing_times_come_from_decoding_times() -> None:
    """AVI: the decoder holds back one picture, so each is shown half a second later."""
    window = _packets("- 0.0 K__", "- 0.5 ___", "1.0 1.0 ___", "- 1.5 ___")
    times = packet_times(_probe("2.0", has_b_frames=1), [window])
    assert times.head == _seconds(0.5, 1, 1.5, 2)


def test_cut_windows_lose_what_may_have_holes() -> None:
    """16 pictures at each cut: near it, one between two others may be missing."""
    lines = [f"{n / 2} {n / 2} K__" for n in range(100)]
    times = packet_times(_probe("50.0"), [_packets(*lines)] * 3)
    assert (times.head[0], times.head[-1]) == _seconds(0, 41.5)
    assert (times.middle[0], times.middle[-1]) == _seconds(8, 41.5)
    assert (times.tail[0], times.tail[-1]) == _seconds(8, 49.5)


def test_nothing_was_read() -> None:
    """A file that is cut short gives no packets at its end."""
    times = packet_times(_probe("50.0"), [{}, {}, {}])
    assert times.head == times.tail == ()
    assert times.last_duration_s == 0


def test_two_windows_are_a_mistake() -> None:
    """The answers must be those to the intervals that were asked for."""
    with pytest.raises(ValueError, match="not 2"):
        packet_times(_probe("50.0"), [{}, {}])


@pytest.mark.parametrize(
    ("name", "rate", "arguments"),
    [
        ("closed.mp4", "30000/1001", X264),
        ("open.mkv", "25", (*OPEN_GOP, "-x264-params", "open-gop=1:keyint=50:b-pyramid=normal")),
        ("open.ts", "25", (*OPEN_GOP, "-x264-params", "open-gop=1:keyint=50:b-pyramid=normal")),
        ("ms.mkv", "60000/1001", X264),
        ("vp8.webm", "24000/1001", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8")),
        ("mpeg4.avi", "25", ("-c:v", "mpeg4", "-bf", "2")),
        ("mpeg2.mpg", "30000/1001", ("-c:v", "mpeg2video", "-bf", "2", "-f", "vob")),
        ("fragments.mp4", "50", (*X264, "-movflags", "+frag_keyframe+empty_moov")),
        ("live.mkv", "25", (*X264, "-live", "1")),
    ],
)
def test_every_picture_is_counted(
    tmp_path: Path, name: str, rate: str, arguments: tuple[str, ...]
) -> None:
    """18 s of every container: a constant rate, and as many frames as a decoder finds."""
    clip = tmp_path / name
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=64x48:r={rate}:d=18")
    sound = ("-f", "lavfi", "-i", "sine=d=18")
    run_ffmpeg([*picture, *sound, *arguments, str(clip)])
    probe = run_ffprobe(["-show_format", "-show_streams", str(clip)])
    stream = find_video_stream(probe)
    assert stream is not None
    windows = [read_packets(clip, stream["index"], i) for i in packet_intervals(probe)]
    source = read_source(probe, packet_times(probe, windows), size_bytes=1, max_duration_s=60)
    assert isinstance(source, Source)
    counted = run_ffprobe(
        [
            *("-count_frames", "-select_streams", "v:0"),
            *("-show_entries", "stream=nb_read_frames", str(clip)),
        ]
    )
    assert source.video.frame_count == int(counted["streams"][0]["nb_read_frames"])
    assert source.video.frame_rate == Fraction(rate)
    assert source.video.is_constant_rate
