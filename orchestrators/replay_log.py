"""A log for orchestrators that is silent while history is replayed."""

from __future__ import annotations

import logging

from azure.durable_functions import DurableOrchestrationContext

from transcoding.job.messages import Job

_log = logging.getLogger("durable_vod.orchestrator")


def log(context: DurableOrchestrationContext, text: str, *values: object) -> None:
    """Log a line of a job once, with its name and id: those of several jobs come mixed.

    The SDK has no replay-safe logger of its own.
    """
    if not context.is_replaying:
        name = Job.from_json(context.get_input()).name
        _log.info(f"%s: {text}", name, *values, extra={"job_id": context.instance_id})
