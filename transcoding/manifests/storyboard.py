"""The storyboard: thumbnails on sheets, and the WebVTT that gives each its time."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from transcoding.commands.commands import (
    SPRITE_COLUMNS,
    SPRITE_ROWS,
    THUMBNAIL_LONG_SIDE_PX,
    fit_long_side,
)
from transcoding.job.paths import sprite_file
from transcoding.plan.plan import Plan
from transcoding.values import Value

MAX_THUMBNAILS = 150


class Storyboard(Value):
    """Which segments give a thumbnail each, and how the sheets are laid out.

    Attributes:
        rung_key: whose segments they are: the lowest rung's.
        segment_numbers: ascending, counted from 1.
        thumbnail_width, thumbnail_height: in pixels.
    """

    rung_key: str
    segment_numbers: tuple[int, ...]
    thumbnail_width: int
    thumbnail_height: int

    @property
    def sheet_files(self) -> tuple[str, ...]:
        """The names of the sheets, of which the last may not be full."""
        count = ceil(len(self.segment_numbers) / (SPRITE_COLUMNS * SPRITE_ROWS))
        return tuple(sprite_file(number) for number in range(1, count + 1))


def plan_storyboard(plan: Plan) -> Storyboard:
    """Choose every k-th segment, so that there are at most 150 thumbnails."""
    count = plan.timeline.segment_count
    rung = plan.rungs[0]
    width, height = fit_long_side(rung.width, rung.height, THUMBNAIL_LONG_SIDE_PX)
    return Storyboard(
        rung_key=rung.key,
        segment_numbers=tuple(range(1, count + 1, ceil(count / MAX_THUMBNAILS))),
        thumbnail_width=width,
        thumbnail_height=height,
    )


def storyboard_vtt(plan: Plan, storyboard: Storyboard) -> str:
    """Return `{name}/storyboard.vtt`: one cue a thumbnail, together as long as the video.

    A cue's text is an image URL with a media fragment (W3C Media Fragments 1.0, `#xywh=`).
    """
    timeline = plan.timeline
    segment_s = timeline.segment_frames / timeline.frame_rate
    starts_s = [(number - 1) * segment_s for number in storyboard.segment_numbers]
    ends_s = [*starts_s[1:], timeline.duration_s]
    width, height = storyboard.thumbnail_width, storyboard.thumbnail_height
    folder = plan.storyboard_folder.relative
    blocks = ["WEBVTT"]
    for index, (start_s, end_s) in enumerate(zip(starts_s, ends_s, strict=True)):
        sheet, place = divmod(index, SPRITE_COLUMNS * SPRITE_ROWS)
        row, column = divmod(place, SPRITE_COLUMNS)
        area = f"{column * width},{row * height},{width},{height}"
        image = f"{folder}/{storyboard.sheet_files[sheet]}#xywh={area}"
        blocks.append(f"{_timestamp(start_s)} --> {_timestamp(end_s)}\n{image}")
    return "\n\n".join(blocks) + "\n"


def _timestamp(seconds: Fraction) -> str:
    whole_s, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, rest_s = divmod(whole_s, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest_s:02d}.{milliseconds:03d}"
