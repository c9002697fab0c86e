"""Whether the queue is there in which the host puts events that the trigger gave up on."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError

from adapters.checkup.examination import Finding, failed, passed
from adapters.checkup.storage import how_to_be_let_in
from adapters.identity import app_credential
from adapters.settings import UPLOADS_CONNECTION, UploadsConnection

if TYPE_CHECKING:
    from azure.storage.queue import QueueClient

_ADDRESS = f"{UPLOADS_CONNECTION}__queueServiceUri"
_ROLE = "Storage Queue Data Contributor"
_OPTIONS: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 15}


def try_queue(connection: UploadsConnection, name: str) -> Finding:
    """Look at its first message, as who takes messages may; none is taken.

    Args:
        connection: of the uploads account, which the queue lies in; asked where the host asks.
    """
    if not (connection.connection_string or connection.queue_service_uri):
        return failed(
            f"{_ADDRESS} is not set: with an identity the host does not start the blob trigger"
            " without it",
            f"set {_ADDRESS} to the queue address of the account, such as"
            " https://ACCOUNT.queue.core.windows.net",
        )
    with queue_client(connection, name) as client:
        try:
            client.peek_messages(1)
        except ResourceNotFoundError:
            return failed(
                f"there is no queue {name}",
                f"make the queue {name} in the account of {UPLOADS_CONNECTION}: without it the host"
                " warns every two seconds",
            )
        except HttpResponseError as error:
            if error.status_code not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise
            advice = how_to_be_let_in(connection, UPLOADS_CONNECTION, _ROLE)
            return failed(f"{name}: HTTP {error.status_code}", advice)
        except AzureError as error:
            return failed(
                f"{name}: {error.message.splitlines()[0]}",
                f"see that the app reaches the queues of the account of {UPLOADS_CONNECTION}:"
                " address, firewall, network",
            )
    return passed(f"{name}: the app may take what the host gave up on")


def queue_client(connection: UploadsConnection, name: str) -> QueueClient:
    """Return a client of the account's queue of this name; nothing is sent yet."""
    # A start of the worker does not wait for it.
    from azure.storage.queue import QueueClient  # noqa: PLC0415

    if connection.connection_string:
        return QueueClient.from_connection_string(connection.connection_string, name, **_OPTIONS)
    credential = app_credential(connection.client_id)
    return QueueClient(connection.queue_service_uri, name, credential=credential, **_OPTIONS)
