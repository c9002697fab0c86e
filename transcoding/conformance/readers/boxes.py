"""A reader of boxes, apart from the one that the writers use (ISO/IEC 14496-12, section 4.2).

It reads an init segment, or the start of a media segment of which most may be missing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_HEADER_BYTES = 8


@dataclass(frozen=True)
class Box:
    """A box as positions in `data`; nothing outside it is ever read.

    Attributes:
        start: of the header.
        payload: first byte after the header.
        end: one past the last byte; beyond the data for a media data box whose rest is missing.
    """

    data: bytes
    kind: str
    start: int
    payload: int
    end: int

    def children(self, skip: int = 0) -> tuple[Box, ...]:
        """Return the boxes inside, `skip` bytes into the payload.

        Raises:
            ValueError: one of them is larger than this box.
        """
        return _boxes(self.data, self.payload + skip, self.end)

    def find(self, *path: str) -> tuple[Box, ...]:
        """Return all boxes at a path such as "moov", "trak"."""
        found: tuple[Box, ...] = (self,)
        for kind in path:
            found = tuple(child for box in found for child in box.children() if child.kind == kind)
        return found

    def one(self, *path: str) -> Box:
        """Return the only box at a path.

        Raises:
            ValueError: there is none, or several.
        """
        found = self.find(*path)
        if len(found) != 1:
            raise ValueError(f"{len(found)} boxes at {self.kind}/{'/'.join(path)}, 1 expected")
        return found[0]

    def unpack(self, layout: str, offset: int = 0) -> tuple[int, ...]:
        """Read big-endian integers `offset` bytes into the payload.

        Raises:
            ValueError: the box ends before them.
        """
        start = self.payload + offset
        size = struct.calcsize(">" + layout)
        if start + size > min(self.end, len(self.data)):
            raise ValueError(f"{self.kind} at {self.start} ends too early")
        return struct.unpack_from(">" + layout, self.data, start)

    def integer(self, layout: str, offset: int = 0) -> int:
        """Read one big-endian integer."""
        return self.unpack(layout, offset)[0]

    @property
    def version(self) -> int:
        """Version of a full box."""
        return self.integer("B")

    @property
    def flags(self) -> int:
        """Flags of a full box."""
        return self.integer("I") & 0xFFFFFF

    @property
    def content(self) -> bytes:
        """The payload's bytes, as far as they are there."""
        return self.data[self.payload : self.end]


def read_file(data: bytes) -> Box:
    """Return a nameless box that holds all top-level boxes of `data`.

    Its last box may be an `mdat` whose end is missing.
    """
    return Box(data, "file", 0, 0, len(data))


def _boxes(data: bytes, start: int, end: int) -> tuple[Box, ...]:
    boxes = []
    while start < end:
        box = _box(data, start, end)
        boxes.append(box)
        start = box.end
    return tuple(boxes)


def _box(data: bytes, start: int, end: int) -> Box:
    if end - start < _HEADER_BYTES:
        raise ValueError(f"{end - start} stray bytes at {start}")
    size, name = struct.unpack_from(">I4s", data, start)
    kind, header = name.decode("latin-1"), _HEADER_BYTES
    if size == 1:
        if end - start < 2 * _HEADER_BYTES:
            raise ValueError(f"{kind!r} at {start} ends inside its header")
        (size,) = struct.unpack_from(">Q", data, start + _HEADER_BYTES)
        header = 2 * _HEADER_BYTES
    elif size == 0:
        size = end - start
    if size < header:
        raise ValueError(f"{kind!r} at {start} claims {size} bytes")
    if start + size > end and kind != "mdat":
        raise ValueError(f"{kind!r} at {start} claims {size} bytes, {end - start} are there")
    return Box(data, kind, start, start + header, start + size)


MEDIA_BYTES = 2048
"""How much of the first sample is wanted: its first slice stands behind other NAL units."""


def head_size(start: bytes) -> int:
    """Return how many bytes of a segment the gate wants, told by its first ones.

    When that is more than was given, ask again with as many. The segment may be smaller than the
    answer. Of a segment without a `moof` no more is wanted: the rules say what is wrong with it.
    """
    position = 0
    while position + 2 * _HEADER_BYTES <= len(start):
        size, name = struct.unpack_from(">I4s", start, position)
        if size == 1:
            (size,) = struct.unpack_from(">Q", start, position + _HEADER_BYTES)
        if size < _HEADER_BYTES or name == b"mdat":
            return len(start)
        position += int(size)
        if name == b"moof":
            return position + 2 * _HEADER_BYTES + MEDIA_BYTES
    return position + 2 * _HEADER_BYTES
