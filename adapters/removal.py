"""Removes a video: its upload, what is published of it, and what Front Door keeps of that.

In this order, so that a death in the middle leaves nothing that comes alive again:

    1 the upload         whoever publishes looks for it before it records a release
    2 the stable names   by a withdrawal, which overtakes every release that is under way
    3 source folders     playlists first, then markers, then the rest
    4 where the upload   once more a withdrawal: its job publishes nothing of which it found files
      stays              before (see `adapters.storage.releases`)
    5 the purge          nothing is there any more that an edge could fetch again
    6 release records    emptied, but for the withdrawal's own; until then another call finds what
                         to do

Another call goes on where one has ended. A job can run on that nobody knows of, as its upload is
gone or is another by now: it looks for its upload every two seconds, and stores what it has begun
to. So young files are left for a later call, unless a release refers to their folder, where no job
writes any more; and the removal is complete when nothing is found once more.

Nothing is deleted by a bare prefix: `a` and `a/b.mp4` are two videos, and `a/` is a folder of both.
Dead letters stay, and notes in the work container go by its lifecycle rule.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import NamedTuple

from adapters.front_door import FrontDoorPurger, not_configured
from adapters.settings import FrontDoor
from adapters.storage.files import in_parallel
from adapters.storage.port import BlobProperties, Container, ListedBlob, Overtaken
from adapters.storage.releases import Releases
from adapters.storage.uploads import Uploads
from transcoding.errors import PurgeFailed
from transcoding.job import paths
from transcoding.job.messages import OWN_MARK, PurgeState, source_key
from transcoding.job.records import ReleaseRecord
from transcoding.reporting.removal import Removed

MAX_FILES = 10_000
"""Deleted in one call: half a minute or so of requests. Azure ends an HTTP call after 230 s."""

YOUNG = timedelta(minutes=1)
"""Whoever is storing a chunk stores several files in this time."""

_NOTHING = PurgeState(status="done", detail="there was nothing to purge")
_LATER = PurgeState(status="running", detail="it is purged when all files are gone")


def _new_id() -> str:
    return f"removal-{uuid.uuid4().hex[:12]}"


class _Present(NamedTuple):
    """What there is of a published video.

    Attributes:
        stable: how many stable names a release has written.
        files: in source folders.
        is_recorded: whether there are records of releases.
    """

    stable: int = 0
    files: tuple[ListedBlob, ...] = ()
    is_recorded: bool = False


@dataclass(frozen=True)
class Remover:
    """Removes videos; threads share it.

    Attributes:
        purge: asks Front Door to forget all below a name.
        max_files: deleted in one call.
        new_id: gives each removal an id of its own.
    """

    uploads: Uploads
    videos: Container
    releases: Releases
    now: Callable[[], datetime]
    purge: Callable[[str], PurgeState]
    max_files: int = MAX_FILES
    new_id: Callable[[], str] = _new_id

    def remove(
        self, name: str, upload: BlobProperties | None, *, keep_upload: bool = False
    ) -> Removed | None:
        """Remove a video; None where there is nothing of it.

        A newer upload that comes in meanwhile is left alone, with all that is made of it.

        Args:
            upload: what was seen of it, None where there is none.

        Raises:
            Overtaken: another upload is there by now; nothing was removed.
            StorageFailed: call it again.
        """
        if upload is not None and not keep_upload:
            self.uploads.delete(name, upload.etag)
        is_deleted = upload is not None and not keep_upload
        present = self._look(name)
        if present == _Present():
            # Who publishes has stored its files before it looks for its upload: nobody is about to.
            return _removed(name, is_deleted, purge=_NOTHING) if upload else None
        kept = upload if keep_upload else None
        newer = partial(self._newer_source, name, kept)
        # Looked for after the listing: what comes later is not on it.
        files = _without(present.files, name, newer())
        withdraw = partial(
            self.releases.withdraw,
            name,
            self.new_id(),
            lambda latest: _is_of(latest, newer()),
            kept=source_key(kept.etag) if kept else "",
        )
        withdrawn = withdraw(is_over=not kept)
        young = self._young(name, files)
        deleted = self._delete([blob for blob in files if blob not in young])
        told = partial(_removed, name, is_deleted, withdrawn.stable_files, deleted)
        if deleted < len(files) or _without(self._source_files(name), name, newer()):
            return told(purge=_LATER, is_complete=False, wait_s=self._wait_s(young))
        number = withdraw(is_over=True).number if kept else withdrawn.number
        purged = self.purge(name)
        if number and purged.status != "failed":
            self.releases.forget(name, number)
        return told(purge=purged)

    def _look(self, name: str) -> _Present:
        # Under a name that is refused nothing is published, and storage may refuse such paths.
        if paths.check_name(name):
            return _Present()
        return _Present(
            stable=self.releases.stable_files(name),
            files=self._source_files(name),
            is_recorded=self.releases.is_recorded(name),
        )

    def _source_files(self, name: str) -> tuple[ListedBlob, ...]:
        listed = self.videos.list(paths.stable(name, OWN_MARK))
        return tuple(blob for blob in listed if paths.is_source_file(name, blob.path))

    def _young(self, name: str, files: Sequence[ListedBlob]) -> frozenset[ListedBlob]:
        """Return the files that somebody may have written who has not ended yet."""
        now = self.now()
        young = [blob for blob in files if now - blob.last_modified < YOUNG]
        referred = self.releases.folders_referred(name) if young else frozenset()
        return frozenset(blob for blob in young if paths.folder_of(name, blob.path) not in referred)

    def _wait_s(self, young: frozenset[ListedBlob]) -> int:
        """Return how long it takes until none of them is young."""
        written = max((blob.last_modified for blob in young), default=None)
        return max(0, ceil((written + YOUNG - self.now()).total_seconds())) if written else 0

    def _newer_source(self, name: str, kept: BlobProperties | None) -> str:
        """Return the source key of an upload that is not the removed video's, "" for none."""
        current = self.uploads.properties(name)
        if current is None or (kept is not None and current.etag == kept.etag):
            return ""
        return source_key(current.etag)

    def _delete(self, files: Sequence[ListedBlob]) -> int:
        """Delete files as they were listed, up to the limit; return how many are gone."""
        deleted = 0
        ranked = sorted(files, key=lambda blob: _rank(blob.path))[: self.max_files]
        for rank in (0, 1, 2):
            batch = [blob for blob in ranked if _rank(blob.path) == rank]
            deleted += sum(in_parallel(self._delete_listed, batch))
        return deleted

    def _delete_listed(self, blob: ListedBlob) -> bool:
        try:
            self.videos.delete_if(blob.path, blob.etag)
        except Overtaken:
            # Somebody has written it anew; the next call sees what it is then.
            return False
        return True


