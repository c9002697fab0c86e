"""What all stores share: content types, caching, parts of local files, requests in parallel."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from transcoding.values import Value

IMMUTABLE_CACHE = "public, max-age=31536000, immutable"
_PARALLEL_REQUESTS = 8

CONTENT_TYPES: Mapping[str, str] = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".mp4": "video/mp4",
    ".m4s": "video/mp4",
    ".vtt": "text/vtt; charset=utf-8",
    ".jpg": "image/jpeg",
    ".json": "application/json",
}
JSON = CONTENT_TYPES[".json"]
_MEDIA = frozenset({".mp4", ".m4s"})

_T = TypeVar("_T")
_R = TypeVar("_R")


class FileSlice(NamedTuple):
    """A part of a local file, read only while it is needed."""

    path: Path
    offset: int
    size_bytes: int

    def read(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.size_bytes)


def bytes_of(content: bytes | FileSlice) -> bytes:
    return content if isinstance(content, bytes) else content.read()


def content_type(file: str, media_type: str = "video/mp4") -> str:
    """Return the type of a published file; `media_type` is that of its track's media."""
    suffix = Path(file).suffix
    return media_type if suffix in _MEDIA else CONTENT_TYPES[suffix]


def md5_of(body: bytes) -> str:
    """Return an MD5 as listings tell it: lower-case hex."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def json_of(value: Value) -> bytes:
    return value.model_dump_json().encode()


def in_parallel(call: Callable[[_T], _R], items: Iterable[_T]) -> list[_R]:
    """Return each item's result, in order; the first error is raised when all have ended."""
    with ThreadPoolExecutor(_PARALLEL_REQUESTS) as pool:
        return list(pool.map(call, items))
