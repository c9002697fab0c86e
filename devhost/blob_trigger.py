"""Blob triggers, by polling: one call for each blob name and ETag."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import re
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.blob import BlobServiceClient, ContainerClient
from azure.storage.queue import QueueServiceClient
from azurefunctions.extensions.base import Datum
from azurefunctions.extensions.bindings.blob.blobClientConverter import BlobClientConverter

from devhost.config import HostConfig, connection_string, unreachable
from devhost.functions import Registered
from devhost.trouble import Trouble
from transcoding.errors import SettingsInvalid, VodError

POISON_QUEUE = "webjobs-blobtrigger-poison"

logger = logging.getLogger("devhost.blob")

Call = Callable[[Registered, Any], Awaitable[Any]]


@dataclass(frozen=True)
class _ModelBindingData:
    """What the real host sends for a blob that is bound to an SDK client."""

    content: str
    version: str = "1.0"
    source: str = "AzureStorageBlobs"
    content_type: str = "application/json"


class BlobTrigger:
    """Watches one container for one function; as the real host, it makes none.

    Args:
        call: runs a function with what triggered it, and waits for it.

    Raises:
        VodError: its parameter is no SDK client of a blob.
        SettingsInvalid: its connection is no connection string.
    """

    def __init__(self, function: Registered, call: Call, config: HostConfig) -> None:
        self._function = function
        self._call = call
        self._config = config
        self._setting = str(function.trigger["connection"])
        self._client_type = typing.get_type_hints(function.call).get(function.parameter)
        if not BlobClientConverter.check_input_type_annotation(self._client_type or object):
            raise VodError(
                "devhost binds a blob only to an SDK client",
                on=f"function {function.name}",
                advice="annotate its parameter with BlobClient",
            )
        container, self._names = _pattern(str(function.trigger["path"]))
        self._container, self._queues = self._connect(container)
        self._seen: dict[str, str] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(config.blob_calls)

    def prepare(self) -> None:
        """Make sure that storage answers.

        Raises:
            SettingsInvalid: no storage answers.
        """
        try:
            self._container.exists()
        except AzureError:
            raise unreachable(self._setting, self._container.primary_endpoint) from None

    async def run(self) -> None:
        """Poll until cancelled."""
        trouble = Trouble(logger)
        while True:
            try:
                present = await asyncio.to_thread(self._list)
            except AzureError as error:
                trouble.tell(f"cannot list container {self._container.container_name}", error)
            else:
                trouble.is_over()
                for name, etag in present.items():
                    if self._seen.get(name) != etag:
                        task = asyncio.create_task(self._handle(name, etag))
                        self._running.add(task)
                        task.add_done_callback(self._running.discard)
                # Also forgets what was deleted, so that it triggers when it comes back.
                self._seen = present
            await asyncio.sleep(self._config.poll_s)

    def _list(self) -> dict[str, str]:
        return {
            blob.name: str(blob.etag)
            for blob in self._container.list_blobs()
            if self._names.fullmatch(blob.name)
        }

    async def _handle(self, name: str, etag: str) -> None:
        """Call the function; after its last attempt the event goes to the poison queue."""
        async with self._slots:
            for attempt in range(1, self._config.blob_attempts + 1):
                try:
                    await self._call(self._function, self._client(name))
                except Exception:
                    logger.exception(
                        "function %s failed for %s, attempt %d", self._function.name, name, attempt
                    )
                else:
                    return
            await asyncio.to_thread(self._poison, name, etag)

    def _client(self, name: str) -> Any:
        data = {
            "Connection": self._setting,
            "ContainerName": self._container.container_name,
            "BlobName": name,
        }
        return BlobClientConverter.decode(
            Datum(_ModelBindingData(json.dumps(data)), "model_binding_data"),
            trigger_metadata=None,
            pytype=self._client_type,
        )

    def _poison(self, name: str, etag: str) -> None:
        queue = self._queues.get_queue_client(POISON_QUEUE)
        message = {
            "Type": "BlobTrigger",
            "FunctionId": f"Host.Functions.{self._function.name}",
            "BlobType": "BlockBlob",
            "ContainerName": self._container.container_name,
            "BlobName": name,
            "ETag": etag,
        }
        with contextlib.suppress(ResourceExistsError):
            queue.create_queue()
        queue.send_message(base64.b64encode(json.dumps(message).encode()).decode())

    def _connect(self, container: str) -> tuple[ContainerClient, QueueServiceClient]:
        value = connection_string(self._setting)
        try:
            # The next poll is the retry.
            blobs = BlobServiceClient.from_connection_string(
                value, retry_total=0, connection_timeout=5
            )
            return blobs.get_container_client(container), QueueServiceClient.from_connection_string(
                value
            )
        except ValueError as error:
            raise SettingsInvalid(
                f"setting {self._setting} is no connection string", advice=str(error)
            ) from None


def _pattern(path: str) -> tuple[str, re.Pattern[str]]:
    """Split a binding path such as `uploads/{name}` into container and a pattern of names."""
    path = re.sub(r"%(\w+)%", lambda setting: os.environ.get(setting[1], setting[0]), path)
    container, _, names = path.partition("/")
    literal = re.split(r"\{\w+\}", names)
    return container, re.compile("(.+)".join(re.escape(part) for part in literal) or ".+", re.S)
