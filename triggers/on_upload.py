"""A new upload starts its job."""

from __future__ import annotations

import asyncio
import logging

import azure.durable_functions as df
import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient

from adapters.blob_container import BlobProperties
from adapters.services import services
from adapters.settings import UPLOADS_CONNECTION, blob_trigger
from transcoding.errors import StorageFailed
from triggers.starting import new_job, start_once

blueprint = df.Blueprint()

_CONTAINER, _SOURCE = blob_trigger()
_ATTEMPTS = 5
_FIRST_WAIT_S = 0.5

_log = logging.getLogger("durable_vod.upload")


@blueprint.function_name("on_upload")
@blueprint.blob_trigger(
    arg_name="blob",
    path=f"{_CONTAINER}/{{name}}",
    connection=UPLOADS_CONNECTION,
    source=func.BlobSource(_SOURCE),
)
@blueprint.durable_client_input(client_name="client")
async def on_upload(blob: BlobClient, client: df.DurableOrchestrationClient) -> None:
    """Start the job of the blob that is there now.

    Event Grid's trigger checks neither path nor ETag (measured), so the container is checked and
    the ETag read here. The host would try five times within half a second and then give up;
    storage gets longer than that.
    """
    container, name = str(blob.container_name), str(blob.blob_name)
    if container != _CONTAINER:
        _log.info("ignored an event of container %s", container)
        return
    current = await _current_properties(name)
    if current is None:
        _log.info("ignored the event of %s: the blob is gone", name)
        return
    await start_once(client, new_job(container, name, current.etag))


async def _current_properties(name: str) -> BlobProperties | None:
    """Read the blob's properties, with a backoff of its own: 0.5, 1, 2, 4 s."""
    for attempt in range(_ATTEMPTS):
        try:
            # The synchronous client would block the worker's event loop.
            return await asyncio.to_thread(services().store.uploads.properties, name)
        except StorageFailed:
            if attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(_FIRST_WAIT_S * 2**attempt)
    raise AssertionError("unreachable")
