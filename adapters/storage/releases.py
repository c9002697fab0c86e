"""Releases of videos: recorded first, then written to the stable names.

A release has a number; its record is created once, and from then on the release is going live,
whatever becomes of its job or its source. Each stable file carries the number of the release that
it is from (blob metadata `release`), and every write is conditional on the ETag that the number was
read with: numbers never fall, a release is only overtaken by a higher one. Whoever meets the
highest record half published finishes it. So DASH and HLS agree whenever no publish is under way.

A release may lack a file that the one before it had, such as a poster. That file is deleted: it
would show another video's picture. With it goes its number, so a publisher that was frozen can
create it once more; it looks at the records when it is done, and finishes the highest (as does
whoever comes next, should it die).

A video is taken away by a release that has no files at all, a withdrawal. So whoever publishes a
lower one, however late, ends by taking it away again. Its record stays for that.
"""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, ValidationError

from adapters.storage.files import IMMUTABLE_CACHE, JSON, content_type, in_parallel, json_of
from adapters.storage.port import BlobProperties, Container, Overtaken
from transcoding.errors import StorageFailed
from transcoding.job import paths
from transcoding.job.records import ReleaseRecord, StableCopy, StableText

_ATTEMPTS = 10
_NUMBER = "release"


class _FoldersOnly(BaseModel):
    """The part of a record that every version has."""

    folders: tuple[str, ...]


