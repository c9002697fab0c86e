"""HTTP: a video, removed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import BaseModel, ValidationError

from adapters.removal import Remover, purge_below
from adapters.services import Services, services
from adapters.storage.port import BlobProperties, Overtaken
from transcoding.errors import StorageFailed
from transcoding.job.messages import instance_id
from transcoding.job.paths import WorkFolder
from triggers.http.answers import answer, error, named

blueprint = df.Blueprint()

_ENDED = frozenset({"Completed", "Failed", "Terminated", "Canceled"})

_LOCKED: Mapping[str, str] = {
    "LeaseIdMissing": "somebody holds a lease on it; break that, or wait for its end",
    "BlobImmutableDueToPolicy": "an immutability policy keeps it until that has run out",
    "BlobImmutableDueToLegalHold": "a legal hold keeps it until that is cleared",
    "SnapshotsPresent": "it has snapshots, which go first",
}
"""Storage's refusals that another call meets again, with what to do.

https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
"""


class _Started(BaseModel):
    """The part of a job's message that every version has."""

    run_id: str


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
    """Answer 200 with what was Removed, 202 where another call has to go on.

    400, 404, 409, 423 or 503 with what is wrong: 409 while a job of the upload runs, as what it
    would still store is not there to be removed yet; 423 where storage will not delete a blob.
    """
    name, keep = named(req), req.params.get("keep_upload", "false")
    if isinstance(name, func.HttpResponse):
        return name
    if keep not in ("true", "false"):
        return error(400, "keep_upload is true or false")
    try:
        return await _remove(name, client, tools, keep_upload=keep == "true")
    except Overtaken:
        return error(409, f"{name} was uploaded anew meanwhile; nothing was removed")
    except StorageFailed as failure:
        if failure.code in _LOCKED:
            return error(423, _locked(name, failure))
        return error(503, f"{failure}; call it again")


async def _remove(
    name: str, client: df.DurableOrchestrationClient, tools: Services, *, keep_upload: bool
) -> func.HttpResponse:
    upload = await asyncio.to_thread(tools.stores.uploads.properties, name)
    known = await _still_running(client, tools, name, upload)
    if known:
        return error(
            409,
            f"the job of {name} has not ended ({known['runtimeStatus']}); remove the video when it"
            f" has. docs/recover.md: Ending a job; its id is {known['instanceId']}",
        )
    remove = partial(_remover(tools).remove, name, upload, keep_upload=keep_upload)
    removed = await asyncio.to_thread(remove)
    if removed is None:
        return error(404, f"there is no upload and no video named {name}")
    return answer(removed.to_json(), 200 if removed.is_complete else 202)


async def _still_running(
    client: df.DurableOrchestrationClient,
    tools: Services,
    name: str,
    upload: BlobProperties | None,
) -> dict[str, Any] | None:
    """Return the upload's job unless it has ended; of one that has nothing goes on after this.

    An attempt of a step can outlive its job. Where the upload is kept, only the mark stops it.
    """
    if upload is None:
        return None
    known = instance_id(tools.settings.uploads_container, name, upload.etag)
    instance = await client.get_status(known, show_input=True)
    # For an unknown instance the SDK gives a status without an id.
    if not instance or not instance.instance_id:
        return None
    document: dict[str, Any] = instance.to_json()
    if document["runtimeStatus"] not in _ENDED:
        return document
    work = _work_of(known, document.get("input"))
    if work:
        await asyncio.to_thread(tools.stores.notes.cancel, work)
    return None


def _work_of(known: str, message: Any) -> WorkFolder | None:
    """Return the folder of the run that a message has started, None where it does not tell."""
    try:
        # It arrives as JSON or as the text of it, depending on the host.
        started = (
            _Started.model_validate_json(message)
            if isinstance(message, str)
            else _Started.model_validate(message)
        )
    except ValidationError:
        return None
    return WorkFolder(known, started.run_id)


def _locked(name: str, failure: StorageFailed) -> str:
    spared = "; with keep_upload=true it stays and the video goes" if failure.on == name else ""
    told = str(failure).removesuffix(".")
    return f"{told}: {_LOCKED[failure.code]}, and then call it again{spared}"


def _remover(tools: Services) -> Remover:
    settings, stores = tools.settings, tools.stores
    return Remover(
        uploads=stores.uploads,
        videos=stores.videos,
        releases=stores.releases,
        now=tools.clock.now,
        purge=partial(purge_below, settings.front_door, settings.videos_container),
    )
