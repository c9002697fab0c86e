"""What people upload: looked at, read through signed URLs, deleted on request, never changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from adapters.storage.port import BlobProperties, Container


class UrlSigner(Protocol):
    """What makes read URLs; `adapters.storage.account.StorageAccount` is one."""

    def read_url(self, container: str, name: str, lifetime: timedelta) -> str:
        """Return a URL that reads this one blob until `lifetime` is over. Never log it."""


class Uploads:
    """The uploads container."""

    def __init__(
        self, container: Container, account: UrlSigner, container_name: str, url_lifetime: timedelta
    ) -> None:
        """Sign URLs that live for `url_lifetime`: longer than the unit that reads from one."""
        self._container = container
        self._account = account
        self._container_name = container_name
        self._url_lifetime = url_lifetime

    def properties(self, name: str) -> BlobProperties | None:
        """Return what storage says of an upload; None when it was deleted."""
        return self._container.properties(name)

    def delete(self, name: str, etag: str) -> None:
        """Delete an upload; it may be gone already.

        Raises:
            Overtaken: it was replaced by a newer one, which stays.
        """
        self._container.delete_if(name, etag)

    def read_url(self, name: str) -> str:
        """Return a short-lived URL that FFmpeg reads an upload from. Never log it.

        Raises:
            SettingsInvalid, StorageFailed: there is no key to sign it with.
        """
        return self._account.read_url(self._container_name, name, self._url_lifetime)