class Releases:
    """Release records and stable names in the videos container."""

    def __init__(self, container: Container, max_age_s: int) -> None:
        """Stable names are cached for `max_age_s`; what they refer to never changes."""
        self._container = container
        self._cache_control = f"public, max-age={max_age_s}"

    # --- records

    def next_number(self, name: str) -> int:
        """Return the number after the highest that is recorded.

        Look first, then check that the source is the current one, then `record`: whoever recorded
        in between makes that fail, and the check is made again. So a higher number is always that
        of the same or a newer source.
        """
        return max(self._numbers(name), default=0) + 1

    def record(self, name: str, release: ReleaseRecord) -> bool:
        """Record a release; from here on it goes live. False where its number is taken."""
        path = paths.release_record(name, release.number)
        body = json_of(release)
        is_created = self._container.create(
            path, body, content_type=JSON, cache_control=IMMUTABLE_CACHE
        )
        # The answer to the first try can have been lost.
        return is_created or self._container.read(path) == body

    def latest(self, name: str) -> ReleaseRecord | None:
        """Return the highest release; None where there is none, or it is of another version."""
        number = max(self._numbers(name), default=0)
        return self._read(name, number) if number else None

    def of_run(self, name: str, run_id: str) -> ReleaseRecord | None:
        """Return the release that a run has recorded, whatever was recorded since; None for none.

        Costs a listing and a look at each record.
        """
        numbers = sorted(self._numbers(name), reverse=True)
        records = in_parallel(lambda number: self._read(name, number), numbers)
        return next((record for record in records if record and record.run_id == run_id), None)

    def is_recorded(self, name: str) -> bool:
        """Whether any release is recorded, apart from a withdrawal that is the only one."""
        numbers = self._numbers(name)
        only = self._read(name, numbers[0]) if len(numbers) == 1 else None
        return bool(numbers) and not (only and only.is_withdrawal)

    def folders_referred(self, name: str, source_key: str) -> frozenset[str]:
        """Return the folders below `source_key` that any release refers to.

        Nothing in them may be changed or deleted. Of a record that is of another version (after a
        rollback) the folders are read all the same. One that is no record at all refers to nothing:
        records are created whole, so nobody has published it.
        """
        bodies = in_parallel(
            lambda number: self._container.read(paths.release_record(name, number)),
            self._numbers(name),
        )
        folders = {folder for body in bodies if body for folder in _folders(body)}
        return frozenset(folder for folder in folders if folder.startswith(f"{source_key}/"))

    # --- stable names

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

    def publish(self, name: str, release: ReleaseRecord) -> int:
        """Write the stable files of a recorded release, the multivariant playlist last.

        Any number of publishers may be at it at the same time, with any releases.

        Returns:
            The number that is live: this one's, or that of a higher one.

        Raises:
            StorageFailed: it may be half published; publish it again, or `finish`.
        """
        while True:
            overtaker = self._write_all(name, release)
            latest = self.latest(name)
            if latest is None or latest.number <= release.number:
                return max(overtaker, release.number)
            release = latest

    def finish(self, name: str) -> int | None:
        """Finish the highest release, should it be half published; return the number live.

        Costs a listing and a look at each stable file where there is nothing to do.
        """
        latest = self.latest(name)
        return self.publish(name, latest) if latest else self.live_number(name)

    def withdraw(
        self, name: str, run_id: str, is_overtaken: Callable[[ReleaseRecord | None], bool]
    ) -> int:
        """Take a video away, or go on with that.

        Args:
            run_id: of the caller's own: of two that come at once each knows its record.
            is_overtaken: is given the highest release before a withdrawal is recorded above it, and
                tells whether that one is to stay.

        Returns:
            The number of the withdrawal; 0 where it was overtaken.

        Raises:
            StorageFailed: the video may be half there; withdraw it again.
        """
        for _ in range(_ATTEMPTS):
            # In this order, as `next_number` says.
            number = self.next_number(name)
            latest = self.latest(name)
            if latest is None or not latest.is_withdrawal:
                if is_overtaken(latest):
                    return 0
                latest = _withdrawal(number, run_id)
                if not self.record(name, latest):
                    continue
            self.publish(name, latest)
            return latest.number
        raise StorageFailed("withdraw", on=name, advice="others keep recording their releases")

    def forget(self, name: str, number: int) -> None:
        """Delete the records of all releases below `number`, which is that of a withdrawal."""
        lower = [lower for lower in self._numbers(name) if lower < number]
        in_parallel(lambda it: self._container.delete(paths.release_record(name, it)), lower)

    def publish_report(self, name: str, number: int, body: bytes) -> bool:
        """Write report.json of a release; False where that of a higher one is there.

        It is no part of the record: it tells how the publish went.
        """
        path = paths.stable(name, paths.REPORT)
        if self._replace(path, body, number, is_own_replaced=True) != number:
            return False
        latest = self.latest(name)
        if latest is None or not latest.is_withdrawal:
            return True
        self._remove(path, latest.number)
        return False

    def _write_all(self, name: str, release: ReleaseRecord) -> int:
        """Write each file unless it is from a higher release, which ends it; return that or 0.

        The higher one has written all files before that one, and its publisher, or whoever
        finishes it, writes those after.
        """
        if release.is_withdrawal:
            return self._remove_all(name, release.number)
        for file in paths.RELEASE_FILES:
            path = paths.stable(name, file)
            body = self._body(name, release.files.get(file))
            if body is None:
                found = self._remove(path, release.number)
            else:
                found = self._replace(path, body, release.number)
            if found > release.number:
                return found
        return 0

    def _remove_all(self, name: str, number: int) -> int:
        """Delete what lower releases have written; return the number of a higher one, or 0.

        In the reverse order, so that players lose the video at once. What no release has written
        is somebody else's, and stays.
        """
        for file in (*reversed(paths.RELEASE_FILES), paths.REPORT):
            found = self._remove(paths.stable(name, file), number, is_foreign_spared=True)
            if found > number:
                return found
        return 0

    def _body(self, name: str, source: StableText | StableCopy | None) -> bytes | None:
        """Return the bytes of a stable file.

        A copied file that is gone is as good as none: without its poster a video plays, but with
        the half of a release it does not.
        """
        if isinstance(source, StableCopy):
            return self._container.read(paths.stable(name, source.source))
        return source.text.encode() if source else None

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

    def _remove(self, path: str, number: int, *, is_foreign_spared: bool = False) -> int:
        """Delete a file that is from a lower release; return its number otherwise, or 0."""
        for _ in range(_ATTEMPTS):
            there = self._container.properties(path)
            if there is None or (is_foreign_spared and _number(there) == 0):
                return 0
            if _number(there) >= number:
                return _number(there)
            try:
                self._container.delete_if(path, there.etag)
            except Overtaken:
                continue
            return 0
        raise StorageFailed("unpublish", on=path, advice="others keep overwriting it")

    def _numbers(self, name: str) -> list[int]:
        listed = self._container.list(paths.releases(name))
        return [number for blob in listed if (number := paths.release_number(blob.path))]

    def _read(self, name: str, number: int) -> ReleaseRecord | None:
        body = self._container.read(paths.release_record(name, number))
        try:
            return None if body is None else ReleaseRecord.model_validate_json(body)
        except ValidationError:
            return None


def _withdrawal(number: int, run_id: str) -> ReleaseRecord:
    return ReleaseRecord(
        number=number, source_key="", folders=(), files={}, is_complete=True, run_id=run_id
    )


def _number(there: BlobProperties | None) -> int:
    """Return the release that a stable file is from; 0 for what no release has written."""
    text = there.metadata.get(_NUMBER, "") if there else ""
    return int(text) if text.isdecimal() else 0


def _folders(body: bytes) -> tuple[str, ...]:
    try:
        return _FoldersOnly.model_validate_json(body).folders
    except ValidationError:
        return ()