def purge_below(front_door: FrontDoor | None, videos_container: str, name: str) -> PurgeState:
    """Ask Front Door to forget all below a name; whatever comes of it is told, not raised.

    Returns:
        Without a token: nobody asks after it.
    """
    if front_door is None:
        return not_configured()
    try:
        state = FrontDoorPurger(front_door).start([f"{paths.url_path(videos_container, name)}/*"])
    except PurgeFailed as failure:
        return PurgeState(status="failed", detail=str(failure))
    if state.status == "running" and not state.token:
        detail = f"{state.detail}: remove the video once more in {state.wait_s} s"
        return PurgeState(status="failed", detail=detail)
    return PurgeState(status=state.status, detail=state.detail)


def _rank(path: str) -> int:
    """Return what goes first: nothing tells of a file that is gone."""
    file = path.rpartition("/")[2]
    if file in (paths.MEDIA_PLAYLIST, paths.IFRAME_PLAYLIST):
        return 0
    return 1 if file.endswith(".json") else 2


def _without(files: Sequence[ListedBlob], name: str, spared: str) -> list[ListedBlob]:
    folder = paths.stable(name, f"{spared}/")
    return [blob for blob in files if not (spared and blob.path.startswith(folder))]


def _is_of(latest: ReleaseRecord | None, source: str) -> bool:
    return latest is not None and bool(source) and latest.source_key == source


def _removed(
    name: str,
    is_upload_deleted: bool,
    stable_files: int = 0,
    source_files: int = 0,
    *,
    purge: PurgeState,
    is_complete: bool = True,
    wait_s: int = 0,
) -> Removed:
    return Removed(
        name=name,
        upload=is_upload_deleted,
        stable_files=stable_files,
        source_files=source_files,
        is_complete=is_complete,
        wait_s=wait_s,
        purge=purge,
    )
