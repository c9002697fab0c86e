"""Step: tell how a job ended; for a published one, report.json last of all files."""

from __future__ import annotations

import json
from contextlib import suppress

import azure.durable_functions as df

from activities.collected import read_last_collected
from activities.runner import run_step
from adapters.services import Services
from transcoding.conformance import RuleResult
from transcoding.errors import StorageFailed
from transcoding.job import paths
from transcoding.job.events import JobEnded, PurgeEnded
from transcoding.job.messages import Ending, Filed, Job
from transcoding.job.paths import WorkFolder
from transcoding.job.retrying import policy_of
from transcoding.manifests.presentation import present
from transcoding.plan.plan import Plan
from transcoding.plan.release import Release
from transcoding.reporting.report import make_report

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def end_job(message: dict) -> dict:
    """Ending -> Filed."""
    return run_step("end_job", message, Ending, end)


def end(services: Services, ending: Ending) -> Filed:
    """Write the report of a published job, then count the job.

    Counted last: an attempt that fails half-way has counted nothing, unless it is the last one. The
    report is the last file of a job: whoever waits for a video can wait for its blob event.
    """
    try:
        path = _report(services, ending)
    except Exception:
        if _is_last_attempt(services, ending.job):
            _count(services, ending)
        raise
    _count(services, ending)
    return Filed(path=path)


def _report(services: Services, ending: Ending) -> str:
    services.stores.releases.finish(ending.job.name)
    if ending.outcome.status != "published":
        return ""
    plan = _read_plan(services, ending.job)
    if plan is None:
        raise StorageFailed(
            "read the plan",
            on=WorkFolder.of(ending.job).plans(),
            advice="the report cannot be written",
        )
    _write_report(services, plan, ending)
    return paths.stable(ending.job.name, paths.REPORT)


def _is_last_attempt(services: Services, job: Job) -> bool:
    with suppress(StorageFailed):
        noted = services.stores.notes.read_failure(WorkFolder.of(job), "end_job")
        return noted is not None and policy_of("end_job").wait_s(noted.attempt + 1) is None
    return False


def _count(services: Services, ending: Ending) -> None:
    outcome = ending.outcome
    media_s: float | None = None
    if outcome.status == "published":
        with suppress(StorageFailed):
            plan = _read_plan(services, ending.job)
            media_s = float(plan.duration_s) if plan else None
        services.events.tell(PurgeEnded(outcome.purge.partition(":")[0]))
    duration_s = sum(stage.seconds for stage in outcome.stages)
    services.events.tell(JobEnded(outcome.status, duration_s, media_s))


def _read_plan(services: Services, job: Job) -> Plan | None:
    planned = services.stores.notes.read_latest_plan(WorkFolder.of(job), Plan)
    return planned.plan if planned else None


def _write_report(services: Services, plan: Plan, ending: Ending) -> None:
    collected = read_last_collected(services, plan)
    conformance = services.stores.notes.read_conformance(WorkFolder.of(plan.job))
    report = make_report(
        plan,
        present(Release.whole(plan), collected.renditions()),
        collected.records,
        [RuleResult.from_json(result) for result in json.loads(conformance or b"[]")],
        ending.outcome,
    )
    services.stores.releases.publish_report(
        plan.job.name,
        ending.outcome.release,
        report.model_dump_json(indent=2).encode(),
    )
