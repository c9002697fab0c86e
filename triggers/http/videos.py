"""HTTP: a video, removed."""

from __future__ import annotations

import asyncio
from functools import partial

import azure.durable_functions as df
import azure.functions as func

from adapters.removal import Remover, purge_below
from adapters.services import Services, services
from adapters.storage.port import BlobProperties, Overtaken
from transcoding.errors import StorageFailed
from transcoding.job.messages import instance_id
from transcoding.job.paths import WorkFolder
from triggers.http.answers import answer, error
from triggers.http.job_status import job_of

blueprint = df.Blueprint()

_ENDED = frozenset({"Completed", "Failed", "Terminated", "Canceled"})


@blueprint.function_name("remove_video")
@blueprint.route(route="videos", methods=["DELETE"])
@blueprint.durable_client_input(client_name="client")
async def remove_video(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """DELETE /api/videos?name=NAME[&keep_upload=true]: remove what is published, and its upload."""
    return await delete_video(req, client, services())


async def delete_video(
    req: func.HttpRequest, client: df.DurableOrchestrationClient, tools: Services
) -> func.HttpResponse:
    """Answer 200 with what was Removed, 202 where another call has to go on; 400, 404, 409, 503.

    409 while a job of the upload runs: what it would still store is not there to be removed yet.
    """
    name, keep = req.params.get("name", ""), req.params.get("keep_upload", "false")
    if not name:
        return error(400, "give the blob's name: ?name=clip.mp4")
    if keep not in ("true", "false"):
        return error(400, "keep_upload is true or false")
    try:
        return await _remove(name, client, tools, keep_upload=keep == "true")
    except Overtaken:
        return error(409, f"{name} was uploaded anew meanwhile; nothing was removed")
    except StorageFailed as failure:
        return error(503, f"{failure}; call it again")


async def _remove(
    name: str, client: df.DurableOrchestrationClient, tools: Services, *, keep_upload: bool
) -> func.HttpResponse:
    upload = await asyncio.to_thread(tools.stores.uploads.properties, name)
    if await _is_running(client, tools, name, upload):
        return error(409, f"the job of {name} is running; remove the video when it has ended")
    remove = partial(_remover(tools).remove, name, upload, keep_upload=keep_upload)
    removed = await asyncio.to_thread(remove)
    if removed is None:
        return error(404, f"there is no upload and no video named {name}")
    if keep_upload and await _is_running(client, tools, name, upload):
        return error(409, f"a job of {name} was started meanwhile; remove the video once more")
    return answer(removed.to_json(), 200 if removed.is_complete else 202)


async def _is_running(
    client: df.DurableOrchestrationClient,
    tools: Services,
    name: str,
    upload: BlobProperties | None,
) -> bool:
    """Tell whether the upload's job runs; of one that has ended nothing goes on after this.

    An attempt of a step can outlive its job. Where the upload is kept, only the mark stops it.
    """
    if upload is None:
        return False
    known = instance_id(tools.settings.uploads_container, name, upload.etag)
    instance = await client.get_status(known, show_input=True)
    # For an unknown instance the SDK gives a status without an id.
    if not instance or not instance.instance_id:
        return False
    document = instance.to_json()
    if document["runtimeStatus"] not in _ENDED:
        return True
    work = WorkFolder.of(job_of(document))
    await asyncio.to_thread(tools.stores.notes.cancel, work)
    return False


def _remover(tools: Services) -> Remover:
    settings, stores = tools.settings, tools.stores
    return Remover(
        uploads=stores.uploads,
        videos=stores.videos,
        releases=stores.releases,
        now=tools.clock.now,
        purge=partial(purge_below, settings.front_door, settings.videos_container),
    )
