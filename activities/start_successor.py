"""Step: a superseded job has a successor, unless the upload is gone."""

from __future__ import annotations

import asyncio

import azure.durable_functions as df

from activities.runner import run_step
from adapters.services import Services, services
from transcoding.job.messages import Job, Reply, Successor
from triggers.starting import new_job, start_once

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
@blueprint.durable_client_input(client_name="client")
async def start_successor(message: dict, client: df.DurableOrchestrationClient) -> dict:
    """Job -> Successor: start the job of what lies under the name now, unless it was started.

    Setting metadata on an upload changes its ETag and raises no event: without this, nothing would
    ever publish what is there.
    """
    # The synchronous storage client would block the worker's event loop.
    reply = await asyncio.to_thread(run_step, "start_successor", message, Job, find)
    found = Successor.from_json(Reply.from_json(reply).value)
    if found.etag:
        tools = services()
        job = new_job(tools.settings.uploads_container, Job.from_json(message).name, found.etag)
        await start_once(client, job)
    return reply


def find(tools: Services, job: Job) -> Successor:
    """Return the present upload under a job's name, unless it is the job's own."""
    current = tools.stores.uploads.properties(job.name)
    if current is None or current.etag == job.etag:
        return Successor(etag="")
    return Successor(etag=current.etag)
