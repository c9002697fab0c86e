"""One blob container in Azure: whole blobs in, whole blobs out, errors as StorageFailed."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobClient, ContainerClient, ContentSettings, StorageErrorCode

from adapters.redaction import redact
from adapters.storage.port import (
    GZIPPED_SUFFIXES,
    BlobProperties,
    ListedBlob,
    Overtaken,
    Version,
)
from transcoding.errors import StorageFailed

_CONDITIONS = (ResourceModifiedError, ResourceExistsError)
_UNMET = frozenset({StorageErrorCode.BLOB_ALREADY_EXISTS, StorageErrorCode.CONDITION_NOT_MET})
"""The library's two classes also stand for a container that is being deleted or a lease."""

_R = TypeVar("_R")


class BlobContainer:
    """The operations of `adapters.storage.port.Container` in a storage account."""

    def __init__(self, client: ContainerClient) -> None:
        self._client = client

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
            md5=_hex(settings),
            metadata={name.lower(): value for name, value in (found.metadata or {}).items()},
        )

    def put(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str = "no-store",
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        return self._put(path, body, content_type, cache_control, metadata)

    def put_if(
        self,
        path: str,
        body: bytes,
        expected_etag: str | None,
        *,
        content_type: str,
        cache_control: str = "no-store",
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        condition: dict[str, Any] = (
            {"match_condition": MatchConditions.IfMissing}
            if expected_etag is None
            else _only(expected_etag)
        )
        return self._put(path, body, content_type, cache_control, metadata, **condition)

    def create(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str = "no-store",
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        try:
            self.put_if(
                path,
                body,
                None,
                content_type=content_type,
                cache_control=cache_control,
                metadata=metadata,
            )
        except Overtaken:
            return False
        return True

    def set_metadata(self, path: str, metadata: Mapping[str, str]) -> str | None:
        change = self._blob(path).set_blob_metadata
        try:
            answer = _call("set metadata", change, ResourceNotFoundError)(dict(metadata))
        except ResourceNotFoundError:
            return None
        return str(answer["etag"]).strip('"')

    def read(self, path: str, length_bytes: int | None = None) -> bytes | None:
        span = {} if length_bytes is None else {"offset": 0, "length": length_bytes}
        version = self._read(path, **span)
        if version is None:
            return None
        return version.body if length_bytes is not None else _plain(path, version.body)

    def read_version(self, path: str) -> Version | None:
        version = self._read(path)
        return version and version._replace(body=_plain(path, version.body))

    def list(self, prefix: str) -> list[ListedBlob]:
        def whole() -> list[ListedBlob]:
            return [
                ListedBlob(
                    blob.name,
                    blob.size,
                    _hex(blob.content_settings),
                    blob.etag.strip('"'),
                    blob.last_modified,
                )
                for blob in self._client.list_blobs(name_starts_with=prefix)
            ]

        try:
            # One order, whatever the service or its emulator has.
            return sorted(_call(f"list {prefix}", whole, ResourceNotFoundError)())
        except ResourceNotFoundError:
            return []

    def delete(self, path: str) -> None:
        self._delete(path)

    def delete_if(self, path: str, expected_etag: str) -> None:
        self._delete(path, **_only(expected_etag))

    def _blob(self, path: str) -> BlobClient:
        return self._client.get_blob_client(path)

    def _read(self, path: str, **span: int) -> Version | None:
        try:
            # The library would decompress range by range, which fails beyond its first 32 MB.
            start = _call("read", self._blob(path).download_blob, ResourceNotFoundError)
            download = start(**span, decompress=False)
            body = cast(bytes, _call("read", download.readall, ResourceNotFoundError)())
        except ResourceNotFoundError:
            return None
        return Version(body, download.properties.etag.strip('"'))

    def _put(
        self,
        path: str,
        body: bytes,
        content_type: str,
        cache_control: str,
        metadata: Mapping[str, str] | None,
        **condition: Any,
    ) -> str:
        is_gzipped = Path(path).suffix in GZIPPED_SUFFIXES
        # With mtime 0 the same playlist is the same bytes.
        stored = gzip.compress(body, mtime=0) if is_gzipped else body
        try:
            answer = _call("write", self._blob(path).upload_blob, *_CONDITIONS)(
                stored,
                content_settings=ContentSettings(
                    content_type=content_type,
                    content_encoding="gzip" if is_gzipped else None,
                    cache_control=cache_control,
                    # Storage reckons it itself, but not for a blob that comes in blocks.
                    content_md5=bytearray(hashlib.md5(stored, usedforsecurity=False).digest()),
                ),
                metadata=dict(metadata or {}),
                overwrite=True,
                **condition,
            )
        except _CONDITIONS as error:
            raise _overtaken("write", path, error) from None
        return str(answer["etag"]).strip('"')

    def _delete(self, path: str, **condition: Any) -> None:
        expected = (ResourceNotFoundError, ResourceModifiedError)
        try:
            _call("delete", self._blob(path).delete_blob, *expected)(**condition)
        except ResourceNotFoundError:
            return
        except ResourceModifiedError as error:
            # Where nothing is there, one service says 404 and another that the condition is unmet.
            if self.properties(path) is not None:
                raise _overtaken("delete", path, error) from None


def _only(etag: str) -> dict[str, Any]:
    return {"etag": f'"{etag}"', "match_condition": MatchConditions.IfNotModified}


def _overtaken(tried: str, path: str, error: HttpResponseError) -> Overtaken | StorageFailed:
    if getattr(error, "error_code", None) in _UNMET:
        return Overtaken(path)
    return storage_failed(tried, error, on=path)


def _plain(path: str, body: bytes) -> bytes:
    return gzip.decompress(body) if Path(path).suffix in GZIPPED_SUFFIXES else body


def _hex(settings: ContentSettings) -> str:
    return bytes(settings.content_md5 or b"").hex()


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
    code = getattr(error, "error_code", None) or ""
    return StorageFailed(
        f"storage: {tried}", on=on, advice=status + text, code=str(getattr(code, "value", code))
    )
