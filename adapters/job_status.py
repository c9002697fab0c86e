"""The status of a job: what its orchestrator says, joined with progress from storage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.services import Services
from transcoding.job.failure_text import read_failure
from transcoding.job.messages import Job, Outcome
from transcoding.job.paths import REPORT, WorkFolder, dead_letter, stable
from transcoding.plan.plan import Plan
from transcoding.reporting.status import (
    CustomStatus,
    JobStatus,
    State,
    percent_done,
    rendition_progress,
    time_left_s,
)

_STATES: Mapping[str, State] = {
    "Pending": "pending",
    "Running": "running",
    "ContinuedAsNew": "running",
    "Suspended": "running",
    "Failed": "failed",
    "Terminated": "failed",
    "Canceled": "failed",
}


def read_status(services: Services, instance: Mapping[str, Any]) -> JobStatus:
    """Return what users see of a job.

    Args:
        instance: the durable instance's status as JSON, its input included.
    """
    job = Job.from_json(_decoded(instance["input"]))
    runtime = str(instance["runtimeStatus"])
    base = JobStatus(
        instance_id=job.instance_id, name=job.name, state=_STATES.get(runtime, "running")
    )
    if runtime == "Completed":
        return _ended(services, base, Outcome.from_json(_decoded(instance["output"])))
    if base.state == "failed":
        return base.model_copy(update={"detail": _why_failed(services, job, instance)})
    return _running(services, base, job, instance)


def _why_failed(services: Services, job: Job, instance: Mapping[str, Any]) -> str:
    replay = f"vod replay '{job.name}'"
    if instance["runtimeStatus"] != "Failed":
        # Whoever ended it from outside left no dead letter.
        return f"the job was ended from outside ({instance['runtimeStatus']}); {replay}"
    reason = read_failure(str(instance.get("output") or "no reason is known")).text
    letter = f"{services.settings.failed_container}/{dead_letter(job)}"
    return f"{reason}; see {letter}, then: {replay}"


def _ended(services: Services, base: JobStatus, outcome: Outcome) -> JobStatus:
    changes: dict[str, Any] = {
        "state": outcome.status,
        "detail": outcome.detail,
        "stages": outcome.stages,
        "purge": outcome.purge,
    }
    if outcome.status == "published":
        changes |= {
            "percent": 100.0,
            "hls_url": services.store.playback_url(outcome.master_path),
            "dash_url": services.store.playback_url(outcome.manifest_path),
            "report_url": services.store.playback_url(stable(base.name, REPORT)),
        }
    return base.model_copy(update=changes)


def _running(
    services: Services, base: JobStatus, job: Job, instance: Mapping[str, Any]
) -> JobStatus:
    work = WorkFolder.of(job)
    said = _decoded(instance.get("customStatus"))
    custom = CustomStatus.from_json(said) if said else None
    changes: dict[str, Any] = {}
    if custom:
        changes |= {
            "phase": custom.phase,
            "groups_done": custom.groups_done,
            "groups_total": custom.groups_total,
        }
    body = services.store.read_plan(work)
    if body is not None:
        plan = Plan.model_validate_json(body)
        keys = [rung.key for rung in plan.rungs] + [audio.key for audio in plan.audio]
        done = {key: services.store.chunks_done(plan.folder(key)) for key in keys}
        renditions = rendition_progress(plan, done, services.store.read_progress(work))
        percent = min(percent_done(plan, renditions), 99.9)
        planned = services.store.work.properties(work.plan())
        elapsed_s = (datetime.now(UTC) - planned.last_modified).total_seconds() if planned else 0.0
        changes |= {
            "renditions": renditions,
            "percent": percent,
            "eta_s": time_left_s(percent, elapsed_s),
        }
    return base.model_copy(update=changes)


def _decoded(value: Any) -> Any:
    """Inputs and outputs arrive as JSON or as the text of it, depending on the host."""
    return json.loads(value) if isinstance(value, str) and value else value
