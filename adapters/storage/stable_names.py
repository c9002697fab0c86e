"""The stable names of videos: each file carries the number of the release that it is from.

It stands in blob metadata, `release`. Every write and every deletion is conditional on the ETag
that the number was read with: numbers never fall.
"""

from __future__ import annotations

from typing import NamedTuple

from adapters.storage.files import content_type
from adapters.storage.port import BlobProperties, Container, Overtaken
from transcoding.errors import StorageFailed
from transcoding.job import paths

_ATTEMPTS = 10
_NUMBER = "release"


class Met(NamedTuple):
    """What a deletion has met.

    Attributes:
        number: of the release that a file is from which stays; 0 where none stays.
        deleted: how many files are gone by it.
    """

    number: int
    deleted: int = 0


class StableNames:
    """The stable names in the videos container; `Releases` says what is written there."""

    def __init__(self, container: Container, max_age_s: int) -> None:
        """They are cached for `max_age_s`; what they refer to never changes."""
        self._container = container
        self._cache_control = f"public, max-age={max_age_s}"

    def live_number(self, name: str) -> int | None:
        """Return the number of the release that HLS players get; None where there is none."""
        there = self._container.properties(paths.stable(name, paths.MASTER))
        return _number(there) if there else None

    def stable_files(self, name: str) -> int:
        """Return how many stable names a release has written."""
        properties = (
            self._container.properties(paths.stable(name, file)) for file in paths.STABLE_NAMES
        )
        return sum(_number(there) > 0 for there in properties)

    def _replace(
        self, path: str, body: bytes, number: int, *, is_own_replaced: bool = False
    ) -> int:
        """Write a file unless it is from this release or a higher one; return its number then."""
        for _ in range(_ATTEMPTS):
            there = self._container.properties(path)
            found = _number(there)
            if found > number or (found == number and not is_own_replaced):
                return found
            try:
                self._container.put_if(
                    path,
                    body,
                    there.etag if there else None,
                    content_type=content_type(path),
                    cache_control=self._cache_control,
                    metadata={_NUMBER: str(number)},
                )
            except Overtaken:
                continue
            return number
        raise StorageFailed("publish", on=path, advice="others keep overwriting it")

    def _remove(self, path: str, number: int, *, is_foreign_spared: bool = False) -> Met:
        """Delete a file unless it is from this release or a higher one."""
        for _ in range(_ATTEMPTS):
            there = self._container.properties(path)
            if there is None or (is_foreign_spared and _number(there) == 0):
                return Met(0)
            if _number(there) >= number:
                return Met(_number(there))
            try:
                self._container.delete_if(path, there.etag)
            except Overtaken:
                continue
            return Met(0, deleted=1)
        raise StorageFailed("unpublish", on=path, advice="others keep overwriting it")

    def _remove_all(self, name: str, number: int) -> Met:
        """Delete what lower releases have written; a file of a higher one ends it.

        In the reverse order, so that players lose the video at once. What no release has written
        is somebody else's, and stays.
        """
        deleted = 0
        for file in (*reversed(paths.RELEASE_FILES), paths.REPORT):
            met = self._remove(paths.stable(name, file), number, is_foreign_spared=True)
            deleted += met.deleted
            if met.number > number:
                return Met(met.number, deleted)
        return Met(0, deleted)


def _number(there: BlobProperties | None) -> int:
    """Return the release that a stable file is from; 0 for what no release has written."""
    text = there.metadata.get(_NUMBER, "") if there else ""
    return int(text) if text.isdecimal() else 0
