"""Boxes, whose claimed sizes are never trusted."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

import pytest

from transcoding.packaging.boxes import walk


def _box(kind: bytes, payload: bytes, *, layout: str = "32") -> bytes:
    if layout == "64":
        return struct.pack(">I4sQ", 1, kind, 16 + len(payload)) + payload
    size = 0 if layout == "to the end" else 8 + len(payload)
    return struct.pack(">I4s", size, kind) + payload


def _kinds(data: bytes) -> list[tuple[str, int, int]]:
    stream: BinaryIO = io.BytesIO(data)
    return [(box.kind, box.payload_start, box.end) for box in walk(stream)]


def test_boxes_of_every_size_notation() -> None:
    """Sizes of 32 and 64 bits, and 0 for a box that reaches to the end."""
    data = _box(b"aaaa", b"12") + _box(b"bbbb", b"345", layout="64")
    data += _box(b"cccc", b"6789", layout="to the end")

    assert _kinds(data) == [("aaaa", 8, 10), ("bbbb", 26, 29), ("cccc", 37, 41)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (struct.pack(">I4s", 9, b"free"), "claims 9 bytes where 8 are left"),
        (struct.pack(">I4s", 7, b"free"), "claims 7 bytes"),
        (struct.pack(">I4sQ", 1, b"free", 2**63), "claims 9223372036854775808 bytes"),
        (struct.pack(">I4sQ", 1, b"free", 15), "claims 15 bytes"),
        (struct.pack(">I4sI", 1, b"free", 16), "cut short"),
        (b"\x00\x00\x00", "cut short"),
    ],
    ids=["too long", "smaller than its header", "huge", "small 64", "half a size", "no header"],
)
def test_boxes_that_lie_about_their_size(data: bytes, reason: str) -> None:
    """A size that cannot be is ValueError."""
    with pytest.raises(ValueError, match=reason):
        _kinds(data)
