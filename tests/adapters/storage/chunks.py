"""Chunks of two segments as two attempts at them encode them: fit together, never the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from adapters.storage.files import md5_of
from tests.transcoding.builders import a_chunk_record
from transcoding.job.paths import RenditionFolder
from transcoding.job.records import ChunkRecord, Segment
from transcoding.source.timeline import Chunk

FOLDER = RenditionFolder("a b/clip #1.mp4", "~0123456789ab", "h264-1")
INIT = b"the init segment"


def span(index: int) -> Chunk:
    """Give chunk `index` of two segments of 4 s at 30 fps."""
    return Chunk(
        index=index,
        first_frame=240 * index,
        frame_count=240,
        first_segment=2 * index + 1,
        segment_count=2,
    )


def files_of(index: int, attempt: str = "A", init: bytes = INIT) -> dict[str, bytes]:
    """Give init.mp4 and the two segments of a chunk, as this attempt encoded them."""
    first = span(index).first_segment
    segments = {f"{n:05d}.m4s": f"segment {n} by {attempt}".encode() for n in (first, first + 1)}
    return {"init.mp4": init, **segments}


def record_of(index: int, files: Mapping[str, bytes], **changes: Any) -> ChunkRecord:
    """Describe what is stored of a chunk."""
    init = files["init.mp4"]
    return a_chunk_record(
        index,
        init_sha256=hashlib.sha256(init).hexdigest(),
        init_md5=md5_of(init),
        init_size_bytes=len(init),
        segments=tuple(
            Segment(
                number=int(file.removesuffix(".m4s")),
                decode_time=0,
                duration=120_000,
                size_bytes=len(body),
                keyframe_bytes=1,
                frame_count=120,
                md5=md5_of(body),
            )
            for file, body in sorted(files.items())
            if file.endswith(".m4s")
        ),
        **changes,
    )
