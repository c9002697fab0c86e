"""Dead letters: what is kept of jobs that did not end well."""

from __future__ import annotations

from adapters.storage.files import JSON
from adapters.storage.port import Container


class Letters:
    """The container for letters; paths are those of `transcoding.job.paths`."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def write(self, path: str, body: bytes) -> None:
        self._container.put(path, body, content_type=JSON)

    def read(self, path: str) -> bytes | None:
        return self._container.read(path)
