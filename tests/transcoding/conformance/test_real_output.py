"""The gate on what FFmpeg and the writers really make."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from transcoding.commands.commands import seam_ssim

from tests.media import ClipMaker, run_ffmpeg
from tests.transcoding.encoding import (
    Encoded,
    a_plan,
    a_rung,
    a_timeline,
    an_audio,
    encode_sound,
    encode_video,
)
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
from transcoding.plan.plan import EncodeUnit, Plan

_CACHED = "public, max-age=31536000, immutable"


def _segments(encoded: Encoded) -> Iterator[bytes]:
    for file in encoded.files:
        data = file.read_bytes()
        with file.open("rb") as stream:
            _, fragments = split_file(stream)
        for fragment in fragments:
            yield data[fragment.offset : fragment.offset + fragment.size_bytes]


def _measured(
    plan: Plan, key: str, encoded: Encoded, url: str, folder: Path
) -> tuple[ChunkRecord, ...]:
    """Put digests and real SSIM figures into the records."""
    digest = hashlib.sha256(encoded.inits[0]).hexdigest()
    records = []
    for record, file, chunk in zip(
        encoded.records, encoded.files, plan.timeline.chunks(), strict=False
    ):
        fields: dict[str, object] = {"init_sha256": digest}
        if any(rung.key == key for rung in plan.rungs):
            unit = EncodeUnit(
                job=plan.job,
                video=plan.source.picture,
                timeline=plan.timeline,
                chunk=chunk,
                rungs=(plan.rung(key),),
            )
            head, tail = folder / f"{key}-{chunk.index}.head", folder / f"{key}-{chunk.index}.tail"
            run_ffmpeg(seam_ssim(unit, url, [str(file)], [str(head)], [str(tail)]))
            fields["head_ssim"] = read_ssim(head.read_text())
            fields["tail_ssim"] = read_ssim(tail.read_text())
        records.append(record.model_copy(update=fields))
    return tuple(records)


def _publish(plan: Plan, encoded: dict[str, Encoded], url: str, folder: Path) -> PublishedFiles:
    records = {key: _measured(plan, key, one, url, folder) for key, one in encoded.items()}
    joined = {key: join_chunks(chunks) for key, chunks in records.items()}
    target_s = hls.target_duration_s(joined.values())
    renditions, headers = [], {}
    for key, one in encoded.items():
        segments = list(_segments(one))
        is_video = any(rung.key == key for rung in plan.rungs)
        kind = "video" if is_video else "audio"
        renditions.append(
            PublishedRendition(
                key=key,
                kind="video" if is_video else "audio",
                init=one.inits[0],
                heads=tuple(segment[: head_size(segment[:64])] for segment in segments),
                sizes_bytes=tuple(len(segment) for segment in segments),
                media_playlist=hls.media_playlist(joined[key], target_s),
                iframe_playlist=hls.iframe_playlist(joined[key], target_s) if is_video else None,
                records=records[key],
            )
        )
        place = plan.folder(key)
        for name in ("media.m3u8", "iframes.m3u8"):
            headers[place.path(name)] = Headers("application/vnd.apple.mpegurl", "gzip", _CACHED)
        for name in ("init.mp4", "00001.m4s", f"{len(segments):05d}.m4s"):
            headers[place.path(name)] = Headers(f"{kind}/mp4", "", _CACHED)
    return PublishedFiles(
        expected=expect(plan),
        master=hls.multivariant_playlist(plan, joined),
        manifest=dash.manifest(plan, joined),
        renditions=tuple(renditions),
        headers=headers,
    )


@pytest.fixture(scope="module")
def published(clip_maker: ClipMaker, tmp_path_factory: pytest.TempPathFactory) -> PublishedFiles:
    """Publish 599 frames at 59.94 fps as three chunks, one rung at half the rate."""
    rate, folder = Fraction(60_000, 1001), tmp_path_factory.mktemp("encoded")
    clip = clip_maker.clip(frame_rate=rate, frame_count=599)
    rungs = (
        a_rung("low", rate, step=2),
        a_rung("mid", rate, height=180),
        a_rung("top", rate, height=180).model_copy(update={"crf": 18}),
    )
    audio = an_audio("sound", a_timeline(rate, 599, rungs))
    plan = a_plan(rate, 599, rungs=rungs, audio=(audio,))
    encoded = encode_video(plan, clip_maker.server, clip, folder)
    encoded["sound"] = encode_sound(audio, clip_maker.server, clip, folder, Fraction(0))
    return _publish(plan, encoded, clip_maker.server.url(clip), folder)


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
    rungs = (a_rung("low", rate, step=2), a_rung("top", rate))
    audio = an_audio("sound", a_timeline(rate, 1, rungs))
    plan = a_plan(rate, 1, rungs=rungs, audio=(audio,))
    encoded = encode_video(plan, clip_maker.server, clip, tmp_path)
    encoded["sound"] = encode_sound(audio, clip_maker.server, clip, tmp_path, Fraction(0))
    files = _publish(plan, encoded, clip_maker.server.url(clip), tmp_path)
    assert failures(check(files)) == ()
