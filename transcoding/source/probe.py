"""Which parts of a source ffprobe is asked about.

Reading every packet would read the whole upload. Whether the rate is constant, and which picture is
the first and which the last, shows in three short windows: at the start, the middle and the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from transcoding.source.source import BLIND_CONTAINERS, LONGEST_GOP_S
from transcoding.source.streams import Stream, find_video_stream

_TO_THE_END = "%100000000000"
"""To 3,000 years on. Where no end is given, ffprobe 8.1.2 takes one from memory that it never set:
it then reads nothing, or all, by the order of its other arguments."""
WHOLE_FILE = (_TO_THE_END,)
"""One interval: for a file that is short, or whose duration is unknown or wrong."""

_WINDOW_S = 4
_TAIL_S = 5
_SHORT_S = 16
_HOURS_MINUTES_SECONDS = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_EXACT_SEEKS = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "wav", "w64", "aiff"})
"""FFmpeg's names of containers of sound whose times are right wherever reading starts."""


def packet_intervals(probe: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the `-read_intervals` to ask for: head, middle and tail, or `WHOLE_FILE`.

    ffprobe takes absolute times, so the container's start time is part of them. The tail is placed
    by the end of the video track, which may be long before that of the sound, and is read to the
    end of the file: a duration that is too short does no harm. One that is too long leaves the tail
    empty; then ask again for `WHOLE_FILE`.

    Args:
        probe: JSON of `ffprobe -show_format -show_streams`.
    """
    start_s = _start_s(probe)
    end_s = _end_s(probe, find_video_stream(probe) or {})
    if end_s is None or end_s - start_s <= _SHORT_S:
        return WHOLE_FILE
    # A recording may start anywhere, but pictures count from the first keyframe on.
    is_blind = probe.get("format", {}).get("format_name") in BLIND_CONTAINERS
    head_s = LONGEST_GOP_S if is_blind else _WINDOW_S
    return (
        # To an absolute time: an offset would count from pictures that an edit list discards.
        f"%{_timestamp(start_s + head_s)}",
        f"{_timestamp((start_s + end_s) / 2)}%+{_WINDOW_S}",
        f"{_timestamp(end_s - _TAIL_S)}{_TO_THE_END}",
    )


def sound_intervals(probe: Mapping[str, Any], stream: Stream) -> tuple[str, ...]:
    """Return the `-read_intervals` to ask for where there is sound alone: head and tail, or all.

    MP3, ADTS and the like count on from wherever a seek lands: times after it are a guess, and the
    file is read from end to end. Ogg and FLAC are small enough for it too.

    Args:
        stream: the entry of ffprobe's `streams` that is asked about.
    """
    start_s = _start_s(probe)
    end_s = _end_s(probe, stream)
    container = str(probe.get("format", {}).get("format_name", ""))
    if container not in _EXACT_SEEKS or end_s is None or end_s - start_s <= _SHORT_S:
        return WHOLE_FILE
    return (f"%{_timestamp(start_s + _WINDOW_S)}", f"{_timestamp(end_s - _TAIL_S)}{_TO_THE_END}")


def _start_s(probe: Mapping[str, Any]) -> Fraction:
    return _seconds(probe.get("format", {}).get("start_time")) or Fraction(0)


def _end_s(probe: Mapping[str, Any], stream: Stream) -> Fraction | None:
    """Return the earliest end that container and track claim, as an absolute time."""
    ends = [
        (_seconds(claim.get("start_time")) or Fraction(0)) + duration_s
        for claim in (probe.get("format", {}), stream)
        if (duration_s := _seconds(claim.get("duration")))
    ]
    # Matroska tells a track's end in a tag only.
    tagged = _HOURS_MINUTES_SECONDS.fullmatch(stream.get("tags", {}).get("DURATION", ""))
    if tagged:
        hours, minutes, seconds = tagged.groups()
        ends.append(int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds))
    return min((end_s for end_s in ends if end_s > 0), default=None)


def _seconds(text: str | None) -> Fraction | None:
    try:
        return Fraction(text or "")
    except ValueError:
        return None


def _timestamp(seconds: Fraction) -> str:
    return f"{float(seconds):.6f}"
