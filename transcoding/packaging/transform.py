"""What happens to a file between being split and being stored: nothing today, encryption later."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


def keep(body: bytes) -> bytes:
    """Store what FFmpeg wrote."""
    return body


class SegmentTransform(NamedTuple):
    """Turns what FFmpeg wrote into what is stored; the done-marker tells of the latter.

    The same bytes in give the same bytes out, in whatever attempt.

    Attributes:
        init, segment: for the init segment, and for each media segment.
    """

    init: Callable[[bytes], bytes] = keep
    segment: Callable[[bytes], bytes] = keep


IDENTITY = SegmentTransform()
