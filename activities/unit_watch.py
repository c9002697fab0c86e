"""Watch over a running unit: write its progress, stop it when its job has no future."""

from __future__ import annotations

from contextlib import suppress
from typing import Self

from adapters.ffmpeg.output import Progress
from adapters.services import Services
from transcoding.errors import Cancelled, PlanAgain, StorageFailed, Superseded
from transcoding.job.messages import Job
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitProgress
from transcoding.plan.plan import Unit

_INTERVAL_S = 2.0
_SLACK_S = 1.0


def check_wanted(services: Services, job: Job) -> None:
    """Raise Superseded or Cancelled when the work of a job is for nothing."""
    stores = services.stores
    if stores.notes.is_cancelled(WorkFolder.of(job)):
        raise Cancelled("the job was cancelled", on=job.name)
    current = stores.uploads.properties(job.name)
    if current is None or current.etag != job.etag:
        happened = (
            "was deleted"
            if current is None
            else "was replaced by a newer upload, or its metadata was changed,"
        )
        raise Superseded(f"the source {happened} while its job ran", on=job.name)


class UnitWatch:
    """Takes the runner's progress; every 2 s at most it looks at storage and writes there.

    As a context manager it takes its record away, however the unit ends. What a killed worker
    leaves tells by its silence.
    """

    def __init__(self, services: Services, unit: Unit, attempt: int) -> None:
        self._services = services
        self._unit = unit
        self._work = WorkFolder.of(unit.job)
        clock = services.clock
        self._ends_at_s = clock.monotonic_s() + services.settings.unit_timeout_s
        self._next_at_s = clock.monotonic_s()
        self._record = UnitProgress(
            unit_id=unit.unit_id,
            track_keys=tuple(track.key for track in unit.tracks),
            chunk=unit.chunk.index,
            attempt=attempt,
            frames_done=0,
            frames_total=unit.chunk.frame_count,
            speed=0.0,
            state="encoding",
            written_at=clock.now(),
        )

    def seconds_left(self) -> float:
        """Return what is left of the unit's time: the host kills a function that takes too long."""
        return max(_SLACK_S, self._ends_at_s - self._services.clock.monotonic_s())

    def check(self) -> None:
        """Raise Superseded, Cancelled or PlanAgain when the work is for nothing."""
        check_wanted(self._services, self._unit.job)
        if self._services.stores.notes.is_round_over(self._work, self._unit.round):
            raise PlanAgain("another unit has found that the job must be planned anew")

    def encoding(self, progress: Progress) -> None:
        """Take progress from the runner; what it raises ends the encode."""
        done = self._unit.frames_done(progress.frames, progress.out_time_s)
        self._say(frames_done=done, speed=round(progress.speed, 3))

    def heartbeat(self, _progress: Progress | None = None) -> None:
        """Say that the unit still runs; what it raises ends what the runner does."""
        self._say()

    def enter(self, state: str) -> None:
        """Say that encoding is over and what is done now."""
        self._next_at_s = self._services.clock.monotonic_s()
        self._say(state=state, frames_done=self._record.frames_total, speed=0.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(StorageFailed):
            self._services.stores.notes.remove_progress(self._work, self._unit.unit_id)

    def _say(self, **changes: object) -> None:
        clock = self._services.clock
        self._record = self._record.model_copy(update=changes)
        if clock.monotonic_s() < self._next_at_s:
            return
        self._next_at_s = clock.monotonic_s() + _INTERVAL_S
        try:
            self.check()
            now = {"written_at": clock.now()}
            self._services.stores.notes.write_progress(
                self._work, self._record.model_copy(update=now)
            )
        except StorageFailed:
            # A passing fault of storage must not end an encode that runs well.
            return
