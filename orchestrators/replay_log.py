"""A log for orchestrators that is silent while history is replayed."""

from __future__ import annotations

import logging

from azure.durable_functions import DurableOrchestrationContext

_log = logging.getLogger("durable_vod.orchestrator")


def log(context: DurableOrchestrationContext, text: str, *values: object) -> None:
    """Log a line once, with the job's id; the SDK has no replay-safe logger of its own."""
    if not context.is_replaying:
        _log.info(text, *values, extra={"job_id": context.instance_id})
