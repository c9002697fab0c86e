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
    answer = await asyncio.to_thread(run_step, "start_successor", message, Job, find)
    reply = Reply.from_json(answer)
    if not reply.stop:
        job, found = Job.from_json(message), Successor.from_json(reply.value)
        await start_found(services(), job, found, client)
    return answer


async def start_found(
    tools: Services, job: Job, found: Successor, client: df.DurableOrchestrationClient
) -> None:
    """Start the job of the upload that was found, unless there is none."""
    if found.etag:
        await start_once(client, new_job(tools.settings.uploads_container, job.name, found.etag))


def find(tools: Services, job: Job) -> Successor:
    """Return the present upload under a job's name, unless it is the job's own."""
    current = tools.stores.uploads.properties(job.name)
    if current is None or current.etag == job.etag:
        return Successor(etag="")
    return Successor(etag=current.etag)
