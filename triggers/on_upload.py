"""A new upload starts its job."""

from __future__ import annotations

import asyncio
import logging

import azure.durable_functions as df
import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient

from adapters.services import services
from adapters.settings import UPLOADS_CONNECTION, blob_trigger
from adapters.storage.container import BlobProperties
from transcoding.errors import SettingsInvalid
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
    storage and the durable extension get longer than that: 0.5, 1, 2 and 4 s between attempts.
    """
    container, name = str(blob.container_name), str(blob.blob_name)
    if container != _CONTAINER:
        _log.info("ignored an event of container %s", container)
        return
    for attempt in range(_ATTEMPTS):
        try:
            await _start_current(client, name)
            return
        except SettingsInvalid:
            raise
        except Exception as failure:  # the SDK raises plain Exceptions
            if attempt == _ATTEMPTS - 1:
                raise
            _log.warning("the event of %s waits: %s", name, failure)
            await asyncio.sleep(_FIRST_WAIT_S * 2**attempt)


async def _start_current(client: df.DurableOrchestrationClient, name: str) -> None:
    # Here the synchronous client would block the worker's event loop.
    current = await asyncio.to_thread(_properties, name)
    if current is None:
        _log.info("ignored the event of %s: the blob is gone", name)
        return
    await start_once(client, new_job(_CONTAINER, name, current.etag))


def _properties(name: str) -> BlobProperties | None:
    return services().store.uploads.properties(name)
