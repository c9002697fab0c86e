"""A video track's own answers."""

from __future__ import annotations

from fractions import Fraction

from tests.transcoding.builders import a_rung, a_timeline
from transcoding.codecs import h264


def test_a_halved_rung_is_as_long_as_the_full_one() -> None:
    """1,799 grid frames at 60 fps in chunks of 8 s: of the last one's 359 it has 180."""
    timeline = a_timeline(Fraction(60), 1_799, max_step=2, chunk_s=10)
    full, half = a_rung(timeline=timeline), a_rung(timeline=timeline, frame_step=2)
    last = timeline.chunk(3)
    assert half.frame_rate == 30
    assert half.frame_count == 900
    assert (full.frames_of(last), half.frames_of(last)) == (359, 180)
    assert full.ticks_of(last) == half.ticks_of(last) == 359_000
    assert full.starts_at(last) == half.starts_at(last) == 1_440_000
    assert (full.last_frame_ticks(last), half.last_frame_ticks(last)) == (1_000, 1_000)
    assert half.last_frame_ticks(timeline.chunk(0)) == 2_000


def test_chunks_follow_each_other_without_a_gap() -> None:
    """29.97 fps: each starts on the tick where the one before ends."""
    track = a_rung(timeline=a_timeline(Fraction(30000, 1001), 1_000, chunk_s=10))
    chunks = track.timeline.chunks()
    ends = [track.starts_at(chunk) + track.ticks_of(chunk) for chunk in chunks]
    assert [track.starts_at(chunk) for chunk in chunks] == [0, *ends[:-1]]
    assert ends[-1] == 1_001_000
    assert sum(track.frames_of(chunk) for chunk in chunks) == track.frame_count == 1_000


def test_what_it_asks_its_codec_for() -> None:
    """A segment of the halved rung has half the frames."""
    track = a_rung(timeline=a_timeline(Fraction(60), 1_800, max_step=2), frame_step=2)
    assert track.coded_by() is h264
    assert track.settings.gop_frames == 120
    assert track.settings.frame_rate == 30
    assert (track.settings.width, track.settings.crf, track.settings.preset) == (640, 24, "fast")


def test_what_it_is_called() -> None:
    """By its own size for people, by its row of the ladder for metrics."""
    track = a_rung(height=346, bitrate_bps=412_345, rung="360p 365k")
    assert (track.title, track.metric_label, track.mime_type) == (
        "346p 412k",
        "360p 365k",
        "video/mp4",
    )
