"""A source that stands for many: an upload that there is not yet."""

from __future__ import annotations

import re
from fractions import Fraction

from transcoding.source.frame_rates import snap_constant_rate
from transcoding.source.source import AudioStream, Source, VideoStream

_DESCRIPTION = re.compile(r"(\d{2,4})p(\d{1,3}(?:\.\d+)?):(\d{1,6})")
_BITS_PER_PIXEL = Fraction(1, 5)
"""What a camera's H.264 spends: 12 Mbit/s at 1080p30."""


def read_description(text: str) -> Source:
    """Read a source such as "1080p30:600": height, frames a second, seconds.

    29.97 and the like are meant exactly: 30000/1001.

    Raises:
        ValueError: the text says something else.
    """
    found = _DESCRIPTION.fullmatch(text)
    if not found or not int(found[3]) or not Fraction(found[2]):
        raise ValueError(f'"{text}" is not like 1080p30:600')
    rate = Fraction(found[2])
    return typical_source(int(found[1]), snap_constant_rate(rate) or rate, Fraction(found[3]))


def typical_source(height: int, frame_rate: Fraction, duration_s: Fraction) -> Source:
    """Return a 16:9 H.264 source with one stereo track, at 1080p30 of 12 Mbit/s."""
    width = round(height * 16 / 9 / 2) * 2
    frame_count = max(1, round(duration_s * frame_rate))
    video = VideoStream(
        stream_index=0,
        codec="h264",
        coded_width=width,
        coded_height=height,
        display_width=width,
        display_height=height,
        rotation_deg=0,
        sample_aspect=Fraction(1),
        frame_rate=frame_rate,
        is_constant_rate=True,
        start_s=Fraction(0),
        frame_count=frame_count,
        pixel_format="yuv420p",
        bit_depth=8,
        color_primaries="bt709",
        color_transfer="bt709",
        color_matrix="bt709",
        color_range="tv",
        is_interlaced=False,
    )
    sound = AudioStream(
        stream_index=1,
        codec="aac",
        channels=2,
        sample_rate_hz=48_000,
        language="und",
        title="",
        is_default=True,
    )
    return Source(
        container="mov,mp4",
        size_bytes=int(width * height * frame_count * _BITS_PER_PIXEL / 8),
        video=video,
        audio=(sound,),
        subtitles=(),
    )
