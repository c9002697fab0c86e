"""Tests of H.264 levels against table A-1 of ITU-T H.264."""

from __future__ import annotations

from fractions import Fraction

import pytest

from transcoding.codecs.h264_levels import LEVELS, lowest_level
from transcoding.plan.ladder import CLASSIC, WIDE, LadderRow


@pytest.mark.parametrize(
    ("width", "height", "rate", "maxrate_bps", "level"),
    [
        (416, 234, Fraction(30), 174_000, "1.3"),
        (352, 288, Fraction(30), 1_500_000, "2.0"),
        (640, 360, Fraction(30), 438_000, "3.0"),
        (768, 432, Fraction(30), 1_320_000, "3.0"),
        (960, 540, Fraction(30), 2_400_000, "3.1"),
        (960, 540, Fraction(60), 2_400_000, "3.2"),
        (1280, 720, Fraction(30), 5_400_000, "3.1"),
        (1280, 720, Fraction(60), 5_400_000, "3.2"),
        (1920, 1080, Fraction(30), 9_360_000, "4.0"),
        (1080, 1920, Fraction(30), 9_360_000, "4.0"),
        (1920, 1080, Fraction(30), 26_000_000, "4.1"),
        (1920, 1080, Fraction(60), 9_360_000, "4.2"),
        (2560, 1440, Fraction(30), 15_600_000, "5.0"),
        (3840, 2160, Fraction(30), 31_200_000, "5.1"),
        (3840, 2160, Fraction(60), 31_200_000, "5.2"),
    ],
)
def test_lowest_levels(
    width: int, height: int, rate: Fraction, maxrate_bps: int, level: str
) -> None:
    """Levels that everybody knows by heart, and those that bitrate decides."""
    assert lowest_level(width, height, rate, maxrate_bps, maxrate_bps * 3 // 2) == level


def test_a_large_buffer_needs_a_higher_level() -> None:
    """4.0 holds 31,250,000 bits in the High profile, 4.1 holds 78,125,000."""
    assert lowest_level(1920, 1080, Fraction(30), 20_000_000, 31_250_000) == "4.0"
    assert lowest_level(1920, 1080, Fraction(30), 20_000_000, 31_250_001) == "4.1"


def test_a_long_side_needs_a_higher_level() -> None:
    """A ribbon of 8192x16 has few macroblocks, but no level below 5.1 is that wide."""
    assert lowest_level(8192, 16, Fraction(30), 1_000_000, 1_500_000) == "5.1"


def test_beyond_the_highest_level() -> None:
    """HLS Authoring Specification 1.3b allows nothing above 5.2."""
    with pytest.raises(ValueError, match="7680x4320 at 60 fps"):
        lowest_level(7680, 4320, Fraction(60), 50_000_000, 75_000_000)


@pytest.mark.parametrize("table", [WIDE, CLASSIC])
def test_every_rung_fits_some_level_at_its_fastest(table: tuple[LadderRow, ...]) -> None:
    """No row of any table can make planning fail."""
    names = [level.name for level in LEVELS]
    for row in table:
        maxrate_bps = row.bitrate_bps * 6 // 5
        level = lowest_level(
            row.box_width,
            row.box_height,
            Fraction(row.max_frame_rate),
            maxrate_bps,
            maxrate_bps * 3 // 2,
        )
        upright = lowest_level(
            row.box_height,
            row.box_width,
            Fraction(row.max_frame_rate),
            maxrate_bps,
            maxrate_bps * 3 // 2,
        )
        assert names.index(level) <= names.index("5.2")
        assert upright == level
