"""Tests of what ffprobe is asked, with the real FFmpeg and ffprobe."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.media import run_ffmpeg, run_ffprobe
from tests.transcoding.source.record_probes import list_windows
from tests.transcoding.source.recorded import fold_pictures, recorded_probe
from transcoding.source.probe import WHOLE_FILE, packet_intervals, sound_intervals
from transcoding.source.reading import read_source
from transcoding.source.source import Source

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
        "7195.000000%100000000000",
    )


def test_intervals_are_absolute() -> None:
    """ffprobe does not count from the container's start."""
    assert packet_intervals(_probe("100.0", start="1234.5")) == (
        "%1238.500000",
        "1284.500000%+4",
        "1329.500000%100000000000",
    )


def test_the_tail_is_where_the_video_ends() -> None:
    """Sound may go on for an hour after the last picture."""
    probe = _probe("3600.0", start_time="0.0", duration="60.0")
    assert packet_intervals(probe)[-1] == "55.000000%100000000000"
    tagged = _probe("3600.0", tags={"DURATION": "00:01:30.500000000"})
    assert packet_intervals(tagged)[-1] == "85.500000%100000000000"


def test_recordings_without_an_index_are_asked_for_more() -> None:
    """The first keyframe may be a whole group of pictures away."""
    probe = _probe("100.0")
    probe["format"]["format_name"] = "mpegts"
    assert packet_intervals(probe)[0] == "%12.000000"


@pytest.mark.parametrize("duration", [None, "0.0", "N/A", "15.9", "-1"])
def test_a_short_or_unknown_duration_is_read_whole(duration: str | None) -> None:
    """There is nothing to save, or nothing to go by."""
    assert packet_intervals(_probe(duration)) == WHOLE_FILE


def _sound(container: str, length: str | None) -> tuple[str, ...]:
    probe = _probe(length, start="10.0")
    probe["format"]["format_name"] = container
    return sound_intervals(probe, {"codec_type": "audio"})


def test_sound_is_asked_for_at_both_ends() -> None:
    """Where a seek is exact, an hour of it need not be read."""
    assert _sound("wav", "3600.0") == ("%14.000000", "3605.000000%100000000000")
    assert _sound("matroska,webm", "3600.0") == ("%14.000000", "3605.000000%100000000000")


@pytest.mark.parametrize(
    ("container", "length"), [("mp3", "3600.0"), ("aac", "3600.0"), ("wav", "12.0"), ("wav", None)]
)
def test_sound_is_read_whole_where_a_seek_is_a_guess(container: str, length: str | None) -> None:
    """MP3 and ADTS count on from wherever they land; what is short is read at once."""
    assert _sound(container, length) == WHOLE_FILE


def test_every_interval_has_an_end() -> None:
    """Where none is given, ffprobe 8.1.2 reads nothing or all, by chance."""
    intervals = [*WHOLE_FILE, *packet_intervals(_probe("7200.0")), *_sound("wav", "3600.0")]
    assert [interval for interval in intervals if interval.endswith("%")] == []


def test_every_recorded_clip_is_short() -> None:
    """The recorded answers are of the whole file, even where sound goes on for 40 s."""
    assert packet_intervals(recorded_probe("sound-goes-on.mp4")) == WHOLE_FILE


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
    times = fold_pictures(probe, list_windows(clip, probe))
    source = read_source(probe, times, size_bytes=1, max_duration_s=60)
    assert isinstance(source, Source)
    counted = run_ffprobe(
        [
            *("-count_frames", "-select_streams", "v:0"),
            *("-show_entries", "stream=nb_read_frames", str(clip)),
        ]
    )
    assert source.picture.frame_count == int(counted["streams"][0]["nb_read_frames"])
    assert source.picture.frame_rate == Fraction(rate)
    assert source.picture.is_constant_rate
