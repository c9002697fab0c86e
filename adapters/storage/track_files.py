"""Files in the folders of tracks: created once, read by many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from adapters.storage.files import (
    IMMUTABLE_CACHE,
    FileSlice,
    bytes_of,
    content_type,
    in_parallel,
)
from adapters.storage.port import BlobProperties, Container, ListedBlob, Overtaken
from transcoding.errors import StorageFailed
from transcoding.job.paths import RenditionFolder

_ATTEMPTS = 5


class TrackFiles:
    """Files below `{name}/{source_key}/` in the videos container."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def create_files(
        self,
        folder: RenditionFolder,
        files: Mapping[str, bytes | FileSlice],
        media_type: str = "video/mp4",
    ) -> dict[str, bool]:
        """Create immutable files, eight at a time, each whole or not at all.

        Args:
            files: their contents, by file name.
            media_type: Content-Type of init and media segments.

        Returns:
            For each file whether it was created; False where one is there already.
        """

        def create(item: tuple[str, bytes | FileSlice]) -> bool:
            return self._create(folder, item[0], bytes_of(item[1]), media_type)

        return dict(zip(files, in_parallel(create, files.items()), strict=True))

    def read_files(self, folder: RenditionFolder, files: Iterable[str]) -> dict[str, bytes]:
        """Return whole files, by file name; those that are missing are left out."""
        names = list(files)
        bodies = in_parallel(lambda file: self._container.read(folder.path(file)), names)
        return {file: body for file, body in zip(names, bodies, strict=True) if body is not None}

    def write_beside(
        self,
        folder: RenditionFolder,
        files: Mapping[str, bytes],
        may_replace: Callable[[], bool],
    ) -> None:
        """Write what is made from the markers, such as playlists.

        Where other bytes are there (a chunk was encoded once more since), they are replaced.

        Args:
            may_replace: is asked once such a file has been read, and before it is replaced on
                condition that it is still the one that was read. So whoever was frozen before and
                comes with markers of old sees here that there are others. What it raises ends it.
        """
        in_parallel(lambda item: self._write(folder, *item, may_replace), files.items())

    def list_folder(self, folder: RenditionFolder) -> list[ListedBlob]:
        return self._container.list(folder.path())

    def read_heads(self, video_paths: Sequence[str], length_bytes: int) -> list[bytes]:
        """Return the first bytes of each path of the container, in order; b"" where missing."""
        return in_parallel(
            lambda path: self._container.read(path, length_bytes) or b"", video_paths
        )

    def properties_of(self, video_paths: Sequence[str]) -> dict[str, BlobProperties]:
        """Return the properties of those paths of the container where something is."""
        found = in_parallel(self._container.properties, video_paths)
        return {path: it for path, it in zip(video_paths, found, strict=True) if it is not None}

    def _create(
        self, folder: RenditionFolder, file: str, body: bytes, media_type: str = "video/mp4"
    ) -> bool:
        return self._container.create(
            folder.path(file),
            body,
            content_type=content_type(file, media_type),
            cache_control=IMMUTABLE_CACHE,
        )

    def _write(
        self, folder: RenditionFolder, file: str, body: bytes, may_replace: Callable[[], bool]
    ) -> None:
        for _ in range(_ATTEMPTS):
            if self._create(folder, file, body):
                return
            there = self._container.read_version(folder.path(file))
            if there is None:
                continue
            if there.body == body or not may_replace():
                return
            try:
                self._container.put_if(
                    folder.path(file),
                    body,
                    there.etag,
                    content_type=content_type(file),
                    cache_control=IMMUTABLE_CACHE,
                )
            except Overtaken:
                continue
            return
        raise StorageFailed("write", on=folder.path(file), advice="others keep overwriting it")
