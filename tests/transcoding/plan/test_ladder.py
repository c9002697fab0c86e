"""Tests of the ladder: the sizes and rates that a source gets."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transcoding.plan.ladder import CLASSIC, LADDER, WIDE, FittedRow, LadderRow, fit_ladder

small = settings(derandomize=True, max_examples=150, deadline=None)
sides = st.integers(16, 8192)


def _rows(width: int, height: int) -> tuple[FittedRow, ...]:
    return fit_ladder(LADDER, width, height)


def _sizes(width: int, height: int, max_height: int | None = None) -> list[tuple[int, int, int]]:
    return [
        (row.width, row.height, row.bitrate_bps // 1000)
        for row in fit_ladder(LADDER, width, height, max_height=max_height)
    ]


@small
@given(sides, sides)
@example(1024, 576)
@example(4000, 100)
@example(100, 4000)
@example(8192, 16)
@example(17, 33)
@example(1919, 1079)
def test_no_picture_is_scaled_up_and_all_sides_are_even(width: int, height: int) -> None:
    """4:2:0 needs even sides, and enlarging only costs bits."""
    for row in _rows(width, height):
        assert 16 <= row.width <= width
        assert 16 <= row.height <= height
        assert row.width % 2 == row.height % 2 == 0


@small
@given(sides, sides)
@example(1024, 576)
@example(8192, 16)
@example(16, 16)
def test_two_variants_at_least_and_two_of_the_largest_size(width: int, height: int) -> None:
    """HLS Authoring Specification 9.9 and 9.10."""
    rows = _rows(width, height)
    assert len(rows) >= 2
    assert (rows[-1].width, rows[-1].height) == (rows[-2].width, rows[-2].height)


@small
@given(sides, sides)
@example(1024, 576)
@example(854, 480)
@example(4000, 100)
def test_bitrates_ascend_and_sizes_never_shrink(width: int, height: int) -> None:
    """A player that steps up must get more."""
    for lower, higher in pairwise(_rows(width, height)):
        assert higher.bitrate_bps > lower.bitrate_bps
        assert (higher.width, higher.height) >= (lower.width, lower.height)


@small
@given(sides, sides)
@example(1998, 1080)
def test_the_aspect_is_kept_to_within_a_pixel(width: int, height: int) -> None:
    """The shorter side is at most a pixel off what the longer one asks for."""
    for row in _rows(width, height):
        if width >= height:
            assert abs(row.height - Fraction(height * row.width, width)) <= 1
        else:
            assert abs(row.width - Fraction(width * row.height, height)) <= 1


@small
@given(sides, sides)
def test_sizes_stay_within_their_boxes(width: int, height: int) -> None:
    """A rung is never larger than its row of the table, but for ribbons no box can hold."""
    rows = _rows(width, height)
    if max(width, height) < 200 * min(width, height):
        assert all(r.width <= r.row.box_width and r.height <= r.row.box_height for r in rows)


def test_full_hd() -> None:
    """1920x1080 gets the whole table up to its own size."""
    assert _sizes(1920, 1080) == [
        (416, 234, 145),
        (640, 360, 365),
        (768, 432, 730),
        (768, 432, 1100),
        (960, 540, 2000),
        (1280, 720, 3000),
        (1280, 720, 4500),
        (1920, 1080, 6000),
        (1920, 1080, 7800),
    ]


def test_portrait() -> None:
    """A picture taken upright gets the same boxes, transposed."""
    assert _sizes(720, 1280) == [
        (234, 416, 145),
        (360, 640, 365),
        (432, 768, 730),
        (432, 768, 1100),
        (540, 960, 2000),
        (720, 1280, 3000),
        (720, 1280, 4500),
    ]


def test_four_by_three() -> None:
    """A 4:3 source gets the table that is made for it."""
    assert _sizes(1440, 1080)[-3:] == [(960, 720, 4500), (1440, 1080, 6000), (1440, 1080, 7800)]
    assert _sizes(1440, 1080)[0] == (320, 240, 145)


def test_pal_between_two_boxes() -> None:
    """1024x576 lies between 540p and 720p: its own size costs more than the one below."""
    assert _sizes(1024, 576)[-3:] == [(960, 540, 2000), (1024, 576, 2200), (1024, 576, 2880)]


def test_a_size_hardly_above_a_box_gets_no_rung_of_its_own() -> None:
    """1000x562 is 8 % more than 960x540."""
    assert _sizes(1000, 562)[-2:] == [(960, 540, 2000), (960, 540, 4000)]


def test_a_tiny_source_gets_two_rungs_of_its_own_size() -> None:
    """Smaller than the smallest box, it costs less than that row."""
    assert _sizes(176, 144) == [(176, 144, 64), (176, 144, 128)]


def test_an_odd_size_is_rounded_down() -> None:
    """193x145 has no even size of its own but 192x144."""
    assert {(w, h) for w, h, _ in _sizes(193, 145)} == {(192, 144)}


def test_a_ribbon_gets_sane_sizes() -> None:
    """4000x100: no row thinner than a macroblock, and bitrates that its few pixels are worth."""
    assert _sizes(4000, 100)[0] == (640, 16, 64)
    assert _sizes(4000, 100)[-1] == (3840, 96, 2311)
    assert [(h, w, b) for w, h, b in _sizes(4000, 100)] == _sizes(100, 4000)


def test_a_ribbon_that_no_box_can_hold_stays_as_it_is() -> None:
    """8192x16 scaled into 3840 would be 8 pixels high."""
    assert {(w, h) for w, h, _ in _sizes(8192, 16)} == {(8192, 16)}


def test_max_height_leaves_out_larger_boxes() -> None:
    """The limit is on the shorter side of the box, so that it means the same upright."""
    assert _sizes(1920, 1080, 720)[-1] == (1280, 720, 4500)
    assert _sizes(1080, 1920, 720)[-1] == (720, 1280, 4500)
    assert _sizes(1920, 1080, 144) == [(416, 234, 145), (416, 234, 290)]


@pytest.mark.parametrize("table", [WIDE, CLASSIC])
def test_tables_ascend(table: tuple[LadderRow, ...]) -> None:
    """The data itself: bitrates ascend, and of two rows of one size the dearer looks better."""
    for lower, higher in pairwise(table):
        assert lower.bitrate_bps < higher.bitrate_bps
        if lower.box_width == higher.box_width:
            assert lower.crf > higher.crf


def test_rows_have_names_of_their_own() -> None:
    """Metrics and people tell the rows of a table apart by them, upright and across."""
    assert [row.name for row in LADDER.table_for(1920, 1080)] == [
        "234p 145k",
        "360p 365k",
        "432p 730k",
        "432p 1100k",
        "540p 2000k",
        "720p 3000k",
        "720p 4500k",
        "1080p 6000k",
        "1080p 7800k",
        "1440p 9000k",
        "1440p 13000k",
        "2160p 18000k",
        "2160p 26000k",
    ]
    upright = [row.name for row in LADDER.table_for(1080, 1920)]
    assert upright == [row.name for row in LADDER.table_for(1920, 1080)]


def test_another_ladder_is_an_argument() -> None:
    """Two rows of our own are all that a source gets."""
    ladder = LADDER.model_copy(update={"wide": WIDE[3:5]})
    names = [row.row.name for row in fit_ladder(ladder, 1920, 1080)]
    assert names == ["432p 1100k", "540p 2000k", "540p 2000k"]


def test_each_codec_of_a_table_is_fitted_by_itself() -> None:
    """Rows of a second codec are not the next rates of the first."""
    other = tuple(row.model_copy(update={"codec": "hevc"}) for row in LADDER.wide)
    both = LADDER.model_copy(update={"wide": (*LADDER.wide, *other)})
    alone = fit_ladder(LADDER, 1280, 720)
    fitted = fit_ladder(both, 1280, 720)
    assert fitted[:7] == alone
    assert [row.row.codec for row in fitted] == ["h264"] * 7 + ["hevc"] * 7
    assert [row.bitrate_bps for row in fitted[7:]] == [row.bitrate_bps for row in alone]
