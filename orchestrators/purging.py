"""Purge Front Door of the stable names, without ever failing a job."""

from __future__ import annotations

from datetime import timedelta

import azure.durable_functions as df

from orchestrators.steps import Steps, call, reason_of
from transcoding.job.messages import Job, Purge, PurgeState

_MAX_POLLS = 60


def purge(context: df.DurableOrchestrationContext, job: Job) -> Steps:
    """Start a purge and ask after it with durable timers; return the PurgeState of its end."""
    token = ""
    try:
        for _ in range(_MAX_POLLS):
            request = Purge(job=job, token=token)
            state = PurgeState.from_json((yield from call(context, "purge_cdn", request)))
            if state.status != "running":
                return state
            token = state.token
            wait = timedelta(seconds=max(1, state.wait_s))
            yield context.create_timer(context.current_utc_datetime + wait)
    except Exception as failure:  # the SDK raises every failed activity as a plain Exception
        return PurgeState(status="failed", detail=reason_of(failure, step="purge_cdn"))
    return PurgeState(
        status="failed", detail="Front Door had not finished when the job stopped asking"
    )
