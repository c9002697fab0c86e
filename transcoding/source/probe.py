"""Which parts of a source ffprobe is asked about, and what it answers about packet times.

Reading every packet would read the whole upload. Whether the rate is constant, and which picture is
the first and which the last, shows in three short windows: at the start, the middle and the end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from transcoding.source.pacing import PacketTimes
from transcoding.source.source import (
    BLIND_CONTAINERS,
    LONGEST_GOP_S,
    find_video_stream,
)

WHOLE_FILE = ("%",)
"""One interval: for a file that is short, or whose duration is unknown or wrong."""

_WINDOW_S = 4
_TAIL_S = 5
_SHORT_S = 16
_HOURS_MINUTES_SECONDS = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_REORDERED_FRAMES = 16
"""H.264, HEVC and AV1 hold back at most 16 pictures to bring them into order."""


def packet_intervals(probe: dict[str, Any]) -> tuple[str, ...]:
    """Return the `-read_intervals` to ask for: head, middle and tail, or `WHOLE_FILE`.

    ffprobe takes absolute times, so the container's start time is part of them. The tail is placed
    by the end of the video track, which may be long before that of the sound, and is read to the
    end of the file: a duration that is too short does no harm. One that is too long leaves the tail
    empty; then ask again for `WHOLE_FILE`.

    Args:
        probe: JSON of `ffprobe -show_format -show_streams`.
    """
    start_s = _start_s(probe)
    end_s = _video_end_s(probe)
    if end_s is None or end_s - start_s <= _SHORT_S:
        return WHOLE_FILE
    # A recording may start anywhere, but pictures count from the first keyframe on.
    is_blind = probe.get("format", {}).get("format_name") in BLIND_CONTAINERS
    head_s = LONGEST_GOP_S if is_blind else _WINDOW_S
    return (
        # To an absolute time: an offset would count from pictures that an edit list discards.
        f"%{_timestamp(start_s + head_s)}",
        f"{_timestamp((start_s + end_s) / 2)}%+{_WINDOW_S}",
        f"{_timestamp(end_s - _TAIL_S)}%",
    )


def packet_times(probe: dict[str, Any], windows: Sequence[Mapping[str, Any]]) -> PacketTimes:
    """Read the answers to `packet_intervals`, one `{"packets": [...]}` each, in their order.

    Packets that an edit list discards are left out, and up to 16 at each cut: packets come in
    decoding order, so that near a cut a picture between two others may be missing.

    Raises:
        ValueError: there is neither one window nor three.
    """
    start_s = _start_s(probe)
    delay = int((find_video_stream(probe) or {}).get("has_b_frames", 0))
    shown = [_shown(window, start_s, delay) for window in windows]
    head, middle, tail = _windows([sorted(times) for times in shown])
    first_keyframe_s = _first_keyframe_s(windows[0], start_s)
    discarded = {
        packet.get("pts_time")
        for window in windows
        for packet in window.get("packets", [])
        if _is_discarded(packet)
    }
    return PacketTimes(
        head=tuple(time for time in head if time >= first_keyframe_s),
        middle=tuple(middle),
        tail=tuple(time for time in tail if time >= first_keyframe_s),
        last_duration_s=shown[-1][tail[-1]] if tail else Fraction(0),
        discarded_count=len(discarded),
    )


def _shown(window: Mapping[str, Any], start_s: Fraction, delay: int) -> dict[Fraction, Fraction]:
    """Return presentation time -> duration of the packets that are shown.

    AVI and MPEG program streams leave some presentation times out. Decoding times are the same
    ones, put earlier by as many pictures as the decoder holds back.
    """
    packets = [packet for packet in window.get("packets", []) if not _is_discarded(packet)]
    by_decoding = any("pts_time" not in packet for packet in packets) and all(
        "dts_time" in packet for packet in packets
    )
    times = {}
    for packet in packets:
        duration_s = Fraction(packet.get("duration_time", 0))
        if by_decoding:
            time_s = Fraction(packet["dts_time"]) + delay * duration_s
        elif "pts_time" in packet:
            time_s = Fraction(packet["pts_time"])
        else:
            continue
        times[time_s - start_s] = duration_s
    return times


def _windows(
    read: list[list[Fraction]],
) -> tuple[list[Fraction], list[Fraction], list[Fraction]]:
    """Return head, middle and tail without the pictures that a cut makes unsure."""
    if len(read) == 1:
        return read[0], [], read[0]
    if len(read) != 3:
        raise ValueError(f"one window or three, not {len(read)}")
    head, middle, tail = read
    return (
        head[: len(head) - _unsure(head)],
        middle[_unsure(middle) : len(middle) - _unsure(middle)],
        tail[_unsure(tail) :],
    )


def _first_keyframe_s(window: Mapping[str, Any], start_s: Fraction) -> Fraction:
    """Return the time of the first keyframe: what comes before it cannot be decoded."""
    for packet in window.get("packets", []):
        if "K" in packet.get("flags", "") and "pts_time" in packet:
            return Fraction(packet["pts_time"]) - start_s
    return Fraction(-(10**9))


def _is_discarded(packet: Mapping[str, Any]) -> bool:
    return "D" in packet.get("flags", "")


def _unsure(times: Sequence[Fraction]) -> int:
    return min(_REORDERED_FRAMES, len(times) // 4)


def _start_s(probe: dict[str, Any]) -> Fraction:
    return _seconds(probe.get("format", {}).get("start_time")) or Fraction(0)


def _video_end_s(probe: dict[str, Any]) -> Fraction | None:
    """Return the earliest end that container and video track claim, as an absolute time."""
    stream = find_video_stream(probe) or {}
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
