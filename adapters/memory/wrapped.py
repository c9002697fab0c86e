"""Containers around another one: what happens at an operation is the subclass's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

from adapters.storage.port import BlobProperties, Container, ListedBlob, Version
from transcoding.errors import StorageFailed

_R = TypeVar("_R")


class WrappedContainer:
    """Passes every operation on; a subclass steps in at `around`."""

    def __init__(self, inner: Container) -> None:
        self._inner = inner

    def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
        """Do one operation; `path` is a prefix for `list`."""
        raise NotImplementedError

    def url(self, path: str) -> str:
        return self._inner.url(path)

    def properties(self, path: str) -> BlobProperties | None:
        return self.around("properties", path, lambda: self._inner.properties(path))

    def put(
        self,
        path: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str = "no-store",
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        return self.around(
            "put",
            path,
            lambda: self._inner.put(
                path,
                body,
                content_type=content_type,
                cache_control=cache_control,
                metadata=metadata,
            ),
        )

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
        return self.around(
            "put_if",
            path,
            lambda: self._inner.put_if(
                path,
                body,
                expected_etag,
                content_type=content_type,
                cache_control=cache_control,
                metadata=metadata,
            ),
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
        return self.around(
            "create",
            path,
            lambda: self._inner.create(
                path,
                body,
                content_type=content_type,
                cache_control=cache_control,
                metadata=metadata,
            ),
        )

    def set_metadata(self, path: str, metadata: Mapping[str, str]) -> str | None:
        return self.around("set_metadata", path, lambda: self._inner.set_metadata(path, metadata))

    def read(self, path: str, length_bytes: int | None = None) -> bytes | None:
        return self.around("read", path, lambda: self._inner.read(path, length_bytes))

    def read_version(self, path: str) -> Version | None:
        return self.around("read_version", path, lambda: self._inner.read_version(path))

    def list(self, prefix: str) -> list[ListedBlob]:
        return self.around("list", prefix, lambda: self._inner.list(prefix))

    def delete(self, path: str) -> None:
        self.around("delete", path, lambda: self._inner.delete(path))

    def delete_if(self, path: str, expected_etag: str) -> None:
        self.around("delete_if", path, lambda: self._inner.delete_if(path, expected_etag))


class FailingContainer(WrappedContainer):
    """Fails with StorageFailed at a chosen operation.

    Attributes:
        operations: what was asked for, in order, as "create a/b.mp4"; what failed too.
    """

    def __init__(
        self, inner: Container, at: int, *, is_lasting: bool = True, is_done: bool = False
    ) -> None:
        """Fail at operation `at`, counted from 1; 0 never fails.

        Args:
            is_lasting: all operations after it fail as well; to the blobs that is a death.
            is_done: that operation is done all the same, and only its answer is lost.
        """
        super().__init__(inner)
        self._at = at
        self._is_lasting = is_lasting
        self._is_done = is_done
        self._lock = threading.Lock()
        self.operations: list[str] = []

    def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
        with self._lock:
            self.operations.append(f"{operation} {path}")
            number = len(self.operations)
        fails_now = number == self._at
        fails = fails_now or (self._is_lasting and 0 < self._at < number)
        if not fails:
            return call()
        if fails_now and self._is_done:
            call()
        raise StorageFailed(f"storage: {operation}", on=path, advice="it was made to fail here")


class FreezingContainer(WrappedContainer):
    """Stands still before a chosen operation while others go on.

    Attributes:
        operations: how many were asked for.
    """

    def __init__(self, inner: Container, at: int, meanwhile: Callable[[], object]) -> None:
        """Call `meanwhile` before operation `at`, counted from 1, and only then do it."""
        super().__init__(inner)
        self._at = at
        self._meanwhile = meanwhile
        self._lock = threading.Lock()
        self.operations = 0

    def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
        with self._lock:
            self.operations += 1
            if self.operations == self._at:
                self._meanwhile()
        return call()
