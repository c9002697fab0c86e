"""Read back what was written and put it through the conformance gate."""

from __future__ import annotations

import json

from adapters.publisher import read_records
from adapters.services import Services
from transcoding import dash, hls, paths
from transcoding.conformance import (
    Headers,
    PublishedFiles,
    PublishedRendition,
    check,
    failures,
    head_size,
)
from transcoding.errors import StorageFailed
from transcoding.messages import Verdict
from transcoding.paths import RenditionFolder, WorkFolder
from transcoding.plan import Plan
from transcoding.records import ChunkRecord, join_chunks

_HEAD_BYTES = 16 * 1024
"""Holds the moof of a segment of 4 s at 60 fps several times over."""


def verify_outputs(services: Services, plan: Plan) -> Verdict:
    """Check every rule on the real files and keep the results for the report.

    Raises:
        StorageFailed: a file that was written is not there; worth another attempt.
    """
    records = read_records(services, plan)
    renditions = {key: join_chunks(chunks) for key, chunks in records.items()}
    files = PublishedFiles(
        plan=plan,
        master=hls.multivariant_playlist(plan, renditions),
        manifest=dash.manifest(plan, renditions),
        renditions=tuple(
            _read_back(services, plan, key, chunks) for key, chunks in records.items()
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
    services: Services, plan: Plan, key: str, chunks: tuple[ChunkRecord, ...]
) -> PublishedRendition:
    folder = plan.folder(key)
    is_video = any(rung.key == key for rung in plan.rungs)
    sizes = {blob.path: blob.size_bytes for blob in services.store.list_folder(folder)}
    segments = _segment_paths(folder, chunks)
    missing = [path for path in segments if path not in sizes]
    if missing:
        raise StorageFailed(f"{len(missing)} segments are missing", on=missing[0])
    return PublishedRendition(
        key=key,
        kind="video" if is_video else "audio",
        init=_read(services, folder.path(paths.INIT)),
        heads=tuple(_read_heads(services, segments)),
        sizes_bytes=tuple(sizes[path] for path in segments),
        media_playlist=_read(services, folder.path(paths.MEDIA_PLAYLIST)).decode(),
        iframe_playlist=_read(services, folder.path(paths.IFRAME_PLAYLIST)).decode()
        if is_video
        else None,
        records=chunks,
    )


def _segment_paths(folder: RenditionFolder, chunks: tuple[ChunkRecord, ...]) -> list[str]:
    return [
        folder.path(paths.segment_file(segment.number))
        for chunk in chunks
        for segment in chunk.segments
    ]


def _read_heads(services: Services, segments: list[str]) -> list[bytes]:
    heads = []
    for path, head in zip(segments, services.store.read_heads(segments, _HEAD_BYTES), strict=True):
        needed = head_size(head)
        is_cut = len(head) == _HEAD_BYTES and needed > _HEAD_BYTES
        whole = services.store.read_heads([path], needed)[0] if is_cut else head
        # A film has thousands of segments: only what the gate wants is kept.
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
