"""The encoding ladder as data, and the rows of it that suit a source.

Sizes and rates up to 1080p are those of the H.264 table in Apple's HLS Authoring Specification; the
rows above 1080p, which that table gives for HEVC only, are ours.
"""

from __future__ import annotations

from fractions import Fraction

from transcoding.values import Value


class LadderRow(Value):
    """One row: a box that the picture is fitted into, and what it may cost.

    Attributes:
        codec: name of its file in transcoding/codecs/.
        bitrate_bps: the rate that the row is meant for.
        max_frame_rate: a faster source is halved until it is at most this.
        crf: x264's constant rate factor, which the cap takes over from on hard content.
    """

    codec: str
    box_width: int
    box_height: int
    bitrate_bps: int
    max_frame_rate: int
    crf: int

    @property
    def name(self) -> str:
        """The row for people and metrics, whatever the source: "1080p 6000k"."""
        return f"{min(self.box_width, self.box_height)}p {self.bitrate_bps // 1000}k"


class AudioRow(Value):
    """What each sound track is encoded to.

    Attributes:
        codec: name of its file in transcoding/codecs/.
    """

    codec: str
    channels: int
    sample_rate_hz: int


class FittedRow(Value):
    """A ladder row with the picture size that this source gets in it."""

    row: LadderRow
    width: int
    height: int
    bitrate_bps: int


class Ladder(Value):
    """The tables that a source is fitted into.

    Attributes:
        wide, classic: for pictures wider than 3:2, and for those up to that; wide, turned, also
            for portraits.
    """

    wide: tuple[LadderRow, ...]
    classic: tuple[LadderRow, ...]
    audio: tuple[AudioRow, ...]

    def table_for(self, width: int, height: int) -> tuple[LadderRow, ...]:
        """Return the table for a display size: portrait, 4:3 (up to 3:2), or wide."""
        if height > width:
            return tuple(
                row.model_copy(update={"box_width": row.box_height, "box_height": row.box_width})
                for row in self.wide
            )
        return self.classic if Fraction(width, height) <= Fraction(3, 2) else self.wide


def _rows(codec: str, *table: tuple[int, int, int, int, int]) -> tuple[LadderRow, ...]:
    return tuple(
        LadderRow(
            codec=codec,
            box_width=w,
            box_height=h,
            bitrate_bps=kbps * 1000,
            max_frame_rate=fps,
            crf=crf,
        )
        for w, h, kbps, fps, crf in table
    )


# Of two rows of one size the cheaper has the higher CRF: with the same one, content that the
# cap never touches would be encoded twice to the same bits.
WIDE = _rows(
    "h264",
    (416, 234, 145, 30, 24),
    (640, 360, 365, 30, 24),
    (768, 432, 730, 30, 27),
    (768, 432, 1_100, 30, 23),
    (960, 540, 2_000, 60, 23),
    (1280, 720, 3_000, 60, 26),
    (1280, 720, 4_500, 60, 22),
    (1920, 1080, 6_000, 60, 26),
    (1920, 1080, 7_800, 60, 22),
    (2560, 1440, 9_000, 60, 26),
    (2560, 1440, 13_000, 60, 22),
    (3840, 2160, 18_000, 60, 26),
    (3840, 2160, 26_000, 60, 22),
)

CLASSIC = _rows(
    "h264",
    (320, 240, 145, 30, 24),
    (480, 360, 365, 30, 24),
    (576, 432, 730, 30, 27),
    (576, 432, 1_100, 30, 23),
    (720, 540, 2_000, 60, 23),
    (960, 720, 3_000, 60, 26),
    (960, 720, 4_500, 60, 22),
    (1440, 1080, 6_000, 60, 26),
    (1440, 1080, 7_800, 60, 22),
    (1920, 1440, 9_000, 60, 26),
    (1920, 1440, 13_000, 60, 22),
    (2880, 2160, 18_000, 60, 26),
    (2880, 2160, 26_000, 60, 22),
)

LADDER = Ladder(
    wide=WIDE,
    classic=CLASSIC,
    audio=(AudioRow(codec="aac", channels=2, sample_rate_hz=48_000),),
)

