"""The status of a job: what its orchestrator says, joined with notes from storage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.services import Services
from transcoding.job.failure_text import read_failure
from transcoding.job.messages import Job, Outcome
from transcoding.job.paths import MANIFEST, MASTER, REPORT, WorkFolder, dead_letter, stable
from transcoding.job.records import UnitFailure, UnitProgress
from transcoding.plan.plan import Plan
from transcoding.reporting.status import (
    CustomStatus,
    JobStatus,
    State,
    percent_done,
    rendition_progress,
    still_open,
    time_left_s,
    troubles,
)

_MAX_TROUBLES = 20

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
    job = job_of(instance)
    runtime = str(instance["runtimeStatus"])
    base = JobStatus(
        instance_id=job.instance_id, name=job.name, state=_STATES.get(runtime, "running")
    )
    if runtime == "Completed":
        return _ended(services, base, Outcome.from_json(_decoded(instance["output"])))
    if base.state == "failed":
        why = _why_failed(services, job, instance)
        if _is_live(services, job):
            urls = _urls(services, job.name)
            return base.model_copy(update={"state": "published", "warnings": (why,), **urls})
        return base.model_copy(update={"detail": why})
    return _running(services, base, job, instance)


def job_of(instance: Mapping[str, Any]) -> Job:
    """Return the job that an instance was started with."""
    return Job.from_json(_decoded(instance["input"]))


def read_published(services: Services, name: str, why: str) -> JobStatus | None:
    """Return the status of a name that no job is known for, by what is published under it.

    Args:
        why: there is no job to tell of.
    """
    if services.stores.releases.live_number(name) is None:
        return None
    base = JobStatus(instance_id="", name=name, state="published", detail=why)
    return base.model_copy(update=_urls(services, name))


def _is_live(services: Services, job: Job) -> bool:
    """Tell whether what is live is this very run's: then it has not failed, whatever ended it."""
    latest = services.stores.releases.latest(job.name)
    live = services.stores.releases.live_number(job.name)
    return latest is not None and latest.run_id == job.run_id and live == latest.number


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
        "warnings": outcome.warnings,
    }
    if outcome.status == "published":
        changes |= _urls(services, base.name)
        if services.stores.releases.live_number(base.name) is None:
            removed = f"the video was removed since; vod replay '{base.name}'"
            changes |= {**dict.fromkeys(_ADDRESSES, ""), "warnings": (*outcome.warnings, removed)}
    return base.model_copy(update=changes)


_ADDRESSES = ("hls_url", "dash_url", "report_url")


def _urls(services: Services, name: str) -> dict[str, Any]:
    url = services.stores.playback_url
    return {
        "percent": 100.0,
        "hls_url": url(stable(name, MASTER)),
        "dash_url": url(stable(name, MANIFEST)),
        "report_url": url(stable(name, REPORT)),
    }


def _running(
    services: Services, base: JobStatus, job: Job, instance: Mapping[str, Any]
) -> JobStatus:
    work = WorkFolder.of(job)
    notes = services.stores.notes
    said = _decoded(instance.get("customStatus"))
    now = services.clock.now()
    running: Sequence[UnitProgress] = notes.read_progress(work)
    failures: Sequence[UnitFailure] = notes.read_failures(work, _MAX_TROUBLES)
    changes: dict[str, Any] = {"phase": CustomStatus.from_json(said).phase if said else ""}
    planned = notes.read_latest_plan(work, Plan)
    if planned is not None:
        plan = planned.plan
        renditions_of = services.stores.renditions
        done = {
            track.key: renditions_of.chunks_done(plan.folder(track.key)) for track in plan.tracks
        }
        running = still_open(plan, done, running)
        failures = still_open(plan, done, failures)
        renditions = rendition_progress(plan, done, running, now)
        percent = min(percent_done(plan, renditions), 99.9)
        elapsed_s = (now - planned.at).total_seconds()
        changes |= {
            "renditions": renditions,
            "percent": percent,
            "eta_s": time_left_s(percent, elapsed_s),
        }
    changes["troubles"] = troubles(failures, running, now)
    return base.model_copy(update=changes)


def _decoded(value: Any) -> Any:
    """Inputs and outputs arrive as JSON or as the text of it, depending on the host."""
    return json.loads(value) if isinstance(value, str) and value else value
