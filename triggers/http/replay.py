"""HTTP: an upload's job, once more."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from adapters.services import Services, services
from triggers.http.answers import answer, error, find_upload
from triggers.starting import start

blueprint = df.Blueprint()


@blueprint.function_name("replay")
@blueprint.route(route="replay", methods=["POST"])
@blueprint.durable_client_input(client_name="client")
async def replay(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """POST /api/replay?name=NAME: run the job of the current upload again.

    Chunks that are done stay done. A job that runs is left alone (409).
    """
    return await post_replay(req, client, services())


async def post_replay(
    req: func.HttpRequest, client: df.DurableOrchestrationClient, tools: Services
) -> func.HttpResponse:
    """Answer 202 with the instance id; 400, 404, 409 or 503 with what is wrong."""
    found = await find_upload(req, tools)
    if isinstance(found, func.HttpResponse):
        return found
    if not await start(client, found, trigger="replay"):
        return error(409, f"the job of {found.name} is running")
    return answer({"instance_id": found.instance_id}, 202)
