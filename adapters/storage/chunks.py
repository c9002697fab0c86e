"""Judging what is stored of a track: which chunks are done, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from adapters.storage.port import ListedBlob
from transcoding.job import paths
from transcoding.job.records import ChunkRecord, Segment

WITHDRAWN = b'{"withdrawn": true}'
"""Stands in a marker's place while its chunk is being removed."""
_BEING_REMOVED = "it is being removed"


class Span(Protocol):
    """The segments of one chunk; `transcoding.source.timeline.Chunk` is one."""

    @property
    def index(self) -> int: ...

    @property
    def first_segment(self) -> int: ...

    @property
    def segment_count(self) -> int: ...


class Marker(NamedTuple):
    """What stands in the place of a done-marker.

    Attributes:
        record: None where there is no marker, or none that can be used.
        reason: why the one that is there cannot be used, for a log; "" otherwise.
        etag: None where there is none.
    """

    record: ChunkRecord | None
    reason: str = ""
    etag: str | None = None


@dataclass(frozen=True)
class ChunkState:
    """Whether a chunk is done: usable, missing (no marker), or unusable with a reason.

    Attributes:
        record: its done-marker, where that and all that it speaks of is there; None otherwise.
        reason, etag: as in `Marker`.
    """

    index: int
    segment_files: tuple[str, ...]
    record: ChunkRecord | None
    reason: str
    etag: str | None

    @property
    def is_unusable(self) -> bool:
        """Whether something that claims to be done has to be removed."""
        return self.record is None and self.etag is not None

    @property
    def is_withdrawn(self) -> bool:
        """Whether somebody is removing it, or died or stands still over that."""
        return self.reason == _BEING_REMOVED


class FolderState(NamedTuple):
    """What one listing and the markers say of a track's folder.

    Attributes:
        files: what is stored, by file name.
        is_init_wrong: an init.mp4 is stored, there are markers, and none of them agrees with it.
    """

    chunks: tuple[ChunkState, ...]
    files: Mapping[str, ListedBlob]
    is_init_wrong: bool

    @property
    def records(self) -> tuple[ChunkRecord, ...]:
        """Of the usable chunks, in order."""
        return tuple(chunk.record for chunk in self.chunks if chunk.record)

    @property
    def undone(self) -> tuple[int, ...]:
        """Indexes of the chunks that have to be encoded (once more)."""
        return tuple(chunk.index for chunk in self.chunks if not chunk.record)

    @property
    def unusable(self) -> tuple[ChunkState, ...]:
        return tuple(chunk for chunk in self.chunks if chunk.is_unusable)


def read_record(body: bytes, key: str, index: int) -> Marker:
    """Read a done-marker; whatever its bytes are, nothing is raised."""
    if body == WITHDRAWN:
        return Marker(None, _BEING_REMOVED)
    try:
        record = ChunkRecord.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return Marker(None, f"it cannot be read: {where} {first['msg']}"[:200])
    if (record.key, record.index) != (key, index):
        return Marker(None, f"it is that of chunk {record.index} of {record.key}"[:200])
    return Marker(record)


def judge_chunk(span: Span, marker: Marker, files: Mapping[str, ListedBlob]) -> ChunkState:
    """Say whether all that a marker speaks of is stored as it says."""
    numbers = range(span.first_segment, span.first_segment + span.segment_count)
    names = tuple(paths.segment_file(number) for number in numbers)
    record, reason = marker.record, marker.reason
    if record is not None:
        if tuple(paths.segment_file(segment.number) for segment in record.segments) != names:
            reason = "it speaks of other segments than planned"
        else:
            reason = _init_reason(record, files) or _segment_reason(record.segments, files)
    return ChunkState(span.index, names, None if reason else record, reason, marker.etag)


def agrees_with_init(record: ChunkRecord, init: ListedBlob) -> bool:
    return (init.size_bytes, init.md5) == (record.init_size_bytes, record.init_md5)


def _init_reason(record: ChunkRecord, files: Mapping[str, ListedBlob]) -> str:
    init = files.get(paths.INIT)
    if init is None:
        return f"{paths.INIT} is gone"
    return "" if agrees_with_init(record, init) else f"it speaks of another {paths.INIT}"


def _segment_reason(segments: Iterable[Segment], files: Mapping[str, ListedBlob]) -> str:
    for segment in segments:
        name = paths.segment_file(segment.number)
        stored = files.get(name)
        if stored is None:
            return f"{name} is gone"
        if (stored.size_bytes, stored.md5) != (segment.size_bytes, segment.md5):
            return f"it speaks of another {name}"
    return ""
