"""Watch over a running unit: write its progress, stop it when its job has no future."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from adapters.ffmpeg.runner import Progress
from adapters.storage.store import BlobStore
from transcoding.errors import Cancelled, StorageFailed
from transcoding.job.messages import Job
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitProgress

_INTERVAL_S = 2.0


class UnitReporter:
    """Takes the runner's progress; every 2 s at most it looks at storage and writes there."""

    def __init__(
        self,
        store: BlobStore,
        job: Job,
        *,
        unit_id: str,
        keys: tuple[str, ...],
        chunk: int,
        frames_total: int,
        frames_of: Callable[[Progress], int],
    ) -> None:
        """`frames_of` tells how many of `frames_total` are done, by the runner's word."""
        self._store = store
        self._job = job
        self._work = WorkFolder.of(job)
        self._frames_of = frames_of
        self._record = UnitProgress(
            unit_id=unit_id,
            rung_keys=keys,
            chunk=chunk,
            frames_done=0,
            frames_total=frames_total,
            speed=0.0,
            state="encoding",
        )
        self._next_at = 0.0

    def check_wanted(self) -> None:
        """Raise Superseded or Cancelled when the work is for nothing."""
        self._store.check_current(self._job)
        if self._store.is_cancelled(self._work):
            raise Cancelled("the job was cancelled", on=self._job.name)

    def encoding(self, progress: Progress) -> None:
        """Take progress from the runner; what it raises ends the encode."""
        now = time.monotonic()
        if now < self._next_at:
            return
        self._next_at = now + _INTERVAL_S
        try:
            self.check_wanted()
            frames = min(self._frames_of(progress), self._record.frames_total)
            self._write(frames_done=frames, speed=round(progress.speed, 3))
        except StorageFailed:
            # A passing fault of storage must not end an encode that runs well.
            return

    def state(self, state: str) -> None:
        """Say that encoding is over and what is done now."""
        with suppress(StorageFailed):  # as above
            self._write(state=state, frames_done=self._record.frames_total, speed=0.0)

    def done(self) -> None:
        """Take the record away; one that stays is ignored, as its chunk is done."""
        with suppress(StorageFailed):
            self._store.remove_progress(self._work, self._record.unit_id)

    def _write(self, **changes: object) -> None:
        self._record = self._record.model_copy(update=changes)
        self._store.write_progress(self._work, self._record)
