"""Which segments give poster and thumbnails."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.transcoding.builders import ENCODER, a_rung, a_song, a_source, a_timeline
from transcoding.plan.images import plan_poster, plan_storyboard


@pytest.mark.parametrize(
    ("segments", "numbers_start", "thumbnails", "sheets"),
    [
        (1, (1,), 1, 1),
        (150, (1, 2, 3), 150, 6),
        (151, (1, 3, 5), 76, 4),
        (1_800, (1, 13, 25), 150, 6),
    ],
)
def test_there_are_at_most_150_thumbnails(
    segments: int, numbers_start: tuple[int, ...], thumbnails: int, sheets: int
) -> None:
    """Longer videos take every k-th segment of the lowest rung."""
    timeline = a_timeline(Fraction(25), 100 * segments)
    low, high = a_rung(key="low", timeline=timeline), a_rung(key="high", timeline=timeline)

    storyboard = plan_storyboard((low, high), ENCODER)

    assert storyboard is not None
    assert storyboard.track_key == "low"
    assert storyboard.segment_numbers[:3] == numbers_start
    assert len(storyboard.segment_numbers) == thumbnails
    assert storyboard.sheet_count == sheets


@pytest.mark.parametrize(
    ("size", "thumbnail"), [((234, 416), (90, 160)), ((96, 54), (96, 54)), ((416, 234), (160, 90))]
)
def test_portrait_thumbnails_are_as_high_as_wide_ones_are_wide(
    size: tuple[int, int], thumbnail: tuple[int, int]
) -> None:
    """The longer side is 160 pixels, and nothing is scaled up."""
    storyboard = plan_storyboard((a_rung(width=size[0], height=size[1]),), ENCODER)
    assert storyboard is not None
    assert (storyboard.thumbnail_width, storyboard.thumbnail_height) == thumbnail


@pytest.mark.parametrize(("seconds", "number"), [(1, 1), (40, 2), (60, 2), (400, 11)])
def test_the_poster_is_from_a_tenth_of_the_way(seconds: int, number: int) -> None:
    """Of the highest rung; there always is such a segment."""
    timeline = a_timeline(Fraction(30), 30 * seconds)
    low = a_rung(key="low", timeline=timeline)
    high = a_rung(key="high", timeline=timeline, width=1920, height=1080)

    poster = plan_poster(a_source(), (low, high), ENCODER)

    assert poster is not None
    assert (poster.track_key, poster.segment_number) == ("high", number)
    assert (poster.width, poster.height) == (1280, 720)
    assert number <= timeline.segment_count


def test_another_track_size_or_encoder_makes_other_pictures() -> None:
    """Their folders are immutable as well."""
    rung = a_rung()
    others = [
        (a_rung(key="h264-2"), ENCODER),
        (a_rung(width=320, height=180), ENCODER),
        (a_rung(timeline=a_timeline(Fraction(30), 9_000)), ENCODER),
        (rung, "test-encoder 2"),
    ]
    posters = [plan_poster(a_source(), (track,), by) for track, by in ((rung, ENCODER), *others)]
    boards = [plan_storyboard((track,), by) for track, by in ((rung, ENCODER), *others)]
    assert len({poster.key for poster in posters if poster}) == 5
    # 320x180 and 640x360 have thumbnails of one size, but from one track they are one board.
    assert len({board.key for board in boards if board}) == 4


def test_a_cover_is_known_by_its_stream_and_size() -> None:
    """Not by where it is read from."""
    song = a_song()
    assert song.cover is not None
    keys = set()
    for change in ({}, {"stream_index": 8}, {"width": 700}):
        cover = song.cover.model_copy(update=change)
        poster = plan_poster(song.model_copy(update={"cover": cover}), (), ENCODER)
        assert poster is not None
        keys.add(poster.key)
    assert len(keys) == 3
