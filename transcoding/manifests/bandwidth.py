"""Bit rates of a rendition, exact, from the sizes and durations of its segments."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from transcoding.job.records import Segment


def average_bps(segments: Sequence[Segment], timescale: int) -> int:
    """Return the average bit rate in bits per second, rounded up.

    Raises:
        ValueError: the segments have no duration.
    """
    ticks = sum(segment.duration for segment in segments)
    if ticks <= 0:
        raise ValueError("segments without a duration have no bit rate")
    return ceil(Fraction(8 * timescale * sum(segment.size_bytes for segment in segments), ticks))


def peak_bps(segments: Sequence[Segment], timescale: int, target_duration_s: int) -> int:
    """Return the peak segment bit rate in bits per second, rounded up.

    The largest rate of any contiguous run of segments that totals from 0.5 to 1.5 target durations
    (RFC 8216, 4.1). Where no run does, the video is shorter than half of one, and its average is
    its peak.

    Raises:
        ValueError: the segments have no duration.
    """
    least, most = target_duration_s * timescale, 3 * target_duration_s * timescale
    peak_bytes, peak_ticks = 0, 0
    for start in range(len(segments)):
        run_bytes, run_ticks = 0, 0
        for end in range(start, len(segments)):
            run_bytes += segments[end].size_bytes
            run_ticks += segments[end].duration
            if 2 * run_ticks > most:
                break
            if 2 * run_ticks >= least and run_bytes * peak_ticks >= peak_bytes * run_ticks:
                peak_bytes, peak_ticks = run_bytes, run_ticks
    if not peak_ticks:
        return average_bps(segments, timescale)
    return ceil(Fraction(8 * timescale * peak_bytes, peak_ticks))
