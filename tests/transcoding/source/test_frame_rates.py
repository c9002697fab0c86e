"""Tests of exact frame rates and timescales."""

from __future__ import annotations

from fractions import Fraction

import pytest

from transcoding.source.frame_rates import (
    STANDARD_RATES,
    nearest_standard_rate,
    snap_constant_rate,
    ticks_per_frame,
    timescale_for,
)


@pytest.mark.parametrize("rate", [*STANDARD_RATES, Fraction(15), Fraction(25, 2), Fraction(120)])
def test_an_exact_rate_stays(rate: Fraction) -> None:
    """A rate that the header gives exactly is taken as it is."""
    assert snap_constant_rate(rate) == rate


@pytest.mark.parametrize(
    ("measured", "meant"),
    [
        (Fraction(2997, 100), Fraction(30000, 1001)),
        (Fraction(23976, 1000), Fraction(24000, 1001)),
        # Matroska's milliseconds, as ffprobe 8.1.2 prints them.
        (Fraction(19001, 317), Fraction(60000, 1001)),
        (Fraction(29011, 242), Fraction(120000, 1001)),
        (Fraction(14985, 1000), Fraction(15000, 1001)),
        (Fraction(3333333, 100000), Fraction(100, 3)),
    ],
)
def test_a_rounded_rate_becomes_the_one_that_is_meant(measured: Fraction, meant: Fraction) -> None:
    """Containers round rates; 29.97 is 30000/1001."""
    assert snap_constant_rate(measured) == meant


@pytest.mark.parametrize(
    "average", [Fraction(17520, 599), Fraction(24658, 1001), Fraction(293, 10)]
)
def test_an_average_is_no_rate(average: Fraction) -> None:
    """The average of a variable rate means no constant one, whatever its denominator."""
    assert snap_constant_rate(average) in (None, Fraction(293, 10))
    assert snap_constant_rate(Fraction(24658, 1001)) is None


def test_24_and_23_976_are_told_apart() -> None:
    """They differ by one in a thousand, a frame in 42 s."""
    assert snap_constant_rate(Fraction(23980, 1000)) == Fraction(24000, 1001)
    assert snap_constant_rate(Fraction(23996, 1000)) == Fraction(24)


@pytest.mark.parametrize(
    ("measured", "chosen"),
    [
        (Fraction(2990, 100), Fraction(30000, 1001)),
        (Fraction(45), Fraction(48)),
        (Fraction(200), Fraction(60)),
        (Fraction(103, 10), Fraction(10)),
        (Fraction(1, 5), Fraction(1)),
    ],
)
def test_a_variable_rate_gets_a_near_constant_one(measured: Fraction, chosen: Fraction) -> None:
    """Standard rates from 23 up, whole numbers below, never under 1."""
    assert nearest_standard_rate(measured) == chosen


@pytest.mark.parametrize(
    ("rate", "timescale", "ticks"),
    [
        (Fraction(24000, 1001), 24000, 1001),
        (Fraction(24), 24000, 1000),
        (Fraction(25), 25000, 1000),
        (Fraction(30000, 1001), 30000, 1001),
        (Fraction(30), 30000, 1000),
        (Fraction(50), 50000, 1000),
        (Fraction(60000, 1001), 60000, 1001),
        (Fraction(60), 60000, 1000),
        (Fraction(15), 15000, 1000),
        (Fraction(25, 2), 25000, 2000),
        (Fraction(48), 48000, 1000),
        (Fraction(120), 120000, 1000),
        (Fraction(120000, 1001), 120000, 1001),
    ],
)
def test_a_frame_is_a_whole_number_of_ticks(rate: Fraction, timescale: int, ticks: int) -> None:
    """Durations are exact integers of the timescale."""
    assert timescale_for(rate) == timescale
    assert ticks_per_frame(rate, timescale) == ticks


def test_a_frame_that_is_no_whole_number_of_ticks_is_an_error() -> None:
    """29.97 fps does not fit into milliseconds."""
    with pytest.raises(ValueError, match="30000/1001 fps"):
        ticks_per_frame(Fraction(30000, 1001), 1000)
