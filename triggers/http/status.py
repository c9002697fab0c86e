"""HTTP: the status of an upload's job."""

from __future__ import annotations

import asyncio

import azure.durable_functions as df
import azure.functions as func

from adapters.services import Services, services
from transcoding.errors import StorageFailed
from triggers.http.answers import answer, error, named
from triggers.http.job_status import read_published, read_status
from triggers.starting import new_job

blueprint = df.Blueprint()


@blueprint.function_name("status")
@blueprint.route(route="status", methods=["GET"])
@blueprint.durable_client_input(client_name="client")
async def status(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """GET /api/status?name=NAME: the JobStatus of the current upload under this name.

    Where no job is known for it, that of what is published under the name.
    """
    return await get_status(req, client, services())


async def get_status(
    req: func.HttpRequest, client: df.DurableOrchestrationClient, tools: Services
) -> func.HttpResponse:
    """Answer 200 with the JobStatus; 400, 404 or 503 with what is wrong."""
    name = named(req)
    if isinstance(name, func.HttpResponse):
        return name
    try:
        current = await asyncio.to_thread(tools.stores.uploads.properties, name)
        why = f"there is no upload named {name}"
        if current:
            job = new_job(tools.settings.uploads_container, name, current.etag)
            instance = await client.get_status(job.instance_id, show_input=True)
            if instance and instance.instance_id:
                told = await asyncio.to_thread(read_status, tools, instance.to_json())
                return answer(told.to_json())
            why = (
                f"no job for {name} yet: the event of its upload has not come in; where only its"
                f" metadata was changed none will: vod replay '{name}'"
            )
        published = await asyncio.to_thread(
            read_published, tools, name, f"{why}; this was published before"
        )
    except StorageFailed as failure:
        return error(503, str(failure))
    return answer(published.to_json()) if published else error(404, why)
