"""HTTP: the status of an upload's job."""

from __future__ import annotations

import asyncio

import azure.durable_functions as df
import azure.functions as func

from adapters.job_status import read_status
from adapters.services import Services, services
from transcoding.errors import StorageFailed
from triggers.http.answers import answer, error, find_upload

blueprint = df.Blueprint()


@blueprint.function_name("status")
@blueprint.route(route="status", methods=["GET"])
@blueprint.durable_client_input(client_name="client")
async def status(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """GET /api/status?name=NAME: the JobStatus of the current upload under this name."""
    return await get_status(req, client, services())


async def get_status(
    req: func.HttpRequest, client: df.DurableOrchestrationClient, tools: Services
) -> func.HttpResponse:
    """Answer 200 with the JobStatus; 400, 404 or 503 with what is wrong."""
    found = await find_upload(req, tools)
    if isinstance(found, func.HttpResponse):
        return found
    instance = await client.get_status(found.instance_id, show_input=True)
    if not instance or not instance.instance_id:
        return error(404, f"no job for {found.name} yet: its upload event has not come in")
    try:
        told = await asyncio.to_thread(read_status, tools, instance.to_json())
    except StorageFailed as failure:
        return error(503, str(failure))
    return answer(told.to_json())
