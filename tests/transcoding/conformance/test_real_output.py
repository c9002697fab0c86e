"""The gate on what FFmpeg and the writers really make."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.media import ClipMaker, run_ffmpeg
from tests.transcoding.builders import a_timeline
from tests.transcoding.encoding import Encoded, a_plan, a_rung, a_sound, encode_all
from transcoding.commands.checks import seam_ssim
from transcoding.commands.ssim import read_ssim
from transcoding.conformance import (
    Headers,
    PublishedFiles,
    PublishedRendition,
    check,
    expect,
    failures,
    head_size,
)
from transcoding.job.records import ChunkRecord, join_chunks
from transcoding.manifests import dash, hls
from transcoding.packaging.cmaf import split_file
from transcoding.plan.plan import Plan
from transcoding.plan.release import Release
from transcoding.tracks.track import AudioTrack, VideoTrack

_CACHED = "public, max-age=31536000, immutable"
_RATE = Fraction(60_000, 1001)


def _segments(track: VideoTrack | AudioTrack, encoded: Encoded) -> Iterator[bytes]:
    for file in encoded.files:
        data = file.read_bytes()
        with file.open("rb") as stream:
            _, fragments = split_file(stream, track.coded_by())
        for fragment in fragments:
            yield data[fragment.offset : fragment.offset + fragment.size_bytes]


def _measured(
    plan: Plan, track: VideoTrack | AudioTrack, encoded: Encoded, url: str
) -> tuple[ChunkRecord, ...]:
    """Put digests and real SSIM figures into the records."""
    digest = hashlib.sha256(encoded.inits[0]).hexdigest()
    records = []
    chunks = track.timeline.chunks()
    for record, file, chunk in zip(encoded.records, encoded.files, chunks, strict=True):
        fields: dict[str, object] = {"init_sha256": digest}
        if track.kind == "video":
            head, tail = file.with_suffix(".head"), file.with_suffix(".tail")
            command = seam_ssim(
                plan.source.picture,
                [track],
                chunk,
                url=url,
                etag=plan.job.etag,
                files=[str(file)],
                heads=[str(head)],
                tails=[str(tail)],
            )
            run_ffmpeg(command)
            fields["head_ssim"] = read_ssim(head.read_text())
            fields["tail_ssim"] = read_ssim(tail.read_text())
        records.append(record.model_copy(update=fields))
    return tuple(records)


def _publish(plan: Plan, clip_maker: ClipMaker, clip: Path, folder: Path) -> PublishedFiles:
    encoded = encode_all(plan, clip_maker.server, clip, folder)
    url = clip_maker.server.url(clip)
    records = {track.key: _measured(plan, track, encoded[track.key], url) for track in plan.tracks}
    joined = {key: join_chunks(chunks) for key, chunks in records.items()}
    renditions, headers = [], {}
    for track in plan.tracks:
        one, rendition = encoded[track.key], joined[track.key]
        segments = list(_segments(track, one))
        is_video = track.kind == "video"
        target_s = plan.target_duration_s
        renditions.append(
            PublishedRendition(
                key=track.key,
                kind=track.kind,
                init=one.inits[0],
                heads=tuple(segment[: head_size(segment[:64])] for segment in segments),
                sizes_bytes=tuple(len(segment) for segment in segments),
                media_playlist=hls.media_playlist(rendition, target_s),
                iframe_playlist=hls.iframe_playlist(rendition, target_s) if is_video else None,
                records=records[track.key],
            )
        )
        place = plan.folder(track.key)
        for name in ("media.m3u8", "iframes.m3u8"):
            headers[place.path(name)] = Headers("application/vnd.apple.mpegurl", "gzip", _CACHED)
        for name in ("init.mp4", "00001.m4s", f"{len(segments):05d}.m4s"):
            headers[place.path(name)] = Headers(track.mime_type, "", _CACHED)
    release = Release.whole(plan)
    return PublishedFiles(
        expected=expect(plan),
        master=hls.multivariant_playlist(release, joined),
        manifest=dash.manifest(release, joined),
        renditions=tuple(renditions),
        headers=headers,
    )


@pytest.fixture(scope="module")
def published(clip_maker: ClipMaker, tmp_path_factory: pytest.TempPathFactory) -> PublishedFiles:
    """Publish 599 frames at 59.94 fps as three chunks, one rung at half the rate."""
    clip = clip_maker.clip(frame_rate=_RATE, frame_count=599)
    timeline = a_timeline(_RATE, 599, max_step=2, chunk_s=5)
    plan = a_plan(
        a_rung("low", timeline, step=2),
        a_rung("mid", timeline, height=180),
        a_rung("top", timeline, height=180).model_copy(update={"crf": 18}),
        a_sound("sound", timeline),
    )
    return _publish(plan, clip_maker, clip, tmp_path_factory.mktemp("encoded"))


def test_real_output_keeps_every_must(published: PublishedFiles) -> None:
    """FFmpeg's files and the writers' playlists break no MUST, on three chunks of 4 s."""
    results = check(published)
    assert [t.chunk_count for t in published.expected.tracks] == [3, 3, 3, 1]
    assert failures(results) == ()


def test_real_output_breaks_few_shoulds(published: PublishedFiles) -> None:
    """Segments of 4 s with one IDR each, and loudness as it was, are all that is reported."""
    reported = {r.rule for r in check(published) if not r.passed and r.level == "SHOULD"}
    assert reported == {"HLS 1.13", "HLS 6.2", "HLS 2.18"}


def test_every_segment_is_seen_to_start_with_an_idr(published: PublishedFiles) -> None:
    """The heads that the gate asks for reach x264's first slice, behind its other NAL units."""
    details = {result.rule: result.detail for result in check(published)}
    assert details["HLS 7.4"] == "all start with a sync sample, 9 of them seen to be IDR"


def test_chunks_in_the_wrong_order_do_not_pass(published: PublishedFiles) -> None:
    """Two real segments that changed places fail the rules about decode times."""
    first = published.renditions[0]
    swapped = replace(first, heads=(first.heads[1], first.heads[0], *first.heads[2:]))
    results = check(replace(published, renditions=(swapped, *published.renditions[1:])))
    broken = {result.rule for result in failures(results)}
    assert {"HLS 7.3", "CMAF decode time", "DASH timeline"} <= broken


def test_a_source_of_one_frame_keeps_every_must(clip_maker: ClipMaker, tmp_path: Path) -> None:
    """One frame and 40 ms of sound, far shorter than any target duration, can be published."""
    rate = Fraction(25)
    clip = clip_maker.clip(frame_rate=rate, frame_count=1)
    timeline = a_timeline(rate, 1, max_step=2)
    plan = a_plan(
        a_rung("low", timeline, step=2), a_rung("top", timeline), a_sound("sound", timeline)
    )
    assert failures(check(_publish(plan, clip_maker, clip, tmp_path))) == ()


def test_real_sound_alone_keeps_every_must(clip_maker: ClipMaker, tmp_path: Path) -> None:
    """The same sound without its picture."""
    clip = clip_maker.clip(frame_rate=_RATE, frame_count=599)
    plan = a_plan(a_sound("sound", a_timeline(_RATE, 599)))
    results = check(_publish(plan, clip_maker, clip, tmp_path))
    assert failures(results) == ()
    assert sum(result.applies for result in results) > 30
