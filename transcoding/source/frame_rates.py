"""Frame rates as exact fractions, and the timescale that makes their frames whole numbers."""

from __future__ import annotations

from fractions import Fraction

STANDARD_RATES: tuple[Fraction, ...] = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)

MAX_RATE = Fraction(60)
"""HLS Authoring Specification 1.19: at most 60 frames per second."""

SNAP_TOLERANCE = Fraction(1, 2000)
"""24 and 24000/1001 differ by 1/1001: half of that tells every standard pair apart."""

_LOWEST_TIMESCALE = 10_000


def snap_constant_rate(measured: Fraction) -> Fraction | None:
    """Return the exact rate that a constant-rate track means, or None when it means none.

    A standard rate within 0.05 % wins (29.97 is 30000/1001); otherwise a simple rate such as 15,
    12.5, 100/3 or 120000/1001 stands as it is. An average that is no rate at all gives None.
    """
    for rate in STANDARD_RATES:
        if abs(measured - rate) <= rate * SNAP_TOLERANCE:
            return rate
    whole = round(measured * 1001 / 1000)
    for rate in (measured.limit_denominator(12), Fraction(whole * 1000, 1001)):
        if rate > 0 and abs(measured - rate) <= rate / 100_000:
            return rate
    return None


def nearest_standard_rate(measured: Fraction) -> Fraction:
    """Return the rate at which a variable-rate track is made constant.

    From 23 frames per second up that is the nearest standard rate; below, the nearest whole
    number, so that a 10 fps screen recording is not blown up to 24.
    """
    if measured >= 23:
        return min(STANDARD_RATES, key=lambda rate: abs(rate - measured))
    return Fraction(max(1, round(measured)))


def timescale_for(rate: Fraction) -> int:
    """Return the media timescale (ticks per second) in which one frame is a whole number of ticks.

    30000/1001 gives 30000 (1001 ticks a frame); 25 gives 25000 (1000 ticks a frame).
    """
    scale = rate.numerator
    return scale if scale >= _LOWEST_TIMESCALE else scale * 1000


def ticks_per_frame(rate: Fraction, timescale: int) -> int:
    """Return the duration of one frame in ticks of `timescale`.

    Raises:
        ValueError: a frame is no whole number of ticks.
    """
    ticks = timescale / rate
    if ticks.denominator != 1:
        raise ValueError(f"a frame at {rate} fps is not a whole number of 1/{timescale} s")
    return int(ticks)
