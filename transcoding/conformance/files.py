"""What the gate is given: published files as storage returns them, and what must be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from transcoding.conformance.expected import Expected
from transcoding.job.records import ChunkRecord


class Headers(NamedTuple):
    """HTTP headers of a file, as storage returns them; "" where there is none."""

    content_type: str
    content_encoding: str
    cache_control: str


@dataclass(frozen=True)
class PublishedRendition:
    """One track of picture or sound.

    Attributes:
        init: the whole init segment.
        heads: the first bytes of each segment, as many as `head_size` asks for.
        sizes_bytes: of each segment, as storage lists them.
        media_playlist, iframe_playlist: their text, after gzip is undone; sound has no I-frames.
        records: the done-markers of all chunks, in order.
    """

    key: str
    kind: Literal["video", "audio"]
    init: bytes
    heads: tuple[bytes, ...]
    sizes_bytes: tuple[int, ...]
    media_playlist: str
    iframe_playlist: str | None
    records: tuple[ChunkRecord, ...]


@dataclass(frozen=True)
class PublishedFiles:
    """Everything that a publish consists of.

    Attributes:
        master, manifest: text of the multivariant playlist and of the MPD, which are not in
            storage yet.
        headers: by path in the container: for each rendition those of its init segment, its
            first and last segment and its playlists; also those of the stable names once they
            are published.
    """

    expected: Expected
    master: str
    manifest: str
    renditions: tuple[PublishedRendition, ...]
    headers: Mapping[str, Headers] = field(default_factory=dict)
