"""List prices in US dollars, as data: what, of when, from where, and how sure.

They change, differ between regions and leave out discounts; every one can be replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from transcoding.tracks.video import VideoTrack
from transcoding.values import Value

_RETAIL = "Azure Retail Prices API, East US"
_FRONT_DOOR = "Azure Front Door Standard, zone 1 (North America, Europe), up to 10 TB a month"
_MEDIACONVERT = "AWS MediaConvert on demand, basic tier, us-east-1"
_GOOGLE = "cloud.google.com/transcoder/pricing"


class Price(Value):
    """One list price.

    Attributes:
        usd: for one `unit`.
        as_of: month or day that the figure is of, ISO 8601.
        is_verified: whether the seller's own page or price list was read; else others' quotations.
    """

    usd: float
    unit: str
    source: str
    as_of: str
    is_verified: bool = False

    @property
    def amount(self) -> str:
        """The figure as it is written: "0.000026"."""
        return f"{self.usd:.6f}".rstrip("0")


LOOKED_UP = "2026-11-22"

PRICES: Mapping[str, Price] = {
    "flex-gb-second": Price(
        usd=0.000026, unit="GB-second on demand", source=_RETAIL, as_of="2026-09-29"
    ),
    "flex-million-executions": Price(
        usd=0.40, unit="million executions", source=_RETAIL, as_of="2026-09-29"
    ),
    "hot-gb-month": Price(
        usd=0.0208, unit="GB-month, hot, LRS", source=_RETAIL, as_of="2026-09-24"
    ),
    "write-10k": Price(
        usd=0.05, unit="10,000 writes, hot, LRS", source=_RETAIL, as_of="2026-09-24"
    ),
    "read-10k": Price(usd=0.004, unit="10,000 reads, hot", source=_RETAIL, as_of="2026-09-24"),
    "front-door-gb": Price(
        usd=0.083, unit="GB from edge to viewer", source=_FRONT_DOOR, as_of="2026"
    ),
    "front-door-10k-requests": Price(
        usd=0.009, unit="10,000 requests", source=_FRONT_DOOR, as_of="2026"
    ),
    "spot-core-hour": Price(
        usd=0.0091,
        unit="core-hour of a Spot machine (Standard_D4as_v5, $0.0363 an hour, moves)",
        source=_RETAIL,
        as_of="2026-10-09",
    ),
    "mediaconvert-minute": Price(
        usd=0.0075, unit="normalized minute", source=_MEDIACONVERT, as_of="2026-09"
    ),
    "google-sd-minute": Price(
        usd=0.015, unit="minute, SD", source=_GOOGLE, as_of="2026-11-22", is_verified=True
    ),
    "google-hd-minute": Price(
        usd=0.030, unit="minute, HD", source=_GOOGLE, as_of="2026-11-22", is_verified=True
    ),
    "google-uhd-minute": Price(
        usd=0.060, unit="minute, UHD", source=_GOOGLE, as_of="2026-11-22", is_verified=True
    ),
}
"""Free grants, base fees and volume discounts are left out."""

_MEDIACONVERT_SIZES = ((719, 1), (1080, 2), (4320, 4))
"""(largest height, normalized minutes a minute) of AVC, single pass: SD, HD, 4K."""
_MEDIACONVERT_FAST = 1.25
"""Above 30 fps. Read off others' transcriptions of the price list; not verified."""
_MEDIACONVERT_LEAST_S = 10


def with_prices(changes: Mapping[str, float]) -> dict[str, float]:
    """Return US dollars by name: the list's, with these instead.

    Raises:
        KeyError: there is no such price.
    """
    unknown = changes.keys() - PRICES.keys()
    if unknown:
        raise KeyError(min(unknown))
    return {name: price.usd for name, price in PRICES.items()} | dict(changes)


def mediaconvert_usd(
    rungs: Iterable[VideoTrack], duration_s: float, usd: Mapping[str, float]
) -> float:
    """Return what MediaConvert's basic tier lists for these H.264 outputs, sound left out.

    Each output is billed by the second, at least 10 s, in minutes that are normalized by
    resolution and frame rate.
    """
    minutes = max(duration_s, _MEDIACONVERT_LEAST_S) / 60
    normalized = sum(_mediaconvert_factor(rung) for rung in rungs) * minutes
    return normalized * usd["mediaconvert-minute"]


def _mediaconvert_factor(rung: VideoTrack) -> float:
    height = min(rung.width, rung.height)
    factor = next(factor for largest, factor in _MEDIACONVERT_SIZES if height <= largest)
    return factor * (_MEDIACONVERT_FAST if rung.frame_rate > 30 else 1)


def google_usd(rungs: Iterable[VideoTrack], duration_s: float, usd: Mapping[str, float]) -> float:
    """Return what Google's Transcoder API lists for these outputs, sound left out.

    Below 1280x720 an output is SD, up to 1920x1080 HD, above UHD.
    """
    return sum(usd[_google_class(rung)] for rung in rungs) * duration_s / 60


def _google_class(rung: VideoTrack) -> str:
    pixels = rung.width * rung.height
    if pixels < 1280 * 720:
        return "google-sd-minute"
    return "google-hd-minute" if pixels <= 1920 * 1080 else "google-uhd-minute"
