"""Tests of list prices and of what managed encoders would charge."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.transcoding.builders import a_rung, a_timeline
from transcoding.cost.prices import PRICES, google_usd, mediaconvert_usd, with_prices
from transcoding.tracks.video import VideoTrack

LIST = with_prices({})


def rung(width: int, height: int, frame_rate: int = 30) -> VideoTrack:
    """Return a rung of this size and rate."""
    return a_rung(width=width, height=height, timeline=a_timeline(Fraction(frame_rate), 300))


@pytest.mark.parametrize(
    ("size", "usd"),
    [
        ((640, 360, 30), 0.0075),
        ((1280, 718, 30), 0.0075),
        ((1280, 720, 30), 0.015),
        ((1920, 1080, 30), 0.015),
        ((1080, 1920, 30), 0.015),
        ((2560, 1440, 30), 0.03),
        ((3840, 2160, 30), 0.03),
        ((640, 360, 50), 0.009375),
        ((1920, 1080, 60), 0.01875),
    ],
)
def test_mediaconvert_by_resolution_and_rate(size: tuple[int, int, int], usd: float) -> None:
    """A minute of SD is one normalized minute, HD two, 4K four; a quarter more above 30 fps."""
    assert mediaconvert_usd([rung(*size)], 60, LIST) == pytest.approx(usd)


def test_mediaconvert_bills_at_least_ten_seconds() -> None:
    """Of each output: two of 2 s are two of 10 s."""
    assert mediaconvert_usd([rung(640, 360)] * 2, 2, LIST) == pytest.approx(0.0025)


@pytest.mark.parametrize(
    ("size", "usd"),
    [
        ((640, 360), 0.015),
        ((1280, 718), 0.015),
        ((1280, 720), 0.03),
        ((720, 1280), 0.03),
        ((1920, 1080), 0.03),
        ((2560, 1440), 0.06),
    ],
)
def test_google_by_resolution(size: tuple[int, int], usd: float) -> None:
    """SD below 1280x720, HD up to 1920x1080, then UHD; the rate does not matter."""
    assert google_usd([rung(*size)], 60, LIST) == pytest.approx(usd)


def test_the_examples_of_googles_price_list() -> None:
    """Half an hour in four sizes is $4.05, as the first example there has it."""
    sizes = ((640, 480), (1280, 720), (1920, 1080), (3840, 2160))
    assert google_usd([rung(*size) for size in sizes], 1800, LIST) == pytest.approx(4.05)


def test_any_price_can_be_replaced() -> None:
    """The others stay."""
    prices = with_prices({"flex-gb-second": 0.00005})
    assert prices["flex-gb-second"] == 0.00005
    assert prices["hot-gb-month"] == 0.0208
    assert prices.keys() == PRICES.keys()


def test_an_unknown_price_is_an_error() -> None:
    """A misspelt name must not leave the list's price in force."""
    with pytest.raises(KeyError, match="flex-gb"):
        with_prices({"flex-gb": 1.0})


def test_small_amounts_are_written_out() -> None:
    """Nobody reads 2.6e-05 at a glance."""
    assert PRICES["flex-gb-second"].amount == "0.000026"
    assert PRICES["flex-million-executions"].amount == "0.4"


def test_every_price_says_where_it_is_from() -> None:
    """Source and date stand beside each, and whether the seller's own page was read."""
    assert all(price.source and price.as_of.startswith("2026") for price in PRICES.values())
    assert [name for name, price in PRICES.items() if price.is_verified] == [
        "google-sd-minute",
        "google-hd-minute",
        "google-uhd-minute",
    ]
