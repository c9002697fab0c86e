"""Sound is cut on frames of the codec, into segments like the picture's and bounded chunks."""

from __future__ import annotations

from fractions import Fraction

import pytest

from transcoding.source.sound_timeline import SoundTimeline, cut_sound
from transcoding.source.timeline import Chunk


def _cut(
    duration_s: Fraction | int, *, tracks: int = 1, segment_s: Fraction | int = 4
) -> SoundTimeline:
    return cut_sound(
        duration_s=Fraction(duration_s),
        segment_s=Fraction(segment_s),
        start_s=Fraction(7, 5),
        sample_rate_hz=48_000,
        track_count=tracks,
        frame_samples=1024,
    )


def test_segments_are_the_nearest_whole_frames_to_the_pictures() -> None:
    """187.5 frames are 4 s at 48 kHz; 120 pictures of 29.97 fps take 187.7."""
    assert _cut(60, segment_s=Fraction(4004, 1000)).segment_frames == 188
    assert _cut(60, segment_s=Fraction(3999, 1000)).segment_frames == 187


def test_sound_is_exactly_as_long_as_the_picture() -> None:
    """An hour has 172,800,000 samples; its last frame is whole, its last segment is not."""
    timeline = _cut(3600)

    assert timeline.sample_count == 172_800_000
    assert timeline.duration_s == 3600
    assert (timeline.timescale, timeline.duration_ticks) == (48_000, 172_800_000)
    assert timeline.frame_count == 168_750
    assert timeline.segment_count == 898


def test_the_overlap_is_part_of_the_timeline() -> None:
    """It decides bytes, and the timeline is hashed."""
    timeline = _cut(60)

    assert (timeline.lead_frames, timeline.tail_frames) == (768, 8)


def test_the_last_frame_may_be_short() -> None:
    """A picture of 1,001 ms has 48,048 samples: 46 frames and 944 samples of a 47th."""
    timeline = _cut(Fraction(1001, 1000))

    assert timeline.sample_count == timeline.duration_ticks == 48_048
    assert timeline.duration_s == Fraction(1001, 1000)
    assert timeline.frame_count == 47


def test_a_chunk_is_a_run_of_whole_segments() -> None:
    """20 minutes hold 299 segments of 4.0107 s."""
    assert _cut(3600).chunks() == (
        Chunk(index=0, first_frame=0, frame_count=56_212, first_segment=1, segment_count=299),
        Chunk(
            index=1, first_frame=56_212, frame_count=56_212, first_segment=300, segment_count=299
        ),
        Chunk(
            index=2, first_frame=112_424, frame_count=56_212, first_segment=599, segment_count=299
        ),
        Chunk(index=3, first_frame=168_636, frame_count=114, first_segment=898, segment_count=1),
    )


@pytest.mark.parametrize(
    ("tracks", "segments"), [(1, 299), (2, 299), (3, 149), (4, 149), (5, 74), (8, 74), (32, 74)]
)
def test_the_number_of_tracks_decides_how_long_a_chunk_is(tracks: int, segments: int) -> None:
    """20 minutes for one or two tracks, 10 for up to four, 5 for more."""
    assert _cut(7200, tracks=tracks).chunk_segments == segments
    assert _cut(60, tracks=tracks).chunk_segments == segments


def test_a_chunk_has_one_segment_at_least() -> None:
    """However long the picture's segments are."""
    assert _cut(7200, tracks=8, segment_s=600).chunk_segments == 1


def test_most_clips_have_no_seam() -> None:
    """Up to 20 minutes are one chunk."""
    assert _cut(1199).chunk_count == 1
    assert _cut(1200).chunk_count == 2


def test_every_unit_of_a_long_source_is_bounded() -> None:
    """12 hours with 8 tracks are 146 units of at most 40 minutes of sound, all tracks together."""
    timeline = _cut(12 * 3600, tracks=8)
    chunks = timeline.chunks()

    assert len(chunks) == 146
    longest_s = max(chunk.frame_count for chunk in chunks) * Fraction(1024, 48_000)
    assert longest_s * 8 <= 40 * 60
    assert sum(chunk.frame_count for chunk in chunks) == timeline.frame_count == 2_025_000
    assert sum(chunk.segment_count for chunk in chunks) == timeline.segment_count == 10_772


@pytest.mark.parametrize(("tracks", "units", "minutes"), [(1, 37, 20), (2, 37, 40), (4, 73, 40)])
def test_units_of_fewer_tracks_are_bounded_too(tracks: int, units: int, minutes: int) -> None:
    """No unit has more than 40 minutes of sound, all its tracks together."""
    timeline = _cut(12 * 3600, tracks=tracks)

    assert timeline.chunk_count == units
    longest_s = timeline.chunk(0).frame_count * Fraction(1024, 48_000)
    assert longest_s * tracks <= minutes * 60


def test_the_last_chunk_may_be_a_single_sample() -> None:
    """A picture that is one sample longer than 299 segments has a chunk of one frame."""
    timeline = _cut(Fraction(299 * 188 * 1024 + 1, 48_000))

    assert timeline.chunk_count == 2
    assert timeline.chunk(1).frame_count == 1


def test_a_single_picture_has_sound() -> None:
    """A picture of 60 fps is shorter than a frame of sound."""
    timeline = _cut(Fraction(1, 60))

    assert timeline.sample_count == 800
    assert timeline.chunks() == (
        Chunk(index=0, first_frame=0, frame_count=1, first_segment=1, segment_count=1),
    )


@pytest.mark.parametrize("index", [-1, 4])
def test_a_chunk_that_is_not_there(index: int) -> None:
    """Is refused by name."""
    with pytest.raises(IndexError, match=f"chunk {index} of 4"):
        _cut(3600).chunk(index)


def test_a_timeline_survives_its_journey() -> None:
    """Plans are kept as JSON."""
    timeline = _cut(Fraction(1001, 30))

    assert SoundTimeline.from_json(timeline.to_json()) == timeline
