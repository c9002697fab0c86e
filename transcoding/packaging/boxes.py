"""ISO base media boxes (ISO/IEC 14496-12, 4.2), whose claimed sizes are never trusted."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

_SIZE_TO_END = 0
_SIZE_IS_64_BIT = 1


class Box(NamedTuple):
    """Where a box stands: byte offsets in its stream."""

    kind: str
    start: int
    payload_start: int
    end: int


def walk(stream: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes that lie side by side in a range of bytes; payloads are not read.

    Args:
        end: where the enclosing box or the stream ends; None is the stream's end.

    Raises:
        ValueError: a box is smaller than its header or reaches beyond `end`.
    """
    limit = stream.seek(0, io.SEEK_END)
    end = limit if end is None else min(end, limit)
    while start < end:
        stream.seek(start)
        header = stream.read(min(16, end - start))
        size, name = unpack(">I4s", header)
        header_size = 8
        if size == _SIZE_IS_64_BIT:
            (size,) = unpack(">Q", header, 8)
            header_size = 16
        elif size == _SIZE_TO_END:
            size = end - start
        kind = name.decode("latin-1")
        if size < header_size or size > end - start:
            raise ValueError(
                f"box {kind!r} at byte {start} claims {size} bytes where {end - start} are left"
            )
        yield Box(kind, start, start + header_size, start + size)
        start += size


def read_payload(stream: BinaryIO, box: Box, max_bytes: int) -> bytes:
    """Return what a box holds.

    Raises:
        ValueError: it is longer than `max_bytes`, or the stream has become shorter.
    """
    size = box.end - box.payload_start
    if size > max_bytes:
        raise ValueError(f"box {box.kind!r} holds {size} bytes; at most {max_bytes} are read")
    stream.seek(box.payload_start)
    payload = stream.read(size)
    if len(payload) != size:
        raise ValueError(f"box {box.kind!r} is cut short")
    return payload


def children(payload: bytes, skip: int = 0) -> tuple[tuple[str, bytes], ...]:
    """Return the boxes inside a payload, each as its type and its own payload.

    Args:
        skip: bytes of fields before the first box.

    Raises:
        ValueError: as in `walk`, or there are less than `skip` bytes.
    """
    if len(payload) < skip:
        raise ValueError(f"{len(payload)} bytes cannot hold {skip} bytes of fields")
    found = walk(io.BytesIO(payload), skip)
    return tuple((box.kind, payload[box.payload_start : box.end]) for box in found)


def only_child(boxes: tuple[tuple[str, bytes], ...], kind: str) -> bytes:
    """Return the payload of the one box of this type.

    Raises:
        ValueError: there is none, or more than one.
    """
    payloads = [payload for name, payload in boxes if name == kind]
    if len(payloads) != 1:
        raise ValueError(f"{len(payloads)} boxes {kind!r} where one is expected")
    return payloads[0]


def full_box(payload: bytes) -> tuple[int, int]:
    """Return version and flags, the first four bytes of a FullBox.

    Raises:
        ValueError: the payload is shorter than that.
    """
    (word,) = unpack(">I", payload)
    return word >> 24, word & 0xFFFFFF


def unpack(layout: str, data: bytes, offset: int = 0) -> tuple[Any, ...]:
    """Read big-endian fields as `struct.unpack_from` does.

    Raises:
        ValueError: the data ends before the fields do.
    """
    try:
        return struct.unpack_from(layout, data, offset)
    except struct.error as error:
        raise ValueError(f"cut short: {error}") from error
