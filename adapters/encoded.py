"""Files as FFmpeg wrote them: read, decoded once, held against what was planned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from adapters.storage.files import FileSlice, bytes_of, md5_of
from transcoding.codecs import AudioCodec, VideoCodec
from transcoding.errors import OutputMismatch, ToolFailed
from transcoding.job import paths
from transcoding.job.records import ChunkRecord, Segment
from transcoding.packaging.cmaf import Fragment, InitSegment, read_init, split_file
from transcoding.packaging.transform import IDENTITY, SegmentTransform, keep


class Encoded(NamedTuple):
    """A fragmented MP4 of one track, read.

    Attributes:
        init: bytes of its header.
        fragments: a segment each.
        first_segment: number of the first, counted from 1.
        transform: between what FFmpeg wrote and what is stored.
    """

    path: Path
    init: bytes
    header: InitSegment
    fragments: tuple[Fragment, ...]
    first_segment: int
    transform: SegmentTransform = IDENTITY

    @property
    def duration_ticks(self) -> int:
        return sum(fragment.duration for fragment in self.fragments)

    @property
    def frame_count(self) -> int:
        return sum(fragment.frame_count for fragment in self.fragments)

    def files(self) -> Mapping[str, bytes | FileSlice]:
        """Return init segment and segments as they are stored, by their file names."""
        files: dict[str, bytes | FileSlice] = {paths.INIT: self.transform.init(self.init)}
        for number, fragment in enumerate(self.fragments, start=self.first_segment):
            part = FileSlice(self.path, fragment.offset, fragment.size_bytes)
            # What stays as it is need not be read before it is uploaded.
            is_kept = self.transform.segment is keep
            file = paths.segment_file(number)
            files[file] = part if is_kept else self.transform.segment(part.read())
        return files

    def record(self, key: str, index: int) -> ChunkRecord:
        """Return the done-marker of the chunk that is stored of this file."""
        files = self.files()
        init = bytes_of(files[paths.INIT])
        return ChunkRecord(
            key=key,
            index=index,
            timescale=self.header.timescale,
            codec=self.header.codec,
            init_sha256=hashlib.sha256(init).hexdigest(),
            init_md5=md5_of(init),
            init_size_bytes=len(init),
            segments=tuple(
                _segment(number, fragment, bytes_of(files[paths.segment_file(number)]))
                for number, fragment in enumerate(self.fragments, start=self.first_segment)
            ),
        )


def _segment(number: int, fragment: Fragment, stored: bytes) -> Segment:
    return Segment(
        number=number,
        decode_time=fragment.decode_time,
        duration=fragment.duration,
        size_bytes=len(stored),
        keyframe_bytes=fragment.keyframe_bytes,
        frame_count=fragment.frame_count,
        md5=md5_of(stored),
    )


class Expected(NamedTuple):
    """What a chunk of a track must be: exactly so many frames, ticks and segments.

    Attributes:
        decode_time: of its first frame, in ticks of the track.
    """

    frames: int
    ticks: int
    segments: int
    decode_time: int


def read_encoded(path: Path, codec: VideoCodec | AudioCodec, first_segment: int) -> Encoded:
    """Read a file.

    Raises:
        ToolFailed: it is damaged.
    """
    try:
        with path.open("rb") as stream:
            init, fragments = split_file(stream, codec)
        return Encoded(path, init, read_init(init, codec), fragments, first_segment)
    except ValueError as damage:
        raise ToolFailed(
            "encoded output cannot be read", advice=str(damage), exit_code=0
        ) from damage


def hold(encoded: Encoded, expected: Expected, *, on: str) -> None:
    """Hold a file against what was planned.

    Raises:
        OutputMismatch: it differs, and another attempt would give the same.
    """
    starts_at = encoded.fragments[0].decode_time if encoded.fragments else -1
    found = Expected(encoded.frame_count, encoded.duration_ticks, len(encoded.fragments), starts_at)
    continuous = all(
        after.decode_time == before.decode_time + before.duration
        for before, after in zip(encoded.fragments, encoded.fragments[1:], strict=False)
    )
    if found != expected or not continuous:
        raise OutputMismatch(
            f"output has {found.frames} frames, {found.ticks} ticks, {found.segments} segments "
            f"from tick {found.decode_time} on"
            + ("" if continuous else ", with gaps between them,")
            + f" instead of {expected.frames}, {expected.ticks}, {expected.segments} "
            f"from {expected.decode_time}",
            on=on,
            advice="the source is not what probing took it for; please report it",
        )
