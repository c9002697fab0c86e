"""Packets of a picture track, folded as they are read into what is asked of them.

What is held does not grow with the source: a recording of many hours that has to be read from end
to end takes as much memory as one of some minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from heapq import heappop, heappush, heappushpop
from typing import Any

from transcoding.source.pacing import PacketTimes
from transcoding.source.packets import MICROSECONDS, Packet, microseconds, read_packet
from transcoding.source.streams import find_video_stream

KEPT_PICTURES = 2_000
"""So many of the first and so many of the last are kept: every picture of a file of 16 s, up to
125 a second, and far more than a window of some seconds has."""

_SAMPLE_PICTURES = 500
_MOST_SAMPLES = 8
_REORDERED_PICTURES = 16
"""H.264, HEVC and AV1 hold back at most so many to bring them into order."""
_MOST_DISCARDS = 10_000


class PictureWindow:
    """The packets of one read interval.

    Args:
        probe: JSON of `ffprobe -show_format -show_streams`.
        is_first: the interval starts where the file does. Pictures before the first keyframe
            cannot be decoded there, and do not count.
    """

    def __init__(self, probe: Mapping[str, Any], *, is_first: bool) -> None:
        stream = find_video_stream(probe) or {}
        self.start_us = microseconds(probe.get("format", {}).get("start_time")) or 0
        self.first_keyframe_us: int | None = None
        self.discards = _Discards()
        self._held_back = int(stream.get("has_b_frames", 0))
        self._awaits_keyframe = is_first
        # AVI and MPEG program streams leave some presentation times out. Decoding times are the
        # same ones, put earlier by as many pictures as the decoder holds back. Which to go by is
        # known at the end.
        self._shown = _Pictures()
        self._decoded = _Pictures()
        self._lacks_pts = False
        self._lacks_dts = False

    def take(self, line: str) -> None:
        """Take the next packet, as a line of ffprobe's."""
        packet = read_packet(line)
        if self._awaits_keyframe and packet.is_keyframe and packet.pts_us is not None:
            self._awaits_keyframe = False
            self.first_keyframe_us = packet.pts_us
            self._shown = self._shown.since(packet.pts_us)
            self._decoded = self._decoded.since(packet.pts_us)
        if packet.is_discarded:
            self.discards.take(packet.pts_us)
        else:
            self._take_shown(packet)

    @property
    def pictures(self) -> _Pictures:
        by_decoding = self._lacks_pts and not self._lacks_dts
        return self._decoded if by_decoding else self._shown

    def _take_shown(self, packet: Packet) -> None:
        earliest_us = self.first_keyframe_us
        if packet.pts_us is None:
            self._lacks_pts = True
        elif earliest_us is None or packet.pts_us >= earliest_us:
            self._shown.take(packet.pts_us, packet.duration_us)
        if packet.dts_us is None:
            self._lacks_dts = True
        else:
            shown_us = packet.dts_us + self._held_back * packet.duration_us
            if earliest_us is None or shown_us >= earliest_us:
                self._decoded.take(shown_us, packet.duration_us)


def packet_times(windows: Sequence[PictureWindow]) -> PacketTimes:
    """Return what the windows of `probe.packet_intervals` show, in their order.

    Packets that an edit list discards are left out, and up to 16 at each cut: packets come in
    decoding order, so that near a cut a picture between two others may be missing.

    Raises:
        ValueError: there is neither one window nor three.
    """
    first, last = windows[0], windows[-1]
    head, middle, tail = _three(windows)
    if first.first_keyframe_us is not None:
        tail = [time_us for time_us in tail if time_us >= first.first_keyframe_us]
    # Every picture of a file that was read from end to end counts, also between the windows.
    is_known = len(windows) == 1 and not first.pictures.are_all_kept
    picture_count, longest_step_us = first.pictures.steps.end() if is_known else (0, 0)

    def relative(times: Iterable[int]) -> tuple[Fraction, ...]:
        return tuple(Fraction(time_us - first.start_us, MICROSECONDS) for time_us in times)

    return PacketTimes(
        head=relative(head),
        middle=relative(middle),
        tail=relative(tail),
        last_duration_s=Fraction(last.pictures.latest()[tail[-1]] if tail else 0, MICROSECONDS),
        discarded_count=_Discards.count([window.discards for window in windows]),
        picture_count=picture_count,
        longest_step_s=Fraction(longest_step_us, MICROSECONDS),
    )


