"""Tests of chunk arithmetic: every frame is somewhere, none is anywhere twice."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcoding.builders import a_timeline
from transcoding.source.timeline import frame_step, last_frame_ticks, rung_frames

RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
    Fraction(15),
    Fraction(25, 2),
    Fraction(48),
    Fraction(120),
    Fraction(120000, 1001),
)

small = settings(derandomize=True, max_examples=60, deadline=None)
timelines = st.builds(
    a_timeline,
    st.sampled_from(RATES),
    st.integers(1, 5_000),
    max_step=st.sampled_from([1, 2, 4]),
    chunk_s=st.integers(1, 60),
)


@small
@given(timelines)
def test_every_frame_is_in_exactly_one_chunk(timeline) -> None:  # type: ignore[no-untyped-def]
    """Chunks follow each other without gap or overlap, on whatever rate and length."""
    covered: list[int] = []
    for index, chunk in enumerate(timeline.chunks()):
        assert chunk.index == index
        assert chunk.frame_count >= 1
        covered += range(chunk.first_frame, chunk.first_frame + chunk.frame_count)
    assert covered == list(range(timeline.frame_count))


@small
@given(timelines)
def test_every_frame_is_in_exactly_one_segment(timeline) -> None:  # type: ignore[no-untyped-def]
    """Segments are numbered from 1 without a gap, and a chunk starts where a segment starts."""
    numbers: list[int] = []
    for chunk in timeline.chunks():
        numbers += range(chunk.first_segment, chunk.first_segment + chunk.segment_count)
        assert chunk.first_frame == (chunk.first_segment - 1) * timeline.segment_frames
        full = chunk.segment_count * timeline.segment_frames
        assert full - timeline.segment_frames < chunk.frame_count <= full
    assert numbers == list(range(1, timeline.segment_count + 1))


@small
@given(timelines)
def test_chunks_but_the_last_are_equally_long(timeline) -> None:  # type: ignore[no-untyped-def]
    """A chunk's place follows from its number alone."""
    counts = {chunk.frame_count for chunk in timeline.chunks()[:-1]}
    assert len(counts) <= 1


@small
@given(timelines, st.sampled_from([1, 2, 4]))
def test_a_halved_rung_is_as_long_as_the_grid(timeline, step) -> None:  # type: ignore[no-untyped-def]
    """Rung frames of all chunks together last exactly as long as the source."""
    ticks = 0
    for chunk in timeline.chunks():
        frames = rung_frames(chunk.frame_count, step)
        last = last_frame_ticks(chunk.frame_count, step, timeline.frame_ticks)
        assert 0 < last <= step * timeline.frame_ticks
        ticks += (frames - 1) * step * timeline.frame_ticks + last
    assert ticks == timeline.duration_ticks


@small
@given(timelines)
def test_a_segment_lasts_about_four_seconds(timeline) -> None:  # type: ignore[no-untyped-def]
    """A segment is the whole number of frames nearest to 4 s that all rungs share."""
    assert Fraction(36, 10) < timeline.segment_frames / timeline.frame_rate < Fraction(44, 10)


@pytest.mark.parametrize(
    ("rate", "max_step", "frames"),
    [
        (Fraction(24000, 1001), 1, 96),
        (Fraction(24), 1, 96),
        (Fraction(25), 1, 100),
        (Fraction(30000, 1001), 1, 120),
        (Fraction(30), 1, 120),
        (Fraction(50), 2, 200),
        (Fraction(60000, 1001), 2, 240),
        (Fraction(60), 2, 240),
        (Fraction(15), 1, 60),
        (Fraction(25, 2), 1, 50),
        (Fraction(48), 2, 192),
        (Fraction(120), 4, 480),
        (Fraction(120000, 1001), 4, 480),
        (Fraction(1), 1, 4),
    ],
)
def test_segment_lengths_at_real_rates(rate: Fraction, max_step: int, frames: int) -> None:
    """4 s in frames, at every rate that sources come in."""
    assert a_timeline(rate, 10_000, max_step=max_step).segment_frames == frames


def test_a_minute_in_ten_second_chunks() -> None:
    """60 s at 29.97 fps: chunks of two segments, and a short one at the end."""
    timeline = a_timeline(Fraction(30000, 1001), 1798, chunk_s=10)
    chunks = timeline.chunks()
    assert [c.first_frame for c in chunks] == [0, 240, 480, 720, 960, 1200, 1440, 1680]
    assert [c.frame_count for c in chunks] == [240, 240, 240, 240, 240, 240, 240, 118]
    assert [c.first_segment for c in chunks] == [1, 3, 5, 7, 9, 11, 13, 15]
    assert chunks[-1].segment_count == 1
    assert timeline.duration_ticks == 1_799_798


def test_a_chunk_has_one_segment_at_least() -> None:
    """A chunk that is asked to be shorter than a segment is one segment."""
    assert a_timeline(Fraction(25), 1_000, chunk_s=1).chunk(3).frame_count == 100


def test_a_single_frame_is_a_video() -> None:
    """The shortest source has one chunk of one segment of one frame."""
    timeline = a_timeline(Fraction(25), 1)
    assert (timeline.chunk_count, timeline.segment_count) == (1, 1)
    assert timeline.chunk(0).frame_count == 1


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_chunk_beyond_the_last(index: int) -> None:
    """A wrong index is a mistake of ours, not the last chunk counted from behind."""
    with pytest.raises(IndexError, match="of 3"):
        a_timeline(Fraction(25), 600).chunk(index)


@pytest.mark.parametrize(
    ("rate", "limit", "step"),
    [
        (Fraction(30), 30, 1),
        (Fraction(30000, 1001), 30, 1),
        (Fraction(48), 30, 2),
        (Fraction(60000, 1001), 30, 2),
        (Fraction(60), 60, 1),
        (Fraction(120), 60, 2),
        (Fraction(120), 30, 4),
        (Fraction(240), 30, 8),
    ],
)
def test_rates_are_halved_until_they_fit(rate: Fraction, limit: int, step: int) -> None:
    """Only whole steps: every rung frame is a grid frame."""
    assert frame_step(rate, limit) == step


def test_an_odd_last_frame_is_shortened() -> None:
    """239 grid frames at half rate are 120 frames, the last of them one grid frame long."""
    assert rung_frames(239, 2) == 120
    assert last_frame_ticks(239, 2, 1001) == 1001
    assert last_frame_ticks(240, 2, 1001) == 2002
