"""What every activity does around its own work: span, reply, and a note of its failure."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from adapters.redaction import redact
from adapters.storage.store import BlobStore
from adapters.telemetry import activity_span, record_retry
from transcoding.errors import Cancelled, StorageFailed, Superseded, ToolFailed, VodError
from transcoding.job.messages import Job, Reply
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitFailure
from transcoding.values import Value

_log = logging.getLogger("durable_vod.activity")


def run_activity(
    name: str, job: Job, store: BlobStore, work: Callable[[], Value], *, unit_id: str = ""
) -> dict[str, Any]:
    """Do an activity's work and return its Reply as JSON.

    A replaced or deleted source and a cancelled job are answers, not failures: retrying is no
    use. Everything else is written to the job's work folder in full, with the command and what it
    said, and raised for the host to retry. That note also tells the next attempt that it is one.

    The host keeps the text of what is raised; read URLs and keys are cut out of it.
    """
    unit = unit_id or name
    try:
        with activity_span(name, job, unit=unit):
            note = WorkFolder.of(job).failures(f"{unit}.json")
            failed_before = store.work.properties(note) is not None
            if failed_before:
                record_retry(name)
            value = work().to_json()
            if failed_before:
                store.work.delete(note)
            return Reply(value=value).to_json()
    except (Superseded, Cancelled) as stop:
        _log.info("%s stopped: %s", unit, stop)
        return Reply(stopped=str(stop)).to_json()
    except VodError as error:
        _note_failure(store, job, unit, error)
        raise
    except Exception as error:
        _note_failure(store, job, unit, error)
        if redact(str(error)) == str(error):
            raise
        raise VodError(f"{type(error).__name__} in {unit}", advice=redact(str(error))) from None


def _note_failure(store: BlobStore, job: Job, unit: str, error: Exception) -> None:
    details = (
        {"command": error.command, "exit_code": error.exit_code, "stderr_tail": error.stderr_tail}
        if isinstance(error, ToolFailed)
        else {}
    )
    failure = UnitFailure.model_validate(
        {"unit_id": unit, "error": type(error).__name__, "message": redact(str(error)), **details}
    )
    try:
        store.write_failure(WorkFolder.of(job), failure)
    except StorageFailed as second:
        _log.warning("no note of the failure of %s could be written: %s", unit, second)
