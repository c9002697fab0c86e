"""Queue triggers, by polling."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.functions.queue import QueueMessageInConverter
from azure.storage.queue import QueueMessage, QueueServiceClient

from devhost.config import HostConfig, connection_string, unreachable
from devhost.functions import Registered
from devhost.trouble import Trouble
from transcoding.errors import SettingsInvalid

_BATCH = 16
_POISON = "-poison"
_VISIBILITY_TIMEOUT_S = 600
"""How long a message is ours; the real host renews it while the function runs."""

logger = logging.getLogger("devhost.queue")

Call = Callable[[Registered, Any], Awaitable[Any]]


class QueueTrigger:
    """Takes the messages of one queue for one function; as the real host, it makes no such queue.

    Args:
        call: runs a function with what triggered it, and waits for it.

    Raises:
        SettingsInvalid: its connection is no connection string.
    """

    def __init__(self, function: Registered, call: Call, config: HostConfig) -> None:
        self._function = function
        self._call = call
        self._config = config
        self._setting = str(function.trigger["connection"])
        name = str(function.trigger["queueName"])
        try:
            self._service = QueueServiceClient.from_connection_string(
                connection_string(self._setting), retry_total=0, connection_timeout=5
            )
        except ValueError as error:
            raise SettingsInvalid(
                f"setting {self._setting} is no connection string", advice=str(error)
            ) from None
        self._queue = self._service.get_queue_client(name)
        # As under the real host, a poison queue has none of its own.
        self._poison = (
            None if name.endswith(_POISON) else self._service.get_queue_client(name + _POISON)
        )

    def prepare(self) -> None:
        """Make sure that storage answers.

        Raises:
            SettingsInvalid: no storage answers.
        """
        try:
            with contextlib.suppress(ResourceNotFoundError):
                self._queue.get_queue_properties()
        except AzureError:
            raise unreachable(self._setting, self._queue.primary_endpoint) from None

    async def run(self) -> None:
        """Poll until cancelled."""
        trouble = Trouble(logger)
        while True:
            try:
                messages = await asyncio.to_thread(self._receive)
                await asyncio.gather(*(self._handle(message) for message in messages))
            except AzureError as error:
                trouble.tell(f"cannot read queue {self._queue.queue_name}", error)
            else:
                trouble.is_over()
            await asyncio.sleep(self._config.poll_s)

    def _receive(self) -> list[QueueMessage]:
        pages = self._queue.receive_messages(
            messages_per_page=_BATCH,
            visibility_timeout=_VISIBILITY_TIMEOUT_S,
            max_messages=_BATCH,
        )
        return list(pages)

    async def _handle(self, message: QueueMessage) -> None:
        try:
            await self._call(self._function, _as_the_worker_gives_it(message))
        except Exception:
            logger.exception("function %s failed", self._function.name)
            await asyncio.to_thread(self._give_back, message)
        else:
            await asyncio.to_thread(self._queue.delete_message, message)

    def _give_back(self, message: QueueMessage) -> None:
        """Make it visible at once, or after its last attempt move it to the poison queue.

        One that came from a poison queue stays out of sight for what is left of its time, so that
        it comes back after ten minutes, and not in a fast loop.
        """
        if self._poison is None:
            return
        if (message.dequeue_count or 0) < self._config.queue_attempts:
            self._queue.update_message(message, visibility_timeout=0)
            return
        with contextlib.suppress(ResourceExistsError):
            self._poison.create_queue()
        self._poison.send_message(message.content)
        self._queue.delete_message(message)


def _as_the_worker_gives_it(message: QueueMessage) -> Any:
    try:
        body = base64.b64decode(message.content, validate=True)
    except binascii.Error as error:
        raise ValueError("the message is no base64") from error
    return QueueMessageInConverter.decode(
        Datum(body, "bytes"),
        trigger_metadata={
            "Id": Datum(message.id, "string"),
            "DequeueCount": Datum(message.dequeue_count, "int"),
            "PopReceipt": Datum(message.pop_receipt, "string"),
            "ExpirationTime": Datum(f'"{message.expires_on:%Y-%m-%dT%H:%M:%S}+00:00"', "json"),
            "InsertionTime": Datum(f'"{message.inserted_on:%Y-%m-%dT%H:%M:%S}+00:00"', "json"),
            "NextVisibleTime": Datum(
                f'"{message.next_visible_on:%Y-%m-%dT%H:%M:%S}+00:00"', "json"
            ),
        },
    )
