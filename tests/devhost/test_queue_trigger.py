"""Queue triggers: messages as the worker gives them, and a poison queue."""

from __future__ import annotations

import base64
from functools import partial

from azure.storage.queue import QueueClient, QueueServiceClient

from devhost.azurite import AzuriteProcess
from tests.devhost.conftest import Client, called, eventually


def queue(azurite: AzuriteProcess, name: str) -> QueueClient:
    return QueueClient.from_connection_string(azurite.connection_string, name)


def has_returned(body: bytes) -> bool:
    """Whether the function of the poison queue has seen this message."""
    return body in called("on_return")


def test_a_message_is_decoded_and_deleted(azurite: AzuriteProcess, client: Client) -> None:
    """The function sees what was encoded; the queue is empty afterwards."""
    orders = queue(azurite, "orders")
    orders.send_message(base64.b64encode("one größe".encode()).decode())
    eventually(lambda: called("on_order"), lambda seen: seen == ["one größe".encode()])
    eventually(
        lambda: orders.get_queue_properties().approximate_message_count, lambda left: left == 0
    )


def test_after_five_attempts_a_message_is_poison(azurite: AzuriteProcess, client: Client) -> None:
    """It moves as it is to the queue's poison queue."""
    orders = queue(azurite, "orders")
    orders.send_message(base64.b64encode(b"bad").decode())
    poison = queue(azurite, "orders-poison")
    eventually(
        lambda: [m.content for m in poison.peek_messages()] if len(called("on_order")) > 4 else [],
        lambda contents: contents == ["YmFk"],
    )
    assert called("on_order") == [b"bad"] * 5


def test_a_poison_queue_has_no_poison_queue(azurite: AzuriteProcess, client: Client) -> None:
    """A message that fails there is tried once and stays, out of sight for ten minutes."""
    returns = queue(azurite, "returns-poison")
    returns.send_message(base64.b64encode(b"bad").decode())
    for body in (b"one", b"two", b"three", b"four", b"five", b"six"):
        returns.send_message(base64.b64encode(body).decode())
        eventually(partial(has_returned, body), bool)
    assert called("on_return").count(b"bad") == 1
    assert returns.peek_messages() == []
    eventually(
        lambda: returns.get_queue_properties().approximate_message_count, lambda left: left == 1
    )
    service = QueueServiceClient.from_connection_string(azurite.connection_string)
    assert "returns-poison-poison" not in [found.name for found in service.list_queues()]
