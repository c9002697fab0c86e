"""Writes a published video from storage to a folder, ready for any static web server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adapters.storage.port import Container, ListedBlob
from cli.problems import Unusable
from transcoding.errors import StorageFailed

_PARALLEL_READS = 8


def check_folder(folder: Path) -> None:
    """Make the folder unless it is there.

    Raises:
        Unusable: it is a file, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(
            "this cannot be the output folder",
            on=str(folder),
            advice=f"{error.strerror or error}: name another folder",
        ) from None


def write_tree(videos: Container, name: str, folder: Path) -> int:
    """Write all published files of a video below the folder; return how many there are.

    Playlists are stored gzip-encoded; here they are plain text, because a static server would
    not announce the encoding.

    Raises:
        StorageFailed: a file is gone, or names a place outside the folder.
    """
    top = folder.resolve()

    def write(blob: ListedBlob) -> None:
        target = (top / blob.path.removeprefix(f"{name}/")).resolve()
        body = videos.read(blob.path)
        if body is None or not target.is_relative_to(top):
            raise StorageFailed("write the published tree", on=blob.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)

    files = videos.list(f"{name}/")
    with ThreadPoolExecutor(_PARALLEL_READS) as pool:
        for _ in pool.map(write, files):
            pass
    return len(files)
