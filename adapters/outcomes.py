"""Record how a job ended: telemetry, and report.json last of all files."""

from __future__ import annotations

import json

from adapters.dead_letters import Filed
from adapters.publisher import read_records
from adapters.services import Services
from adapters.telemetry import record_job, record_purge
from transcoding.errors import StorageFailed
from transcoding.job import paths
from transcoding.job.messages import Ending
from transcoding.job.paths import WorkFolder
from transcoding.job.records import join_chunks
from transcoding.manifests.presentation import present
from transcoding.plan.plan import Plan
from transcoding.reporting.report import make_report


def record_outcome(services: Services, ending: Ending) -> Filed:
    """Count the job; write the report of a published one.

    The report is the last file of a job: whoever waits for a video can wait for its blob event.

    Raises:
        Superseded: there is a newer source, whose own job reports.
    """
    job, outcome = ending.job, ending.outcome
    path = ""
    media_s: float | None = None
    if outcome.status == "published":
        work = WorkFolder.of(job)
        plan_json = services.store.read_plan(work)
        if plan_json is None:
            raise StorageFailed("read the plan", on=work.plan(), advice="replay the job")
        plan = Plan.model_validate_json(plan_json)
        records = read_records(services, plan)
        renditions = {key: join_chunks(chunks) for key, chunks in records.items()}
        conformance = json.loads(services.store.read_conformance(work) or b"null")
        report = make_report(plan, present(plan, renditions), records, conformance, outcome)
        services.store.publish(job, paths.REPORT, report.model_dump_json(indent=2).encode())
        path = paths.stable(job.name, paths.REPORT)
        media_s = float(plan.timeline.duration_s)
        record_purge(outcome.purge.partition(":")[0])
    record_job(outcome.status, sum(stage.seconds for stage in outcome.stages), media_s)
    return Filed(path=path)
