"""Dead letters: what failed, why, and how to start it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from adapters.services import Services
from adapters.storage.store import BlobStore
from adapters.telemetry import record_dead_letter, record_job
from transcoding.job import paths
from transcoding.job.messages import Ending, instance_id
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitFailure
from transcoding.values import Value

MAX_FAILURES = 20


class DeadLetter(Value):
    """A job that did not publish.

    Attributes:
        failures: the last failure of each unit, of 20 units at most, with the exact command (read
            URLs replaced) and the end of what it wrote to stderr.
    """

    status: str
    name: str
    etag: str
    instance_id: str
    run_id: str
    reason: str
    replay: str
    failures: tuple[UnitFailure, ...]


class Filed(Value):
    """Where a dead letter was written, relative to the `failed` container."""

    path: str


def write_dead_letter(services: Services, ending: Ending) -> Filed:
    """Write the dead letter of a refused or failed job, and stop what still runs of it."""
    job, outcome = ending.job, ending.outcome
    work = WorkFolder.of(job)
    services.store.cancel(work)
    letter = DeadLetter(
        status=outcome.status,
        name=job.name,
        etag=job.etag,
        instance_id=job.instance_id,
        run_id=job.run_id,
        reason=outcome.detail,
        replay=_how_to_replay(outcome.status, job.name),
        failures=tuple(services.store.read_failures(work, MAX_FAILURES)),
    )
    path = paths.dead_letter(job)
    services.store.write_dead_letter(path, letter.model_dump_json(indent=2).encode())
    record_job(outcome.status, sum(stage.seconds for stage in outcome.stages))
    record_dead_letter(outcome.status)
    return Filed(path=path)


def write_poison_letter(store: BlobStore, event: Mapping[str, Any]) -> str:
    """Write the dead letter of an upload event that never became a job; return its path."""
    container = str(event.get("ContainerName", ""))
    name, etag = str(event.get("BlobName", "")), str(event.get("ETag", "")).strip('"')
    path = paths.poison_letter(name, instance_id(container, name, etag))
    letter = {
        "status": "trigger_failed",
        "reason": "the blob trigger failed five times; its log says why",
        "replay": _how_to_replay("failed", name),
        "event": dict(event),
    }
    # No job may have run here yet, and it is jobs that make the containers.
    store.failed.create()
    store.write_dead_letter(path, json.dumps(letter, indent=2).encode())
    record_dead_letter("trigger_failed")
    return path


def _how_to_replay(status: str, name: str) -> str:
    if status == "refused":
        return "upload a corrected file under the same name"
    return f"vod replay '{name}', or POST /api/replay?name=..., or upload the file again"
