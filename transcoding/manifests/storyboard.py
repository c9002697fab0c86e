"""The storyboard's WebVTT, which gives each thumbnail its time."""

from __future__ import annotations

from fractions import Fraction

from transcoding.job.paths import sprite_file
from transcoding.plan.plan import Plan
from transcoding.tracks.images import Storyboard


def storyboard_vtt(plan: Plan, storyboard: Storyboard) -> str:
    """Return `{name}/storyboard.vtt`: one cue a thumbnail, together as long as the video.

    A cue's text is an image URL with a media fragment (W3C Media Fragments 1.0, `#xywh=`).
    """
    timeline = plan.track(storyboard.track_key).timeline
    starts_s = [(number - 1) * timeline.segment_s for number in storyboard.segment_numbers]
    ends_s = [*starts_s[1:], timeline.duration_s]
    width, height = storyboard.thumbnail_width, storyboard.thumbnail_height
    folder = plan.folder(storyboard.key).relative
    blocks = ["WEBVTT"]
    for index, (start_s, end_s) in enumerate(zip(starts_s, ends_s, strict=True)):
        sheet, place = divmod(index, storyboard.columns * storyboard.rows)
        row, column = divmod(place, storyboard.columns)
        area = f"{column * width},{row * height},{width},{height}"
        image = f"{folder}/{sprite_file(sheet + 1)}#xywh={area}"
        blocks.append(f"{_timestamp(start_s)} --> {_timestamp(end_s)}\n{image}")
    return "\n\n".join(blocks) + "\n"


def _timestamp(seconds: Fraction) -> str:
    whole_s, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, rest_s = divmod(whole_s, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest_s:02d}.{milliseconds:03d}"
