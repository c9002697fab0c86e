"""Read back what was written and put it through the conformance gate."""

from __future__ import annotations

import json
import logging

from adapters.publisher import read_records
from adapters.services import Services
from transcoding.conformance import (
    Headers,
    PublishedFiles,
    PublishedRendition,
    check,
    failures,
    head_size,
)
from transcoding.errors import StorageFailed
from transcoding.job import paths
from transcoding.job.messages import Verdict
from transcoding.job.paths import RenditionFolder, WorkFolder
from transcoding.job.records import ChunkRecord, join_chunks
from transcoding.manifests import dash, hls
from transcoding.plan.plan import Plan

_log = logging.getLogger("durable_vod.verify")

_HEAD_BYTES = 16 * 1024
"""Holds the moof of a segment of 4 s at 60 fps several times over."""

_HEADS_AT_ONCE = 512
"""A film has thousands of segments: of few only is more kept than the gate wants."""


def verify_outputs(services: Services, plan: Plan) -> Verdict:
    """Check every rule on the real files and keep the results for the report.

    Raises:
        StorageFailed: a file that was written is not there; worth another attempt.
    """
    records = read_records(services, plan)
    sizes = {
        blob.path: blob.size_bytes
        for key in records
        for blob in services.store.list_folder(plan.folder(key))
    }
    undone = _withdraw_wrong_chunks(services, plan, records, sizes)
    if undone:
        return Verdict(checked=0, failed=(), undone=undone)
    renditions = {key: join_chunks(chunks) for key, chunks in records.items()}
    files = PublishedFiles(
        plan=plan,
        master=hls.multivariant_playlist(plan, renditions),
        manifest=dash.manifest(plan, renditions),
        renditions=tuple(
            _read_back(services, plan, key, chunks, sizes) for key, chunks in records.items()
        ),
        headers=_headers(services, plan, records),
    )
    results = check(files)
    services.store.write_conformance(
        WorkFolder.of(plan.job), json.dumps([result.to_json() for result in results]).encode()
    )
    return Verdict(
        checked=sum(result.applies for result in results),
        failed=tuple(f"{result.rule}: {result.detail}" for result in failures(results)),
    )


def _read_back(
    services: Services,
    plan: Plan,
    key: str,
    chunks: tuple[ChunkRecord, ...],
    sizes_bytes: dict[str, int],
) -> PublishedRendition:
    folder = plan.folder(key)
    is_video = any(rung.key == key for rung in plan.rungs)
    segments = _segment_paths(folder, chunks)
    return PublishedRendition(
        key=key,
        kind="video" if is_video else "audio",
        init=_read(services, folder.path(paths.INIT)),
        heads=tuple(_read_heads(services, segments)),
        sizes_bytes=tuple(sizes_bytes[path] for path in segments),
        media_playlist=_read(services, folder.path(paths.MEDIA_PLAYLIST)).decode(),
        iframe_playlist=_read(services, folder.path(paths.IFRAME_PLAYLIST)).decode()
        if is_video
        else None,
        records=chunks,
    )


def _withdraw_wrong_chunks(
    services: Services,
    plan: Plan,
    records: dict[str, tuple[ChunkRecord, ...]],
    sizes_bytes: dict[str, int],
) -> int:
    """Take the done-marker from each chunk that is not stored as it says; return how many.

    Encoding the same chunk twice gives other bits (x264 with a buffer and several threads), so two
    attempts that write over each other may leave some segments of each. With its marker such a
    chunk would fail every run of the job.
    """
    wrong = [
        (plan.folder(key), chunk.index)
        for key, chunks in records.items()
        for chunk in chunks
        if not _is_stored(plan.folder(key), chunk, sizes_bytes)
    ]
    for folder, index in wrong:
        services.store.withdraw_marker(folder, index)
        _log.warning("chunk %d of %s is not stored as it was encoded", index, folder.path())
    return len(wrong)


def _is_stored(folder: RenditionFolder, chunk: ChunkRecord, sizes_bytes: dict[str, int]) -> bool:
    return all(
        sizes_bytes.get(folder.path(paths.segment_file(segment.number))) == segment.size_bytes
        for segment in chunk.segments
    )


def _segment_paths(folder: RenditionFolder, chunks: tuple[ChunkRecord, ...]) -> list[str]:
    return [
        folder.path(paths.segment_file(segment.number))
        for chunk in chunks
        for segment in chunk.segments
    ]


def _read_heads(services: Services, segments: list[str]) -> list[bytes]:
    heads = []
    for first in range(0, len(segments), _HEADS_AT_ONCE):
        batch = segments[first : first + _HEADS_AT_ONCE]
        for path, head in zip(batch, services.store.read_heads(batch, _HEAD_BYTES), strict=True):
            needed = head_size(head)
            is_cut = len(head) == _HEAD_BYTES and needed > _HEAD_BYTES
            whole = services.store.read_heads([path], needed)[0] if is_cut else head
            heads.append(whole[:needed])
    return heads


def _read(services: Services, path: str) -> bytes:
    body = services.store.videos.read(path)
    if body is None:
        raise StorageFailed("read back", on=path, advice="it was written a moment ago")
    return body


def _headers(
    services: Services, plan: Plan, records: dict[str, tuple[ChunkRecord, ...]]
) -> dict[str, Headers]:
    """Return the headers of a sample: what is equal for the first and last segment is for all."""
    sample: list[str] = []
    for key, chunks in records.items():
        folder = plan.folder(key)
        segments = _segment_paths(folder, chunks)
        sample += [folder.path(paths.INIT), segments[0], segments[-1]]
        sample.append(folder.path(paths.MEDIA_PLAYLIST))
        if any(rung.key == key for rung in plan.rungs):
            sample.append(folder.path(paths.IFRAME_PLAYLIST))
    found = services.store.video_properties(sample)
    return {
        path: Headers(p.content_type, p.content_encoding, p.cache_control)
        for path, p in found.items()
    }