def _three(windows: Sequence[PictureWindow]) -> tuple[list[int], list[int], list[int]]:
    """Return head, middle and tail without the pictures that a cut makes unsure."""
    if len(windows) == 1:
        pictures = windows[0].pictures
        middle = [] if pictures.are_all_kept else pictures.middle()
        return pictures.earliest(), _without_ends(middle), list(pictures.latest())
    if len(windows) != 3:
        raise ValueError(f"one window or three, not {len(windows)}")
    head = windows[0].pictures.earliest()
    tail = list(windows[2].pictures.latest())
    return (
        head[: len(head) - _unsure(head)],
        _without_ends(list(windows[1].pictures.latest())),
        tail[_unsure(tail) :],
    )


def _without_ends(times: Sequence[int]) -> list[int]:
    return list(times[_unsure(times) : len(times) - _unsure(times)])


def _unsure(times: Sequence[int]) -> int:
    return min(_REORDERED_PICTURES, len(times) // 4)


class _Pictures:
    """Times and durations in microseconds, taken in decoding order; some thousands are held."""

    def __init__(self) -> None:
        self.steps = _Steps()
        self._taken = 0
        # The earliest are kept with their sign turned: on top of the heap is what goes next.
        self._earliest: list[int] = []
        self._latest: list[tuple[int, int]] = []
        self._samples = _Samples()

    def take(self, time_us: int, duration_us: int) -> None:
        self._taken += 1
        keep = heappush if self.are_all_kept else heappushpop
        keep(self._earliest, -time_us)
        keep(self._latest, (time_us, duration_us))
        self._samples.take(time_us)
        self.steps.take(time_us)

    def since(self, time_us: int) -> _Pictures:
        """Return those of the latest that are not earlier than this."""
        pictures = _Pictures()
        for kept_us, duration_us in sorted(self._latest):
            if kept_us >= time_us:
                pictures.take(kept_us, duration_us)
        return pictures

    @property
    def are_all_kept(self) -> bool:
        return self._taken <= KEPT_PICTURES

    def earliest(self) -> list[int]:
        return sorted({-time_us for time_us in self._earliest})

    def latest(self) -> dict[int, int]:
        """Return time -> duration, in the order of time."""
        return dict(sorted(self._latest))

    def middle(self) -> list[int]:
        """Return a run from near the middle; near its ends some may be missing."""
        return sorted(set(self._samples.nearest(self._taken // 2)))


class _Steps:
    """How many pictures there are, and the longest time from one to the next."""

    def __init__(self) -> None:
        self._count = 0
        self._longest_us = 0
        self._before_us: int | None = None
        self._waiting: list[int] = []

    def take(self, time_us: int) -> None:
        heappush(self._waiting, time_us)
        if len(self._waiting) > _REORDERED_PICTURES:
            self._follow(heappop(self._waiting))

    def end(self) -> tuple[int, int]:
        """Take the last ones; return the count, each time once, and the step in microseconds."""
        while self._waiting:
            self._follow(heappop(self._waiting))
        return self._count, self._longest_us

    def _follow(self, time_us: int) -> None:
        if self._before_us is not None:
            self._longest_us = max(self._longest_us, time_us - self._before_us)
        self._count += time_us != self._before_us
        self._before_us = time_us


class _Samples:
    """Runs of pictures at even distances, ever farther apart, so that there are never many."""

    def __init__(self) -> None:
        self._runs: list[list[int]] = []
        self._distance = _SAMPLE_PICTURES
        self._taken = 0

    def take(self, time_us: int) -> None:
        if self._taken % self._distance == 0:
            self._runs.append([])
            if len(self._runs) > _MOST_SAMPLES:
                self._runs = self._runs[::2]
                self._distance *= 2
        self._taken += 1
        if len(self._runs[-1]) < _SAMPLE_PICTURES:
            self._runs[-1].append(time_us)

    def nearest(self, place: int) -> list[int]:
        """Return the run that starts nearest to the picture with this number."""
        number = min(range(len(self._runs)), key=lambda n: abs(n * self._distance - place))
        return self._runs[number]


class _Discards:
    """Packets that an edit list leaves out: windows may overlap, and each counts once."""

    def __init__(self) -> None:
        self._times_us: set[int | None] = set()
        self._more = 0

    def take(self, time_us: int | None) -> None:
        if len(self._times_us) < _MOST_DISCARDS:
            self._times_us.add(time_us)
        else:
            self._more += 1

    @staticmethod
    def count(discards: Sequence[_Discards]) -> int:
        times_us = set[int | None]().union(*(one._times_us for one in discards))
        return len(times_us) + sum(one._more for one in discards)
