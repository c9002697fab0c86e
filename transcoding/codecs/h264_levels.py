"""H.264 levels: the lowest that a rung fits into (ITU-T H.264, table A-1).

Level 1 is left out: its codec string is easily taken for level 1b, and nothing that plays HLS stops
at it.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import NamedTuple


class Level(NamedTuple):
    """Limits of one level; rates and buffer are those of the High profile (1.25 times Main's)."""

    name: str
    max_macroblocks_per_s: int
    max_frame_macroblocks: int
    max_bitrate_bps: int
    max_buffer_bits: int


LEVELS: tuple[Level, ...] = (
    Level("1.1", 3_000, 396, 240_000, 625_000),
    Level("1.2", 6_000, 396, 480_000, 1_250_000),
    Level("1.3", 11_880, 396, 960_000, 2_500_000),
    Level("2.0", 11_880, 396, 2_500_000, 2_500_000),
    Level("2.1", 19_800, 792, 5_000_000, 5_000_000),
    Level("2.2", 20_250, 1_620, 5_000_000, 5_000_000),
    Level("3.0", 40_500, 1_620, 12_500_000, 12_500_000),
    Level("3.1", 108_000, 3_600, 17_500_000, 17_500_000),
    Level("3.2", 216_000, 5_120, 25_000_000, 25_000_000),
    Level("4.0", 245_760, 8_192, 25_000_000, 31_250_000),
    Level("4.1", 245_760, 8_192, 62_500_000, 78_125_000),
    Level("4.2", 522_240, 8_704, 62_500_000, 78_125_000),
    Level("5.0", 589_824, 22_080, 168_750_000, 168_750_000),
    Level("5.1", 983_040, 36_864, 300_000_000, 300_000_000),
    Level("5.2", 2_073_600, 36_864, 300_000_000, 300_000_000),
)


def lowest_level(
    width: int, height: int, frame_rate: Fraction, maxrate_bps: int, bufsize_bits: int
) -> str:
    """Return the name of the lowest High-profile level, such as "4.0".

    Raises:
        ValueError: not even level 5.2, the highest that HLS allows (1.3b), is enough.
    """
    columns, rows = ceil(width / 16), ceil(height / 16)
    macroblocks = columns * rows
    for level in LEVELS:
        longest_side = int((8 * level.max_frame_macroblocks) ** 0.5)
        if (
            macroblocks <= level.max_frame_macroblocks
            and max(columns, rows) <= longest_side
            and macroblocks * frame_rate <= level.max_macroblocks_per_s
            and maxrate_bps <= level.max_bitrate_bps
            and bufsize_bits <= level.max_buffer_bits
        ):
            return level.name
    raise ValueError(f"{width}x{height} at {frame_rate} fps is beyond H.264 level 5.2")