_LOWEST_BITRATE_BPS = 64_000
_LEAST_BITRATE_STEP = Fraction(11, 10)
_WORTH_ANOTHER_SIZE = Fraction(11, 10)
_LEAST_SIDE_PX = 16
"""Nothing smaller than a macroblock, unless the source itself is."""


def fit_ladder(
    ladder: Ladder, width: int, height: int, *, max_height: int | None = None
) -> tuple[FittedRow, ...]:
    """Return the rows for a source of this display size in square pixels, lowest first.

    The picture is never scaled up; both sides are even; bitrates ascend; at least two rows come
    back, and at least two of the largest size (HLS Authoring Specification 9.9, 9.10).

    Args:
        max_height: leave out boxes whose shorter side is larger than this.
    """
    table = ladder.table_for(width, height)
    return tuple(
        fitted
        for codec in dict.fromkeys(row.codec for row in table)
        for fitted in _fit_rows(
            tuple(row for row in table if row.codec == codec), width, height, max_height
        )
    )


def _fit_rows(
    table: tuple[LadderRow, ...], width: int, height: int, max_height: int | None
) -> tuple[FittedRow, ...]:
    fitted: list[FittedRow] = []
    for row in table:
        if max_height and fitted and min(row.box_width, row.box_height) > max_height:
            break
        if _adds_nothing(row, fitted, width, height):
            break
        if min(_fit(row, width, height)) >= min(_LEAST_SIDE_PX, _largest_even(min(width, height))):
            fitted.append(_priced(row, _fit(row, width, height), fitted))
    if not fitted:
        # A ribbon that is too narrow in every box stays as it is.
        size = (_largest_even(width), _largest_even(height))
        fitted.append(_priced(table[-1], size, fitted))
    return _pair_largest(tuple(fitted))


def _adds_nothing(row: LadderRow, fitted: list[FittedRow], width: int, height: int) -> bool:
    """Whether a box exceeds the source, and the source hardly exceeds the last size."""
    if not fitted or row.box_width <= width or row.box_height <= height:
        return False
    last = fitted[-1]
    gain = Fraction(width * height, last.width * last.height)
    return last.row.box_width != row.box_width and gain < _WORTH_ANOTHER_SIZE


def _fit(row: LadderRow, width: int, height: int) -> tuple[int, int]:
    scale = min(Fraction(row.box_width, width), Fraction(row.box_height, height), Fraction(1))
    return (
        min(_nearest_even(width * scale), _largest_even(width)),
        min(_nearest_even(height * scale), _largest_even(height)),
    )


def _priced(row: LadderRow, size: tuple[int, int], cheaper: list[FittedRow]) -> FittedRow:
    """Give a size the row's bitrate, less where the picture leaves most of the box empty."""
    width, height = size
    box = Fraction(width, row.box_width) * Fraction(height, row.box_height)
    # A picture that fills one side of the box gets the whole rate down to half of the other.
    fills_a_side = width >= row.box_width or height >= row.box_height
    share = min(Fraction(1), 2 * box) if fills_a_side else min(Fraction(1), box)
    least_bps = cheaper[-1].bitrate_bps * _LEAST_BITRATE_STEP if cheaper else _LOWEST_BITRATE_BPS
    bitrate_bps = max(int(row.bitrate_bps * share), int(least_bps))
    return FittedRow(row=row, width=width, height=height, bitrate_bps=bitrate_bps)


def _nearest_even(length: Fraction) -> int:
    return max(2, int(length / 2 + Fraction(1, 2)) * 2)


def _largest_even(length: int) -> int:
    return length // 2 * 2


def _pair_largest(rows: tuple[FittedRow, ...]) -> tuple[FittedRow, ...]:
    top = rows[-1]
    of_that_size = [r for r in rows if (r.width, r.height) == (top.width, top.height)]
    if len(of_that_size) > 1:
        return rows
    better_row = top.row.model_copy(update={"crf": top.row.crf - 4})
    better = top.model_copy(update={"row": better_row, "bitrate_bps": top.bitrate_bps * 2})
    return (*rows, better)
