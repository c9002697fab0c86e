"""What a run of a job notes for itself, in the work container. Nothing of it is needed later.

A note that cannot be read counts as one that is not there: no job ends because of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from adapters.storage.files import JSON, in_parallel, json_of
from adapters.storage.port import Container
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitFailure, UnitProgress
from transcoding.values import Value

_V = TypeVar("_V", bound=Value)


class Planned(NamedTuple, Generic[_V]):
    """A plan, and when it was made."""

    plan: _V
    at: datetime


class Notes:
    """Plan, progress, failures, verdict and marks of a run."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def create_plan(self, work: WorkFolder, round_number: int, plan: Value) -> bool:
        """Keep the plan of a round; False where there is one already, which stays."""
        return self._container.create(work.plan(round_number), json_of(plan), content_type=JSON)

    def read_plan(self, work: WorkFolder, round_number: int, kind: type[_V]) -> _V | None:
        return self._read(work.plan(round_number), kind)

    def read_latest_plan(self, work: WorkFolder, kind: type[_V]) -> Planned[_V] | None:
        """Return the plan of the highest round, and when it was made."""
        listed = self._container.list(work.plans())
        if not listed:
            return None
        plan = self._read(listed[-1].path, kind)
        found = self._container.properties(listed[-1].path)
        return Planned(plan, found.last_modified) if plan and found else None

    def create_collected(
        self, work: WorkFolder, round_number: int, pass_number: int, collected: Value
    ) -> bool:
        """Keep the joined markers of a pass; False where others are there, which stay."""
        path = work.collected(round_number, pass_number)
        if self._container.create(path, json_of(collected), content_type=JSON):
            return True
        return self._read(path, type(collected)) == collected

    def read_collected(
        self, work: WorkFolder, round_number: int, pass_number: int, kind: type[_V]
    ) -> _V | None:
        return self._read(work.collected(round_number, pass_number), kind)

    def read_latest_collected(
        self, work: WorkFolder, round_number: int, kind: type[_V]
    ) -> _V | None:
        """Return the joined markers of the last pass over the plan of a round."""
        listed = self._container.list(work.all_collected(round_number))
        return self._read(listed[-1].path, kind) if listed else None

    def write_progress(self, work: WorkFolder, progress: UnitProgress) -> None:
        self._write(work.progress(f"{progress.unit_id}.json"), json_of(progress))

    def remove_progress(self, work: WorkFolder, unit_id: str) -> None:
        self._container.delete(work.progress(f"{unit_id}.json"))

    def read_progress(self, work: WorkFolder) -> list[UnitProgress]:
        """Return the records of the units that run now."""
        return self._read_folder(work.progress(), UnitProgress)

    def write_failure(self, work: WorkFolder, failure: UnitFailure) -> None:
        self._write(work.failures(f"{failure.unit_id}.json"), json_of(failure))

    def read_failure(self, work: WorkFolder, unit_id: str) -> UnitFailure | None:
        """Return the last failure of a step, None where none is noted."""
        return self._read(work.failures(f"{unit_id}.json"), UnitFailure)

    def remove_failure(self, work: WorkFolder, unit_id: str) -> None:
        self._container.delete(work.failures(f"{unit_id}.json"))

    def read_failures(self, work: WorkFolder, limit: int) -> list[UnitFailure]:
        """Return some of the failures of a run: where all units fail, they fail alike."""
        return self._read_folder(work.failures(), UnitFailure, limit)

    def write_conformance(self, work: WorkFolder, body: bytes) -> None:
        self._write(work.conformance(), body)

    def read_conformance(self, work: WorkFolder) -> bytes | None:
        return self._container.read(work.conformance())

    def cancel(self, work: WorkFolder) -> None:
        """Leave the mark that makes running and waiting units of this run stop."""
        self._write(work.cancel_mark(), b"")

    def is_cancelled(self, work: WorkFolder) -> bool:
        return self._container.properties(work.cancel_mark()) is not None

    def mark_round_over(self, work: WorkFolder, round_number: int) -> None:
        """Leave the mark that units planned in this round are of no use any more."""
        self._write(work.round_over(round_number), b"")

    def is_round_over(self, work: WorkFolder, round_number: int) -> bool:
        return self._container.properties(work.round_over(round_number)) is not None

    def _write(self, path: str, body: bytes) -> None:
        self._container.put(path, body, content_type=JSON)

    def _read(self, path: str, kind: type[_V]) -> _V | None:
        body = self._container.read(path)
        return None if body is None else _decoded(kind, body)

    def _read_folder(self, prefix: str, kind: type[_V], limit: int | None = None) -> list[_V]:
        blobs = self._container.list(prefix)[:limit]
        # A record may be removed between the listing and the reading.
        bodies = in_parallel(lambda blob: self._container.read(blob.path), blobs)
        read = [None if body is None else _decoded(kind, body) for body in bodies]
        return [note for note in read if note is not None]


def _decoded(kind: type[_V], body: bytes) -> _V | None:
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        return None
