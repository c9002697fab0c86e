"""HTTP: the status of an upload's job, and its replay."""

from __future__ import annotations

import asyncio
import json

import azure.durable_functions as df
import azure.functions as func

from adapters.job_status import read_status
from adapters.services import services
from transcoding.errors import StorageFailed
from transcoding.job.messages import Job
from transcoding.values import Value
from triggers.starting import new_job, runtime_status, start

blueprint = df.Blueprint()


@blueprint.function_name("status")
@blueprint.route(route="status", methods=["GET"])
@blueprint.durable_client_input(client_name="client")
async def status(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """GET /api/status?name=NAME: the JobStatus of the current upload under this name."""
    found = await _find(req)
    if isinstance(found, func.HttpResponse):
        return found
    instance = await client.get_status(found.instance_id, show_input=True)
    if not instance or not instance.instance_id:
        return _error(404, f"no job for {found.name} yet: its upload event has not come in")
    try:
        return _json(await asyncio.to_thread(read_status, services(), instance.to_json()))
    except StorageFailed as failure:
        return _error(503, str(failure))


@blueprint.function_name("replay")
@blueprint.route(route="replay", methods=["POST"])
@blueprint.durable_client_input(client_name="client")
async def replay(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """POST /api/replay?name=NAME: run the job of the current upload again.

    Chunks that are done stay done. A job that runs is left alone (409).
    """
    found = await _find(req)
    if isinstance(found, func.HttpResponse):
        return found
    if await runtime_status(client, found.instance_id) in ("Running", "Pending"):
        return _error(409, f"the job of {found.name} is running")
    if not await start(client, found, trigger="replay"):
        return _error(409, f"the job of {found.name} is running")
    return func.HttpResponse(
        json.dumps({"instance_id": found.instance_id}),
        status_code=202,
        mimetype="application/json",
    )


async def _find(req: func.HttpRequest) -> Job | func.HttpResponse:
    """Return the job of the upload that `name` names, or the response that says what is wrong."""
    name = req.params.get("name", "")
    if not name:
        return _error(400, "give the blob's name: ?name=clip.mp4")
    tools = services()
    try:
        current = await asyncio.to_thread(tools.store.uploads.properties, name)
    except StorageFailed as failure:
        return _error(503, str(failure))
    if current is None:
        return _error(404, f"there is no upload named {name}")
    return new_job(tools.settings.uploads_container, name, current.etag)


def _json(value: Value) -> func.HttpResponse:
    return func.HttpResponse(value.model_dump_json(), mimetype="application/json")


def _error(code: int, text: str) -> func.HttpResponse:
    return func.HttpResponse(
        json.dumps({"error": text}), status_code=code, mimetype="application/json"
    )
