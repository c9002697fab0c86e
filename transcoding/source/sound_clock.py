"""How a container writes the times of a sound track."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from transcoding.values import Value

_GRID_SAMPLES = {
    "aac": 1024,
    "ac3": 256,
    "eac3": 256,
    "mp2": 1152,
    "mp3": 576,
    "opus": 480,
    "vorbis": 64,
}
"""Of which every frame is a multiple; AAC-LC has 1,024 samples, HE-AAC 2,048. Vorbis changes
between blocks of powers of two, of which a quarter of two neighbours is heard at a time."""

_PACKET = re.compile(r"stream_index=(\d+)\|pts=(-?\d+)")


class PacketClock(Value):
    """What undoes the rounding of a container's times.

    Containers round: Matroska, FLV and ASF to milliseconds, MPEG-TS to 1/90000 s. A decoder that
    starts at the beginning counts samples from there and never sees it; one that starts in the
    middle has a rounded time for its first sample. Packets are a whole number of samples apart, so
    the rounding can be undone.

    Attributes:
        codec: as ffprobe names it.
        first_s: the container's own time of the very first packet of the track (its pts, also
            where a decoder leaves its first samples out).
        tick_s: the track's time base.
    """

    codec: str
    first_s: Fraction
    tick_s: Fraction

    @property
    def grid_samples(self) -> int | None:
        """How many samples every frame is a multiple of; None where all frames are equal."""
        return _GRID_SAMPLES.get(self.codec)


class FirstPackets:
    """Takes what `probing.probe_clocks` writes, line by line, and keeps each track's first time."""

    def __init__(self) -> None:
        self._first_pts: dict[int, int] = {}

    def take(self, line: str) -> None:
        found = _PACKET.match(line)
        if found:
            self._first_pts.setdefault(int(found[1]), int(found[2]))

    def clock(self, stream: Mapping[str, Any]) -> PacketClock | None:
        """Return the clock of a stream of ffprobe; None where it has no packet so early."""
        first_pts = self._first_pts.get(int(stream["index"]))
        if first_pts is None:
            return None
        tick_s = Fraction(stream["time_base"])
        return PacketClock(
            codec=str(stream["codec_name"]), first_s=first_pts * tick_s, tick_s=tick_s
        )
