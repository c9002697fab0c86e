"""Make a job's plan and keep a copy where progress is asked for."""

from __future__ import annotations

from adapters.services import Services
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan, Probed, make_plan


def plan_job(services: Services, probed: Probed) -> Plan:
    """Plan with the present settings and encoder.

    Raises:
        ValueError: the upload was refused, so there is nothing to plan.
    """
    if probed.source is None:
        raise ValueError(f"{probed.job.name} was refused")
    plan = make_plan(
        probed.job, probed.source, services.settings.profile, services.ffmpeg.version()
    )
    services.store.write_plan(WorkFolder.of(probed.job), plan)
    return plan
