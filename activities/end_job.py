"""Step: tell how a job ended; for a published one, report.json last of all files."""

from __future__ import annotations

import json

import azure.durable_functions as df

from activities.collected import read_collected
from activities.runner import run_step
from adapters.services import Services
from transcoding.conformance import RuleResult
from transcoding.errors import StorageFailed
from transcoding.job import paths
from transcoding.job.events import JobEnded, PurgeEnded
from transcoding.job.messages import Ending, Filed
from transcoding.job.paths import WorkFolder
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

    Counted last: an attempt that fails half-way has counted nothing. The report is the last file
    of a job: whoever waits for a video can wait for its blob event.
    """
    job, outcome = ending.job, ending.outcome
    services.stores.releases.finish(job.name)
    path = ""
    media_s: float | None = None
    if outcome.status == "published":
        plan = _read_plan(services, WorkFolder.of(job))
        media_s = float(plan.duration_s)
        _write_report(services, plan, ending)
        path = paths.stable(job.name, paths.REPORT)
        services.events.tell(PurgeEnded(outcome.purge.partition(":")[0]))
    duration_s = sum(stage.seconds for stage in outcome.stages)
    services.events.tell(JobEnded(outcome.status, duration_s, media_s))
    return Filed(path=path)


def _read_plan(services: Services, work: WorkFolder) -> Plan:
    planned = services.stores.notes.read_latest_plan(work, Plan)
    if planned is None:
        raise StorageFailed("read the plan", on=work.plans(), advice="the report cannot be written")
    return planned.plan


def _write_report(services: Services, plan: Plan, ending: Ending) -> None:
    collected = read_collected(services, plan)
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
