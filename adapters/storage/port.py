"""What the app needs of one blob container, wherever it is kept.

`adapters.storage.container.BlobContainer` keeps it in Azure, `adapters.memory.container` in memory;
the same tests hold both to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

GZIPPED_SUFFIXES = frozenset({".m3u8"})
"""HLS Authoring Specification 10.1: playlists are served gzip-encoded."""


class BlobProperties(NamedTuple):
    """What storage says of a blob.

    Attributes:
        etag: without quotes; another after every write and every change of metadata.
        size_bytes: as stored.
        last_modified: moves with the ETag.
        is_archived: in the archive tier, where it can be seen but not read.
        md5: Content-MD5 of what is stored, in lower-case hex; "" where its writer gave none.
        metadata: names in lower case.
    """

    etag: str
    size_bytes: int
    content_type: str
    content_encoding: str
    cache_control: str
    last_modified: datetime
    is_archived: bool
    md5: str
    metadata: Mapping[str, str]


class ListedBlob(NamedTuple):
    """A blob as a listing shows it; all but its path is as in `BlobProperties`."""

    path: str
    size_bytes: int
    md5: str
    etag: str
    last_modified: datetime


class Version(NamedTuple):
    """What a blob held, and the ETag that it had then."""

    body: bytes
    etag: str


class Overtaken(Exception):
    """A conditional operation found another version than it expected."""


class Container(Protocol):
    """The operations of one container; a missing blob is None, never an exception.

    Blobs whose name ends with one of `GZIPPED_SUFFIXES` are stored gzipped and read back plain.
    Every operation raises StorageFailed where storage does not do what is asked. Threads share it.
    """

    def url(self, path: str) -> str:
        """Return the address of a blob, unsigned."""

    def properties(self, path: str) -> BlobProperties | None: ...

    def put(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str = "no-store",
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Write a whole blob, whatever is there; readers see the old one or the new one.

        Returns:
            Its new ETag, as do all that write.
        """

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
        """Write a whole blob only while it has this ETag, or while it is missing (None).

        An answer can be lost on its way: then the client tries again and finds its own write.

        Raises:
            Overtaken: it has another by now.
        """

    def create(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str = "no-store",
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        """Write a blob only while it is missing; return whether that was so.

        False can mean this very call's own write, as above: look at what is there.
        """

    def set_metadata(self, path: str, metadata: Mapping[str, str]) -> str | None:
        """Replace a blob's metadata; return its new ETag, or None when it is missing."""

    def read(self, path: str, length_bytes: int | None = None) -> bytes | None:
        """Return a blob, decompressed if it was stored gzipped, or its first bytes as stored."""

    def read_version(self, path: str) -> Version | None:
        """Return a whole blob as `read` does, with the ETag of what was read."""

    def list(self, prefix: str) -> list[ListedBlob]:
        """Return the blobs whose path begins with `prefix`, sorted by path; [] in no container."""

    def delete(self, path: str) -> None:
        """Delete a blob; it may be gone already."""

    def delete_if(self, path: str, expected_etag: str) -> None:
        """Delete a blob only while it has this ETag; it may be gone already.

        Raises:
            Overtaken: it has another by now.
        """
