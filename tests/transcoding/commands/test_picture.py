"""What is done to a picture, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcoding.builders import a_plan, a_rung, a_source, a_timeline, a_video
from transcoding.commands import picture
from transcoding.commands.parts import Piece, words
from transcoding.plan.plan import Plan
from transcoding.source.timeline import Chunk, Timeline
from transcoding.tracks.video import VideoTrack


def _value(pieces: Iterable[Piece], option: str) -> str:
    found = words(pieces)
    return found[found.index(option) + 1]


def _output(plan: Plan, rung: int, chunk: int = 0) -> tuple[Piece, ...]:
    track = plan.video[rung]
    return picture.output(track, track.timeline.chunk(chunk))


def test_a_chunk_starts_on_its_frame() -> None:
    """Chunk 1 of 20 s at 30 fps begins with frame 600: half a frame before it, at 19.983333 s."""
    plan = a_plan(chunk_s=20)
    timeline = plan.video[0].timeline
    assert words(picture.seek(timeline, 600)) == ("-copyts", "-ss", "19.983333")
    output = _output(plan, 0, chunk=1)
    assert _value(output, "-frames:v") == "600"
    assert _value(output, "-output_ts_offset") == "20.000000"


def test_the_first_chunk_is_read_from_the_start() -> None:
    """Seeking to a time before the first picture loses a group of pictures in FLV and AVI."""
    assert words(picture.seek(a_timeline(Fraction(30), 1_800), 0)) == ("-copyts",)


def test_times_are_counted_as_the_container_has_them() -> None:
    """A container that starts at 1.4 s, its picture 0.1 s later: frame 300 is at 11.483333 s."""
    timeline = a_timeline(Fraction(30), 1_800).model_copy(
        update={"container_start_s": Fraction(7, 5), "start_s": Fraction(1, 10)}
    )
    assert words(picture.seek(timeline, 300))[-1] == "10.083333"
    filters = words(picture.grid(a_video(), timeline, 300, 300))
    assert filters[1] == "setpts=PTS-(11.483333)/TB"


def test_what_is_decoded_before_a_chunk_is_thrown_away() -> None:
    """150 frames of preroll: the seek is 5 s earlier, and the first 150 frames are cut off."""
    timeline = a_timeline(Fraction(30), 1_800).model_copy(update={"preroll_frames": 150})
    assert words(picture.seek(timeline, 600))[-1] == "14.983333"
    filters = words(picture.grid(a_video(), timeline, 600, 240))
    assert "trim=start_frame=150:end_frame=390" in filters
    filters = words(picture.grid(a_video(), timeline, 0, 240))
    assert "trim=start_frame=0:end_frame=240" in filters


def test_a_segment_is_one_closed_group_of_pictures() -> None:
    """A keyframe at each segment's start, none elsewhere."""
    plan = a_plan(a_source(frame_rate=Fraction(60), frame_count=3_600), chunk_s=20)
    for rung, frames in ((0, "120"), (8, "240")):
        output = _output(plan, rung)
        assert (_value(output, "-g"), _value(output, "-keyint_min")) == (frames, frames)
        assert _value(output, "-sc_threshold") == "0"
        assert _value(output, "-flags") == "+cgop"


def test_a_rung_s_settings_reach_the_encoder() -> None:
    """Capped CRF with profile, level and preset of the rung."""
    output = _output(a_plan(preset="slow"), 8)
    values = {o: _value(output, o) for o in ("-crf", "-maxrate", "-bufsize", "-level", "-preset")}
    assert values == {
        "-crf": "22",
        "-maxrate": "9360000",
        "-bufsize": "14040000",
        "-level": "4.0",
        "-preset": "slow",
    }
    assert _value(output, "-video_track_timescale") == "30000"


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
    track, stream = a_rung(), a_video(**changes)
    filters = ",".join(
        words((*picture.grid(stream, track.timeline, 0, 240), *picture.look(stream, track)))
    )
    assert expected in filters
    assert absent not in filters


def test_an_odd_last_frame_is_shortened() -> None:
    """1,799 grid frames at half rate: the 300th frame of the last chunk lasts one grid frame."""
    plan = a_plan(a_source(frame_rate=Fraction(60), frame_count=1_799), chunk_s=20)
    whole = _output(plan, 0)
    assert _value(whole, "-frames:v") == "600"
    assert "-bsf:v" not in words(whole)
    last = _output(plan, 0, chunk=1)
    assert _value(last, "-frames:v") == "300"
    assert _value(last, "-bsf:v").endswith("duration='if(eq(N,299),1000,DURATION)'")


def test_nothing_of_the_source_s_metadata_is_kept() -> None:
    """The places in a phone's metadata are nobody's business, and init segments must not differ."""
    output = _output(a_plan(), 0)
    assert (_value(output, "-map_metadata"), _value(output, "-map_chapters")) == ("-1", "-1")


def _windows(stream: Any, track: VideoTrack, chunk: Chunk) -> list[tuple[str, ...]]:
    pieces = picture.pieces_of(stream, track, chunk)
    return [piece.words for piece in pieces if piece.part == "window"]


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Draw any grid that may be halved, with whatever stands before it."""
    timeline = a_timeline(
        draw(st.sampled_from([Fraction(12), Fraction(25), Fraction(30000, 1001), Fraction(60)])),
        draw(st.integers(1, 2_000)),
        max_step=2,
        chunk_s=draw(st.integers(4, 30)),
    )
    starts = st.fractions(0, 100, max_denominator=90_000)
    return timeline.model_copy(
        update={
            "container_start_s": draw(starts),
            "start_s": draw(starts),
            "preroll_frames": draw(st.integers(0, 400)),
        }
    )


@settings(derandomize=True, max_examples=60, deadline=None)
@given(timeline=timelines(), step=st.sampled_from([1, 2]), data=st.data())
def test_the_window_is_of_timeline_and_chunk_alone(
    timeline: Timeline, step: int, data: st.DataObject
) -> None:
    """Stream, colour and codec settings change no window; of a track its frame step does."""
    chunk = timeline.chunk(data.draw(st.integers(0, timeline.chunk_count - 1)))
    plain = a_rung(timeline=timeline, frame_step=step)
    other = a_rung(
        timeline=timeline, frame_step=step, key="b", width=320, height=240, crf=30, preset="slow"
    )
    strange = a_video(stream_index=3, color_transfer="smpte2084", frame_rate=Fraction(50))
    assert _windows(a_video(), plain, chunk) == _windows(strange, other, chunk)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    timeline=timelines(),
    step=st.sampled_from([1, 2]),
    stream=st.sampled_from(
        [a_video(), a_video(is_interlaced=True), a_video(color_transfer="smpte2084")]
    ),
)
def test_the_recipe_knows_no_chunk(timeline: Timeline, step: int, stream: Any) -> None:
    """First, last, or with a shortened frame at its end: the recipe is word for word the same."""
    track = a_rung(timeline=timeline, frame_step=step)
    recipes = {
        tuple(piece for piece in picture.pieces_of(stream, track, chunk) if piece.part == "recipe")
        for chunk in timeline.chunks()
    }
    assert len(recipes) == 1
