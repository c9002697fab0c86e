"""One blob container: whole blobs in, whole blobs out, errors as StorageFailed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobClient, ContainerClient, ContentSettings

from adapters.redaction import redact
from transcoding.errors import StorageFailed

GZIPPED_SUFFIXES = frozenset({".m3u8"})
"""HLS Authoring Specification 10.1: playlists are served gzip-encoded."""

_CONDITIONS = (ResourceModifiedError, ResourceExistsError)

_R = TypeVar("_R")


class BlobProperties(NamedTuple):
    """What storage says of a blob.

    Attributes:
        etag: without quotes.
        is_archived: in the archive tier, where it can be seen but not read.
    """

    etag: str
    size_bytes: int
    content_type: str
    content_encoding: str
    cache_control: str
    last_modified: datetime
    is_archived: bool


class ListedBlob(NamedTuple):
    """A blob as a listing shows it."""

    path: str
    size_bytes: int


class Overtaken(Exception):
    """A conditional write found another version than it expected."""


class BlobContainer:
    """The operations of one container; a missing blob is None, never an exception."""

    def __init__(self, client: ContainerClient) -> None:
        self._client = client

    def create(self, *, public: bool = False) -> None:
        """Make the container unless it is there."""
        try:
            _call("create container", self._client.create_container, ResourceExistsError)(
                public_access="blob" if public else None
            )
        except ResourceExistsError:
            return

    def url(self, path: str) -> str:
        return str(self._client.get_blob_client(path).url)

    def properties(self, path: str) -> BlobProperties | None:
        try:
            look = self._blob(path).get_blob_properties
            found = _call("read properties", look, ResourceNotFoundError)()
        except ResourceNotFoundError:
            return None
        settings = found.content_settings
        return BlobProperties(
            found.etag.strip('"'),
            found.size,
            settings.content_type or "",
            settings.content_encoding or "",
            settings.cache_control or "",
            found.last_modified,
            is_archived=found.blob_tier == "Archive",
        )

    def put(
        self, path: str, body: bytes, *, content_type: str, cache_control: str = "no-store"
    ) -> None:
        """Write a whole blob, whatever is there; readers see the old one or the new one."""
        self._put(path, body, content_type, cache_control)

    def put_if(
        self,
        path: str,
        body: bytes,
        expected_etag: str | None,
        *,
        content_type: str,
        cache_control: str,
    ) -> None:
        """Write a whole blob only while it has this ETag, or while it is missing (None).

        Raises:
            Overtaken: it has another by now.
        """
        condition: dict[str, Any] = (
            {"match_condition": MatchConditions.IfMissing}
            if expected_etag is None
            else {"etag": expected_etag, "match_condition": MatchConditions.IfNotModified}
        )
        try:
            self._put(path, body, content_type, cache_control, *_CONDITIONS, **condition)
        except _CONDITIONS:
            raise Overtaken(path) from None

    def read(self, path: str, length_bytes: int | None = None) -> bytes | None:
        """Return a blob, decompressed if it was stored gzipped, or its first bytes as stored."""
        span = {} if length_bytes is None else {"offset": 0, "length": length_bytes}
        try:
            # The library would decompress range by range, which fails beyond its first 32 MB.
            start = _call("read", self._blob(path).download_blob, ResourceNotFoundError)
            download = start(**span, decompress=False)
            body = cast(bytes, _call("read", download.readall, ResourceNotFoundError)())
        except ResourceNotFoundError:
            return None
        whole_gzip = length_bytes is None and Path(path).suffix in GZIPPED_SUFFIXES
        return gzip.decompress(body) if whole_gzip else body

    def list(self, prefix: str) -> list[ListedBlob]:
        def whole() -> list[ListedBlob]:
            blobs = self._client.list_blobs(name_starts_with=prefix)
            return [ListedBlob(blob.name, blob.size) for blob in blobs]

        try:
            return _call(f"list {prefix}", whole, ResourceNotFoundError)()
        except ResourceNotFoundError:
            return []

    def delete(self, path: str) -> None:
        """Delete a blob; it may be gone already."""
        try:
            _call("delete", self._blob(path).delete_blob, ResourceNotFoundError)()
        except ResourceNotFoundError:
            return

    def _blob(self, path: str) -> BlobClient:
        return self._client.get_blob_client(path)

    def _put(
        self,
        path: str,
        body: bytes,
        content_type: str,
        cache_control: str,
        *expected: type[AzureError],
        **condition: Any,
    ) -> None:
        is_gzipped = Path(path).suffix in GZIPPED_SUFFIXES
        _call("write", self._blob(path).upload_blob, *expected)(
            # With mtime 0 the same playlist is the same bytes.
            gzip.compress(body, mtime=0) if is_gzipped else body,
            content_settings=ContentSettings(
                content_type=content_type,
                content_encoding="gzip" if is_gzipped else None,
                cache_control=cache_control,
            ),
            overwrite=True,
            **condition,
        )


def _call(tried: str, call: Callable[..., _R], *expected: type[AzureError]) -> Callable[..., _R]:
    """Wrap a client call: what is expected stays what it is, all else becomes StorageFailed."""

    def wrapped(*args: Any, **kwargs: Any) -> _R:
        try:
            return call(*args, **kwargs)
        except expected:
            raise
        except AzureError as error:
            on = str(getattr(getattr(call, "__self__", None), "blob_name", "") or "")
            raise storage_failed(tried, error, on=on) from None

    return wrapped


def storage_failed(tried: str, error: AzureError, *, on: str = "") -> StorageFailed:
    """Return the library's error in one line: the rest of its text is request ids and headers."""
    status = f"{error.status_code} " if isinstance(error, HttpResponseError) else ""
    text = redact(str(error)).partition("\n")[0][:300]
    return StorageFailed(f"storage: {tried}", on=on, advice=status + text)
