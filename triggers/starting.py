"""Start the job of an upload, once."""

from __future__ import annotations

import logging
import uuid

import azure.durable_functions as df

from adapters.telemetry import start_span
from transcoding.job.messages import Job

ORCHESTRATOR = "publish_video"

_log = logging.getLogger("durable_vod.start")


def new_job(container: str, name: str, etag: str) -> Job:
    """Return the job of an upload with a run id of its own."""
    return Job(container=container, name=name, etag=etag, run_id=uuid.uuid4().hex[:12])


async def start_once(client: df.DurableOrchestrationClient, job: Job) -> bool:
    """Start a job unless its instance exists in whatever state; return whether it was started.

    A failed job starts again by replay only: events come late and more than once.
    """
    known = await client.get_status(job.instance_id)
    # For an unknown instance the SDK gives a status without an id.
    if known and known.instance_id:
        _log.info("duplicate event: the job of %s exists", job.name)
        return False
    return await start(client, job, trigger="on_upload")


async def start(client: df.DurableOrchestrationClient, job: Job, *, trigger: str) -> bool:
    """Start a job and its trace; a job that is running already is left alone.

    Args:
        trigger: the function that starts it, which names the trace's first span.

    Raises:
        Exception: as the SDK raises it, when the host refused for another reason.
    """
    with start_span(trigger, job) as trace_parent:
        traced = job.model_copy(update={"trace_parent": trace_parent})
        try:
            await client.start_new(ORCHESTRATOR, job.instance_id, traced.to_json())
        except Exception as refusal:  # the SDK has no type for "already exists"
            if "already exists" in str(refusal):
                _log.info("the job of %s runs already", job.name)
                return False
            raise
        _log.info("started the job of %s", job.name)
    return True
