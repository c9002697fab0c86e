"""Step: the conformance gate, over what is read back from storage."""

from __future__ import annotations

import json

import azure.durable_functions as df

from activities.collected import read_collected
from activities.healing import encode_again
from activities.runner import run_step
from adapters.services import Services
from adapters.storage.chunks import Marker, judge_chunk
from transcoding.conformance import (
    Headers,
    PublishedFiles,
    PublishedRendition,
    check,
    expect,
    failures,
    head_size,
)
from transcoding.errors import EncodeAgain
from transcoding.job import paths
from transcoding.job.collected import Collected
from transcoding.job.messages import Verdict
from transcoding.job.paths import WorkFolder
from transcoding.job.records import ChunkRecord
from transcoding.manifests import dash, hls
from transcoding.plan.plan import Plan
from transcoding.plan.release import Release
from transcoding.tracks.track import AudioTrack, VideoTrack

blueprint = df.Blueprint()

_HEAD_BYTES = 16 * 1024
"""Holds the moof of a segment of 4 s at 60 fps several times over."""

_HEADS_AT_ONCE = 512
"""A film has thousands of segments: of few only is more kept than the gate wants."""


@blueprint.activity_trigger(input_name="message")
def verify_outputs(message: dict) -> dict:
    """Plan -> Verdict."""
    return run_step("verify_outputs", message, Plan, verify)


def verify(services: Services, plan: Plan) -> Verdict:
    """Check every rule on the real files and keep the results for the report.

    Raises:
        EncodeAgain, PlanAgain: something is not stored as it was written.
    """
    collected = read_collected(services, plan)
    renditions = collected.renditions()
    release = Release.whole(plan)
    files = PublishedFiles(
        expected=expect(plan),
        master=hls.multivariant_playlist(release, renditions),
        manifest=dash.manifest(release, renditions),
        renditions=tuple(
            _read_back(services, plan, track, collected.records[track.key]) for track in plan.tracks
        ),
        headers=_headers(services, plan, collected),
    )
    results = check(files)
    services.stores.notes.write_conformance(
        WorkFolder.of(plan.job), json.dumps([result.to_json() for result in results]).encode()
    )
    return Verdict(
        checked=sum(result.applies for result in results),
        failed=tuple(f"{result.rule}: {result.detail}" for result in failures(results)),
    )


def _read_back(
    services: Services,
    plan: Plan,
    track: VideoTrack | AudioTrack,
    chunks: tuple[ChunkRecord, ...],
) -> PublishedRendition:
    folder = plan.folder(track.key)
    listed = services.stores.renditions.list_folder(folder)
    stored = {blob.path.removeprefix(folder.path()): blob for blob in listed}
    for span, record in zip(track.timeline.chunks(), chunks, strict=True):
        judged = judge_chunk(span, Marker(record), stored)
        if judged.record is None:
            encode_again(services, plan, track.key, f"chunk {span.index}: {judged.reason}")
    files = [paths.INIT, paths.MEDIA_PLAYLIST]
    files += [paths.IFRAME_PLAYLIST] if track.kind == "video" else []
    bodies = services.stores.renditions.read_files(folder, files)
    missing = [file for file in files if file not in bodies]
    if missing:
        raise EncodeAgain(f"{missing[0]} is gone", on=folder.path())
    segments = _segment_files(chunks)
    return PublishedRendition(
        key=track.key,
        kind=track.kind,
        init=bodies[paths.INIT],
        heads=tuple(_read_heads(services, [folder.path(file) for file in segments])),
        sizes_bytes=tuple(stored[file].size_bytes for file in segments),
        media_playlist=bodies[paths.MEDIA_PLAYLIST].decode(),
        iframe_playlist=bodies[paths.IFRAME_PLAYLIST].decode() if len(files) == 3 else None,
        records=chunks,
    )


def _segment_files(chunks: tuple[ChunkRecord, ...]) -> list[str]:
    return [paths.segment_file(segment.number) for chunk in chunks for segment in chunk.segments]


def _read_heads(services: Services, segments: list[str]) -> list[bytes]:
    read_heads = services.stores.renditions.read_heads
    heads = []
    for first in range(0, len(segments), _HEADS_AT_ONCE):
        batch = segments[first : first + _HEADS_AT_ONCE]
        for path, head in zip(batch, read_heads(batch, _HEAD_BYTES), strict=True):
            needed = head_size(head)
            is_cut = len(head) == _HEAD_BYTES and needed > _HEAD_BYTES
            whole = read_heads([path], needed)[0] if is_cut else head
            heads.append(whole[:needed])
    return heads


def _headers(services: Services, plan: Plan, collected: Collected) -> dict[str, Headers]:
    """Return the headers of a sample: what is equal for the first and last segment is for all."""
    sample: list[str] = []
    for track in plan.tracks:
        segments = _segment_files(collected.records[track.key])
        files = [paths.INIT, segments[0], segments[-1], paths.MEDIA_PLAYLIST]
        files += [paths.IFRAME_PLAYLIST] if track.kind == "video" else []
        sample += [plan.folder(track.key).path(file) for file in files]
    found = services.stores.renditions.properties_of(sample)
    return {
        path: Headers(p.content_type, p.content_encoding, p.cache_control)
        for path, p in found.items()
    }
