"""Changes of the sample publish, each of a copy; most break one rule."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.transcoding.conformance.media_bytes import video_head
from tests.transcoding.conformance.sample import VIDEO_SIZES, video_options, video_records
from transcoding.conformance import Headers, PublishedFiles, PublishedRendition, check

Change = Callable[[PublishedFiles], PublishedFiles]
Breach = tuple[str, set[str], Change]

ALWAYS_REPORTED = {"HLS 6.2", "HLS 2.18"}
"""Segments of 4 s have an I-frame every 4 s, and loudness is not measured."""


def failed(files: PublishedFiles) -> set[str]:
    """Return the rules that fail beside those that always do."""
    return {result.rule for result in check(files) if not result.passed} - ALWAYS_REPORTED


def names(breaches: list[Breach]) -> list[str]:
    """Name breaches for the test report."""
    return [what for what, _, _ in breaches]


def both(*changes: Change) -> Change:
    """Make several changes, one after the other."""

    def change(files: PublishedFiles) -> PublishedFiles:
        for one in changes:
            files = one(files)
        return files

    return change


def master(old: str, new: str) -> Change:
    """Replace text that the multivariant playlist holds once."""
    return lambda files: replace(files, master=_once(files.master, old, new))


def manifest(old: str, new: str) -> Change:
    """Replace text that the manifest holds once."""
    return lambda files: replace(files, manifest=_once(files.manifest, old, new))


def playlist(key: str, old: str, new: str) -> Change:
    """Replace text that a media playlist holds once."""
    return rendition(key, lambda r: {"media_playlist": _once(r.media_playlist, old, new)})


def iframes(key: str, old: str, new: str) -> Change:
    """Replace text that an I-frame playlist holds once."""
    return rendition(key, lambda r: {"iframe_playlist": _once(r.iframe_playlist or "", old, new)})


def rendition(key: str, fields: Callable[[PublishedRendition], dict[str, Any]]) -> Change:
    """Replace fields of one rendition."""

    def change(files: PublishedFiles) -> PublishedFiles:
        return replace(
            files,
            renditions=tuple(
                replace(r, **fields(r)) if r.key == key else r for r in files.renditions
            ),
        )

    return change


def init(key: str, data: bytes) -> Change:
    """Replace an init segment, in the records too."""
    digest = hashlib.sha256(data).hexdigest()
    return rendition(
        key,
        lambda r: {
            "init": data,
            "records": tuple(
                x.model_copy(update={"init_sha256": digest, "init_size_bytes": len(data)})
                for x in r.records
            ),
        },
    )


def head(key: str, number: int, data: bytes) -> Change:
    """Replace the head of segment `number`, counted from 1."""
    return rendition(key, lambda r: {"heads": (*r.heads[: number - 1], data, *r.heads[number:])})


def video_heads(key: str, shift: int = 0, **options: Any) -> Change:
    """Rebuild all heads of a rung with other options, every tfdt later by `shift` ticks."""
    wanted = {**video_options(key), **options}

    def fields(given: PublishedRendition) -> dict[str, Any]:
        return {
            "heads": tuple(
                video_head(100_000 * index + shift, size, **wanted)
                for index, size in enumerate(given.sizes_bytes)
            )
        }

    return rendition(key, fields)


def second_head(key: str, decode_time: int = 100_000, **options: Any) -> Change:
    """Rebuild the head of a rung's second segment with other options."""
    wanted = {**video_options(key), **options}
    return head(key, 2, video_head(decode_time, VIDEO_SIZES[key][1], **wanted))


def resize(key: str, sizes: tuple[int, ...]) -> Change:
    """Give a rung's segments other sizes, in heads and records too."""

    def fields(given: PublishedRendition) -> dict[str, Any]:
        return {
            "sizes_bytes": sizes,
            "heads": tuple(
                video_head(100_000 * index, size, **video_options(key))
                for index, size in enumerate(sizes)
            ),
            "records": video_records(key, given.init, sizes),
        }

    return rendition(key, fields)


def record(key: str, chunk: int, /, **fields: Any) -> Change:
    """Replace fields of one done-marker."""
    return rendition(
        key,
        lambda r: {
            "records": tuple(
                x.model_copy(update=fields) if x.index == chunk else x for x in r.records
            )
        },
    )


def segment(key: str, number: int, **fields: Any) -> Change:
    """Replace fields of what the done-markers say of segment `number`."""

    def change(given: PublishedRendition) -> dict[str, Any]:
        records = []
        for one in given.records:
            told = tuple(
                s.model_copy(update=fields) if s.number == number else s for s in one.segments
            )
            records.append(one.model_copy(update={"segments": told}))
        return {"records": tuple(records)}

    return rendition(key, change)


def expected(**fields: Any) -> Change:
    """Expect another publish."""
    return lambda files: replace(files, expected=replace(files.expected, **fields))


def expected_track(key: str, **fields: Any) -> Change:
    """Expect another track of picture or sound."""

    def change(files: PublishedFiles) -> PublishedFiles:
        tracks = {
            kind: tuple(replace(t, **fields) if t.key == key else t for t in tracks)
            for kind, tracks in (("video", files.expected.video), ("audio", files.expected.audio))
        }
        return expected(**tracks)(files)

    return change


def headers(name: str, value: Headers) -> Change:
    """Set the headers of a file, given by its path in the video's folder."""
    return lambda files: replace(files, headers={**files.headers, f"a.mp4/{name}": value})


def without(key: str) -> Change:
    """Leave a rendition out."""
    return lambda files: replace(
        files, renditions=tuple(r for r in files.renditions if r.key != key)
    )


def _once(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)
