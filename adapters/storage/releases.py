"""Releases of videos: recorded first, then written to the stable names.

A release has a number; its record is created once, and from then on the release is going live,
whatever becomes of its job or its source. On the stable names numbers never fall
(`adapters.storage.stable_names`): a release is only overtaken by a higher one. Whoever meets the
highest record half published finishes it. So DASH and HLS agree whenever no publish is under way.

A release may lack a file that the one before it had, such as a poster. That file is deleted: it
would show another video's picture. With it goes its number, so a publisher that was frozen can
create it once more; it looks at the records when it is done, and finishes the highest (as does
whoever comes next, should it die).

A video is taken away by a release that has no files at all, a withdrawal. So whoever publishes a
lower one, however late, ends by taking it away again. Its record stays for that.

Where the upload stays, its job may publish again, and has perhaps looked at files already that are
being deleted. So files are deleted between two withdrawals of that source, one that is begun and
one that is over. A job is not planned while one is begun, and publishes only where there is none
that it has not seen when it was planned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from adapters.storage.files import IMMUTABLE_CACHE, JSON, in_parallel, json_of
from adapters.storage.stable_names import StableNames
from transcoding.errors import StorageFailed
from transcoding.job import paths
from transcoding.job.records import ReleaseRecord, StableCopy, StableText

_ATTEMPTS = 10


class _FoldersOnly(BaseModel):
    """The part of a record that every version has."""

    folders: tuple[str, ...]


class Withdrawn(NamedTuple):
    """What came of a withdrawal.

    Attributes:
        number: its own; 0 where it was overtaken.
        stable_files: how many stable names it has deleted.
    """

    number: int
    stable_files: int = 0


class Removal(NamedTuple):
    """The last withdrawal of a video whose upload stayed.

    Attributes:
        number: 0 where there is none.
        is_over: no more files are deleted after it.
    """

    number: int = 0
    is_over: bool = True


class Releases(StableNames):
    """Release records, and the stable names that are written by them."""

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
        """Whether any release is recorded, other than a single withdrawal that is over."""
        numbers = self._numbers(name, is_emptied_too=False)
        only = self._read(name, numbers[0]) if len(numbers) == 1 else None
        return bool(numbers) and not (only and only.is_withdrawal and only.is_complete)

    def last_removal(self, name: str, source_key: str) -> Removal:
        """Return the last withdrawal of what was made of a source that stayed.

        Costs a listing and a look at each record.
        """
        records = in_parallel(lambda number: self._read(name, number), self._numbers(name))
        found = [
            Removal(record.number, record.is_complete)
            for record in records
            if record and record.is_withdrawal and record.source_key == source_key
        ]
        return max(found, default=Removal())

    def folders_referred(self, name: str, source_key: str = "") -> frozenset[str]:
        """Return the folders below `source_key`, or all, that any release refers to.

        Nothing in them may be changed or deleted. Of a record that is of another version (after a
        rollback) the folders are read all the same. One that is no record at all refers to nothing:
        records are created whole, so nobody has published it.
        """
        bodies = in_parallel(
            lambda number: self._container.read(paths.release_record(name, number)),
            self._numbers(name),
        )
        folders = {folder for body in bodies if body for folder in _folders(body)}
        below = f"{source_key}/" if source_key else ""
        return frozenset(folder for folder in folders if folder.startswith(below))

    # --- stable names

    def publish(self, name: str, release: ReleaseRecord) -> int:
        """Write the stable files of a recorded release, the multivariant playlist last.

        Any number of publishers may be at it at the same time, with any releases.

        Returns:
            The number that is live: this one's, or that of a higher one.

        Raises:
            StorageFailed: it may be half published; publish it again, or `finish`.
        """
        overtaker = self._write_all(name, release)
        return max(overtaker, self._finish_above(name, release.number))

    def finish(self, name: str) -> int | None:
        """Finish the highest release, should it be half published; return the number live.

        Costs a listing and a look at each stable file where there is nothing to do.
        """
        latest = self.latest(name)
        return self.publish(name, latest) if latest else self.live_number(name)

    def withdraw(
        self,
        name: str,
        run_id: str,
        is_overtaken: Callable[[ReleaseRecord | None], bool],
        *,
        kept: str = "",
        is_over: bool = True,
    ) -> Withdrawn:
        """Take a video away, or go on with that.

        Args:
            run_id: of the caller's own: of two that come at once each knows its record.
            is_overtaken: is given the highest release before a withdrawal is recorded above it, and
                tells whether that one is to stay.
            kept: source key of the upload where that stays, "" otherwise.
            is_over: no more files are deleted after it. Where the upload stays, a record of its
                own says so: what others have recorded meanwhile says it of their files.

        Raises:
            StorageFailed: the video may be half there; withdraw it again.
        """
        for _ in range(_ATTEMPTS):
            # In this order, as `next_number` says.
            number = self.next_number(name)
            latest = self.latest(name)
            if latest is None or not _goes_on(latest, kept, is_over=is_over):
                if is_overtaken(latest):
                    return Withdrawn(0)
                latest = _withdrawal(number, run_id, kept, is_over=is_over)
                if not self.record(name, latest):
                    continue
            deleted = self._remove_all(name, latest.number).deleted
            self._finish_above(name, latest.number)
            return Withdrawn(latest.number, deleted)
        raise StorageFailed("withdraw", on=name, advice="others keep recording their releases")

    def forget(self, name: str, number: int) -> None:
        """Empty the records of all releases below `number`, which is that of a withdrawal.

        Their numbers stay taken: a publisher of a newer upload that has one of them would record
        its release below the withdrawal.
        """
        numbers = self._numbers(name, is_emptied_too=False)
        lower = [paths.release_record(name, lower) for lower in numbers if lower < number]
        in_parallel(lambda path: self._container.put(path, b"", content_type=JSON), lower)

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

    def _finish_above(self, name: str, number: int) -> int:
        """Finish what was recorded above a release that is written; return the number live."""
        latest = self.latest(name)
        return self.publish(name, latest) if latest and latest.number > number else number

    def _write_all(self, name: str, release: ReleaseRecord) -> int:
        """Write each file unless it is from a higher release, which ends it; return that or 0.

        The higher one has written all files before that one, and its publisher, or whoever
        finishes it, writes those after.
        """
        if release.is_withdrawal:
            return self._remove_all(name, release.number).number
        for file in paths.RELEASE_FILES:
            path = paths.stable(name, file)
            body = self._body(name, release.files.get(file))
            if body is None:
                found = self._remove(path, release.number).number
            else:
                found = self._replace(path, body, release.number)
            if found > release.number:
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

    def _numbers(self, name: str, *, is_emptied_too: bool = True) -> list[int]:
        listed = self._container.list(paths.releases(name))
        return [
            number
            for blob in listed
            if (number := paths.release_number(blob.path)) and (is_emptied_too or blob.size_bytes)
        ]

    def _read(self, name: str, number: int) -> ReleaseRecord | None:
        body = self._container.read(paths.release_record(name, number))
        try:
            return None if body is None else ReleaseRecord.model_validate_json(body)
        except ValidationError:
            return None


def _goes_on(latest: ReleaseRecord, kept: str, *, is_over: bool) -> bool:
    """Tell whether the highest release is a withdrawal that says all that is to be said."""
    if not latest.is_withdrawal:
        return False
    if not kept:
        return latest.is_complete
    return latest.source_key == kept and not latest.is_complete and not is_over


def _withdrawal(number: int, run_id: str, kept: str, *, is_over: bool) -> ReleaseRecord:
    return ReleaseRecord(
        number=number, source_key=kept, folders=(), files={}, is_complete=is_over, run_id=run_id
    )


def _folders(body: bytes) -> tuple[str, ...]:
    try:
        return _FoldersOnly.model_validate_json(body).folders
    except ValidationError:
        return ()
