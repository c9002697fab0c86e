"""A reader of AAC frames (ISO/IEC 14496-3, 4.4.2) that goes as far as the first window."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg

_SCE, _CPE, _FIL = 0, 1, 6
_ESCAPED_COUNT = 15
_ADTS_HEADER_BYTES = 7


class Window(NamedTuple):
    """How the first channel of a frame is windowed.

    Attributes:
        common: whether both channels of a pair share the window.
        sequence: 0 only long, 1 long start, 2 eight short, 3 long stop.
        shape: 0 sine, 1 Kaiser-Bessel derived.
    """

    common: bool
    sequence: int
    shape: int


def aac_frames(file: Path) -> list[bytes]:
    """Return the raw data block of every frame of an MP4's sound."""
    stream = subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", str(file)),
            *("-c", "copy", "-f", "adts", "-"),
        ],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    frames = []
    position = 0
    while position < len(stream):
        size = (
            (stream[position + 3] & 3) << 11 | stream[position + 4] << 3 | stream[position + 5] >> 5
        )
        frames.append(stream[position + _ADTS_HEADER_BYTES : position + size])
        position += size
    return frames


def read_window(frame: bytes) -> Window:
    """Return the first window of a raw data block.

    Raises:
        ValueError: it does not begin with a channel or a pair of them.
    """
    bits = _Bits(frame)
    while (element := bits.take(3)) == _FIL:
        count = bits.take(4)
        if count == _ESCAPED_COUNT:
            count += bits.take(8) - 1
        bits.take(8 * count)
    if element not in (_SCE, _CPE):
        raise ValueError(f"the frame begins with element {element}")
    element_tag = 4
    bits.take(element_tag)
    common = element == _CPE and bits.take(1) == 1
    if not common:
        global_gain = 8
        bits.take(global_gain)
    ics_reserved = 1
    bits.take(ics_reserved)
    return Window(common=common, sequence=bits.take(2), shape=bits.take(1))


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)
