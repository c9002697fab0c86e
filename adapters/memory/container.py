"""A blob container in memory, which behaves as Azure's does."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from adapters.clock import Clock, SystemClock
from adapters.storage.port import (
    GZIPPED_SUFFIXES,
    BlobProperties,
    ListedBlob,
    Overtaken,
    Version,
)
from transcoding.errors import StorageFailed


class _Blob(NamedTuple):
    stored: bytes
    properties: BlobProperties


class MemoryContainer:
    """The operations of `adapters.storage.port.Container`; threads may share it."""

    def __init__(self, name: str = "memory", *, clock: Clock | None = None) -> None:
        """Begin empty.

        Args:
            clock: gives the times of last change; the system's unless given.
        """
        self._name = name
        self._clock = clock or SystemClock()
        self._is_there = True
        self._blobs: dict[str, _Blob] = {}
        self._versions: Counter[str] = Counter()
        self._lock = threading.RLock()

    def remove(self) -> None:
        """Delete the container with all its blobs, as an operator might."""
        with self._lock:
            self._is_there = False
            self._blobs.clear()

    def copy(self) -> MemoryContainer:
        """Return another container with the same blobs; what happens to one is not seen in it."""
        other = MemoryContainer(self._name, clock=self._clock)
        other._is_there = self._is_there
        with self._lock:
            other._blobs.update(self._blobs)
            other._versions.update(self._versions)
        return other

    def archive(self, path: str) -> None:
        """Move a blob to the archive tier, where it can be seen but not read."""
        with self._lock:
            blob = self._blobs[path]
            self._blobs[path] = blob._replace(properties=blob.properties._replace(is_archived=True))

    def url(self, path: str) -> str:
        return f"memory://{self._name}/{quote(path)}"

    def properties(self, path: str) -> BlobProperties | None:
        blob = self._blobs.get(path)
        return blob.properties if blob else None

    def put(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str = "no-store",
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        is_gzipped = Path(path).suffix in GZIPPED_SUFFIXES
        stored = gzip.compress(body, mtime=0) if is_gzipped else body
        with self._lock:
            if not self._is_there:
                raise StorageFailed("storage: write", on=path, advice="404 no such container")
            etag = self._next_etag(path)
            self._blobs[path] = _Blob(
                stored,
                BlobProperties(
                    etag,
                    len(stored),
                    content_type,
                    "gzip" if is_gzipped else "",
                    cache_control,
                    self._clock.now(),
                    is_archived=False,
                    md5=hashlib.md5(stored, usedforsecurity=False).hexdigest(),
                    metadata=_lower(metadata or {}),
                ),
            )
            return etag

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
        with self._lock:
            there = self.properties(path)
            if (there.etag if there else None) != expected_etag:
                raise Overtaken(path)
            return self.put(
                path,
                body,
                content_type=content_type,
                cache_control=cache_control,
                metadata=metadata,
            )

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
        with self._lock:
            blob = self._blobs.get(path)
            if blob is None:
                return None
            changed = blob.properties._replace(
                etag=self._next_etag(path),
                last_modified=self._clock.now(),
                metadata=_lower(metadata),
            )
            self._blobs[path] = blob._replace(properties=changed)
            return changed.etag

    def read(self, path: str, length_bytes: int | None = None) -> bytes | None:
        blob = self._readable(path)
        if blob is None:
            return None
        return _plain(path, blob) if length_bytes is None else blob.stored[:length_bytes]

    def read_version(self, path: str) -> Version | None:
        blob = self._readable(path)
        return Version(_plain(path, blob), blob.properties.etag) if blob else None

    def list(self, prefix: str) -> list[ListedBlob]:
        with self._lock:
            found = [
                (path, blob.properties)
                for path, blob in sorted(self._blobs.items())
                if path.startswith(prefix)
            ]
        return [
            ListedBlob(path, it.size_bytes, it.md5, it.etag, it.last_modified) for path, it in found
        ]

    def delete(self, path: str) -> None:
        with self._lock:
            self._blobs.pop(path, None)

    def delete_if(self, path: str, expected_etag: str) -> None:
        with self._lock:
            there = self.properties(path)
            if there and there.etag != expected_etag:
                raise Overtaken(path)
            self.delete(path)

    def _next_etag(self, path: str) -> str:
        """No ETag comes again, not even after the blob was deleted."""
        self._versions[path] += 1
        return f"0x{self._versions[path]:016X}"

    def _readable(self, path: str) -> _Blob | None:
        blob = self._blobs.get(path)
        if blob and blob.properties.is_archived:
            raise StorageFailed("storage: read", on=path, advice="409 the blob is archived")
        return blob


def _lower(metadata: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in metadata.items()}


def _plain(path: str, blob: _Blob) -> bytes:
    is_gzipped = Path(path).suffix in GZIPPED_SUFFIXES
    return gzip.decompress(blob.stored) if is_gzipped else blob.stored
