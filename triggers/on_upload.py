"""A new upload starts its job."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import azure.durable_functions as df
import azure.functions as func
import stamina
from azurefunctions.extensions.bindings.blob import BlobClient

from adapters.services import Services, services
from adapters.settings import UPLOADS_CONNECTION
from transcoding.errors import SettingsInvalid
from triggers.starting import new_job, start_once

_ATTEMPTS = 5
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 4.0

_log = logging.getLogger("durable_vod.upload")


def blueprint(container: str, source: str) -> df.Blueprint:
    """Return the trigger of a container, whose events come as "EventGrid" or by scanning."""
    made = df.Blueprint()
    with_blob = made.blob_trigger(
        arg_name="blob",
        path=f"{container}/{{name}}",
        connection=UPLOADS_CONNECTION,
        source=func.BlobSource(source),
    )
    with_client = made.durable_client_input(client_name="client")
    made.function_name("on_upload")(with_blob(with_client(on_upload)))
    return made


async def on_upload(blob: BlobClient, client: df.DurableOrchestrationClient) -> None:
    """Start the job of the blob that is there now."""
    await start_job(str(blob.container_name), str(blob.blob_name), client, services)


async def start_job(
    container: str,
    name: str,
    client: df.DurableOrchestrationClient,
    tools: Callable[[], Services],
) -> None:
    """Start the job of the upload that an event tells of.

    The host would try five times within half a second and then give up; storage and the durable
    extension get longer than that: 0.5, 1, 2 and 4 s between attempts.

    Raises:
        SettingsInvalid: at once, since waiting does not put settings right.
        Exception: of the last attempt; the SDK raises plain ones.
    """

    def may_pass(failure: Exception) -> bool:
        _log.warning("an attempt at the event of %s failed: %s", name, failure)
        return not isinstance(failure, SettingsInvalid)

    async for attempt in stamina.retry_context(
        on=may_pass,
        attempts=_ATTEMPTS,
        timeout=None,
        wait_initial=_FIRST_WAIT_S,
        wait_max=_LONGEST_WAIT_S,
        wait_jitter=0,
    ):
        with attempt:
            await _start_current(container, name, client, tools)


async def _start_current(
    container: str,
    name: str,
    client: df.DurableOrchestrationClient,
    tools: Callable[[], Services],
) -> None:
    # Here synchronous code would block the worker's event loop.
    made = await asyncio.to_thread(tools)
    # Event Grid's trigger checks neither path nor ETag (measured).
    if container != made.settings.uploads_container:
        _log.info("ignored an event of container %s", container)
        return
    current = await asyncio.to_thread(made.stores.uploads.properties, name)
    if current is None:
        _log.info("ignored the event of %s: the blob is gone", name)
        return
    await start_once(client, new_job(container, name, current.etag))
