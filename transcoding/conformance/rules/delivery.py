"""Rules about how files are served: Content-Type, Content-Encoding, Cache-Control."""

from __future__ import annotations

from collections.abc import Iterator

from transcoding.conformance.files import Headers
from transcoding.conformance.names import (
    IFRAME_PLAYLIST,
    INIT,
    MANIFEST,
    MASTER,
    MEDIA_PLAYLIST,
    segment_file,
)
from transcoding.conformance.parsed import Parsed, ParsedRendition
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import EVERYTHING, Scope

HLS_TYPE = "application/vnd.apple.mpegurl"
DASH_TYPE = "application/dash+xml"
_YEAR = "max-age=31536000"


def _playlists(parsed: Parsed, rendition: ParsedRendition) -> tuple[str, ...]:
    names = [MEDIA_PLAYLIST] + [IFRAME_PLAYLIST] * (rendition.given.kind == "video")
    return tuple(parsed.path(f"{rendition.folder}/{name}") for name in names)


def _media(parsed: Parsed, rendition: ParsedRendition) -> tuple[str, ...]:
    last = segment_file(len(rendition.given.sizes_bytes))
    names = sorted({INIT, segment_file(1), last})
    return tuple(parsed.path(f"{rendition.folder}/{name}") for name in names)


def _of(parsed: Parsed, path: str) -> Headers:
    return parsed.files.headers.get(path, Headers("", "", ""))


def _gzip(parsed: Parsed) -> Finding:
    paths = [path for rendition in parsed.renditions for path in _playlists(parsed, rendition)]
    wrong = [path for path in paths if _of(parsed, path).content_encoding != "gzip"]
    return judge((f"{path} is not gzip-encoded" for path in wrong), f"{len(paths)} playlists")


def _types(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            expected = dict.fromkeys(_playlists(parsed, rendition), HLS_TYPE)
            expected |= dict.fromkeys(_media(parsed, rendition), f"{rendition.given.kind}/mp4")
            for path, content_type in expected.items():
                headers = _of(parsed, path)
                if headers.content_type != content_type:
                    yield f"{path} is {headers.content_type!r}, {content_type} expected"
                if content_type != HLS_TYPE and headers.content_encoding:
                    yield f"{path} is {headers.content_encoding}-encoded"

    return judge(problems(), "playlists, init and first and last segment of every rendition")


def _immutable(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            for path in (*_playlists(parsed, rendition), *_media(parsed, rendition)):
                control = _of(parsed, path).cache_control
                parts = {part.strip() for part in control.split(",")}
                if not {_YEAR, "immutable"} <= parts:
                    yield f"{path}: Cache-Control {control!r}"

    return judge(problems(), f"{_YEAR}, immutable")


def _stable(parsed: Parsed) -> dict[str, tuple[Headers, str, str]]:
    """Return headers, type and encoding of the stable names that are published, by path."""
    expected = {MASTER: (HLS_TYPE, "gzip"), MANIFEST: (DASH_TYPE, "")}
    return {
        parsed.path(name): (_of(parsed, parsed.path(name)), *wanted)
        for name, wanted in expected.items()
        if parsed.path(name) in parsed.files.headers
    }


def _stable_names(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for path, (headers, content_type, encoding) in _stable(parsed).items():
            if headers.content_type != content_type:
                yield f"{path} is {headers.content_type!r}, {content_type} expected"
            if encoding and headers.content_encoding != encoding:
                yield f"{path} is not gzip-encoded"
            if "immutable" in headers.cache_control or not headers.cache_control:
                yield f"{path}: Cache-Control {headers.cache_control!r} of a name that changes"

    return judge(problems(), "type, encoding and a short life")


_PUBLISHED = Scope(lambda parsed: bool(_stable(parsed)), "the stable names are not published yet")

RULES = (
    Rule("HLS 10.1", "MUST", EVERYTHING, _gzip),
    Rule("DELIVERY content type", "MUST", EVERYTHING, _types),
    Rule("DELIVERY immutable", "MUST", EVERYTHING, _immutable),
    Rule("DELIVERY stable names", "MUST", _PUBLISHED, _stable_names),
)
