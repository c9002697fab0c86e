"""How the pictures of a track follow each other: at a constant rate, or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from transcoding.source.frame_rates import MAX_RATE, nearest_standard_rate, snap_constant_rate
from transcoding.values import Value

_LOWEST_RATE, _HIGHEST_RATE = Fraction(1), Fraction(960)
"""Slower ones are repeated up to 1 fps, so that segments stay near their 4 s; no camera's slow
motion is faster, but the timescale that a header claims in place of a rate is."""

_OFF_GRID_FRAMES = Fraction(2, 5)
"""How far from its place a picture may be and still be the only one there. Matroska keeps whole
milliseconds, a phone 1/600 s with a tick of jitter: 0.06 of a frame at 59.94, 0.1 at 29.97."""


class PacketTimes(Value):
    """Presentation times of video packets in seconds, relative to the container's start time.

    Attributes:
        head: those of the first seconds, sorted.
        middle: those of a window in the middle, sorted; empty for a short file.
        tail: those of the last seconds, sorted.
        last_duration_s: duration of the last packet, 0 when unknown.
        discarded_count: packets in these windows that an edit list leaves out.
        picture_count: pictures of the whole track, where each was read and these windows are not
            all; else 0.
        longest_step_s: longest time from one of them to the next; else 0.
    """

    head: tuple[Fraction, ...]
    middle: tuple[Fraction, ...]
    tail: tuple[Fraction, ...]
    last_duration_s: Fraction
    discarded_count: int = 0
    picture_count: int = 0
    longest_step_s: Fraction = Fraction(0)


def measure_rate(stream: Mapping[str, Any], times: PacketTimes) -> tuple[Fraction, bool]:
    """Return the rate of the frame grid, and whether it is that of the track itself.

    A constant rate is told from a variable one by the packets, not by what the header claims.

    Args:
        stream: an entry of ffprobe's `streams`.
    """
    claimed = [
        positive_fraction(stream.get(name, "")) for name in ("r_frame_rate", "avg_frame_rate")
    ]
    windows = (times.head, times.middle, times.tail)
    measured = [_mean_rate(window) for window in windows]
    snapped = [snap_constant_rate(rate) for rate in (*claimed, measured[0]) if rate]
    candidates = [rate for rate in snapped if rate and _LOWEST_RATE <= rate <= _HIGHEST_RATE]
    for rate in candidates:
        if _fill_grid(times, rate) and _count_agrees(stream, times, rate):
            return rate, True
    busiest = max((rate for rate in (claimed[1], *measured) if rate), default=Fraction(25))
    for rate in candidates:
        # A constant rate with pictures left out keeps its grid, unless most are.
        if rate <= min(MAX_RATE, 2 * busiest) and _are_on_grid(times, rate):
            return rate, False
    return nearest_standard_rate(min(busiest, MAX_RATE)), False


def longest_step_s(times: PacketTimes) -> Fraction:
    """Return the longest time from one picture to the next that was seen."""
    windows = (times.head, times.middle, times.tail)
    steps = (later - earlier for window in windows for earlier, later in pairwise(window))
    return max([times.longest_step_s, *steps])


def _mean_rate(window: Sequence[Fraction]) -> Fraction | None:
    return (len(window) - 1) / (window[-1] - window[0]) if len(window) > 1 else None


def _fill_grid(times: PacketTimes, rate: Fraction) -> bool:
    """Whether every place of the grid has exactly one picture, as far as the windows show."""
    return _are_on_grid(times, rate) and all(
        later - earlier == 1
        for window in (times.head, times.middle, times.tail)
        for earlier, later in pairwise(round((t - times.head[0]) * rate) for t in window)
    )


def _are_on_grid(times: PacketTimes, rate: Fraction) -> bool:
    """Whether every picture is near a place of the grid, and no two are near the same."""
    for window in (times.head, times.middle, times.tail):
        exact = [(time - times.head[0]) * rate for time in window]
        places = [round(place) for place in exact]
        if len(set(places)) < len(places) or any(
            abs(place - near) > _OFF_GRID_FRAMES for place, near in zip(exact, places, strict=True)
        ):
            return False
    return True


def _count_agrees(stream: Mapping[str, Any], times: PacketTimes, rate: Fraction) -> bool:
    """Whether there are as many pictures as places, by the container's count and by our own.

    Most containers do not count, and where only windows were read we did not.
    """
    by_container = int(stream.get("nb_frames", 0) or 0) - times.discarded_count
    on_grid = round((times.tail[-1] - times.head[0]) * rate) + 1
    return all(count in (0, on_grid) for count in (max(0, by_container), times.picture_count))


def seconds_or_zero(text: str | None) -> Fraction:
    """Read a time in seconds, which may be negative or missing."""
    try:
        return Fraction(text or 0)
    except ValueError:
        return Fraction(0)


def positive_fraction(text: str) -> Fraction | None:
    """Read ffprobe's "30000/1001"; None for "0/0" and for what is no positive number."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
    return value if value > 0 else None
