"""The queue of given-up events, tried on a real Azurite and on an account that refuses."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler

from azure.storage.queue import QueueClient

from adapters.checkup.queue import queue_client, try_queue
from adapters.settings import UploadsConnection
from devhost.azurite import AzuriteProcess
from tests.loopback import LoopbackServer

NAME = "given-up"


class Refusing(BaseHTTPRequestHandler):
    """Storage that lets nobody look at a queue."""

    def do_GET(self) -> None:
        self.send_response(403)
        self.send_header("x-ms-error-code", "AuthorizationPermissionMismatch")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


def connection_to(address: str) -> UploadsConnection:
    return UploadsConnection(
        connection_string="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
        f"AccountKey=c2VjcmV0;QueueEndpoint={address}/devstoreaccount1;"
        f"BlobEndpoint={address}/devstoreaccount1"
    )


def test_a_queue_passes_and_keeps_its_message(azurite: AzuriteProcess) -> None:
    """Looking takes nothing: the next one who takes messages gets it."""
    with QueueClient.from_connection_string(azurite.connection_string, NAME) as queue:
        queue.create_queue()
        queue.send_message("an event")
        found = try_queue(UploadsConnection(connection_string=azurite.connection_string), NAME)
        assert (found.status, found.advice) == ("ok", "")
        assert [message.content for message in queue.receive_messages()] == ["an event"]
        queue.delete_queue()


def test_a_missing_queue_is_told(azurite: AzuriteProcess) -> None:
    """By name, with the account in which it is to be made."""
    connection = UploadsConnection(connection_string=azurite.connection_string)
    found = try_queue(connection, "nowhere")
    assert (found.status, found.found) == ("failed", "there is no queue nowhere")
    assert found.advice.startswith("make the queue nowhere in the account of UPLOADS_STORAGE")


def test_whoever_may_not_look_is_told() -> None:
    """With the status of the answer, and without the key."""
    with LoopbackServer(Refusing) as server:
        found = try_queue(connection_to(server.address), NAME)
    assert (found.status, found.found) == ("failed", "given-up: HTTP 403")
    assert found.advice.startswith("renew the key in UPLOADS_STORAGE")


def test_an_account_that_cannot_be_reached_is_told() -> None:
    """Nothing listens there."""
    found = try_queue(connection_to("http://127.0.0.1:9"), NAME)
    assert found.status == "failed"
    assert "Connection refused" in found.found
    assert found.advice.startswith("see that the app reaches the queues of the account of ")


BLOBS = "https://vodup.blob.core.windows.net"


def test_with_an_identity_the_host_s_own_address_is_asked() -> None:
    """Not one that is made of the blobs': a look elsewhere says nothing of the host."""
    elsewhere = "https://vodup.privatelink.example"
    connection = UploadsConnection(blob_service_uri=BLOBS, queue_service_uri=elsewhere)
    with queue_client(connection, NAME) as client:
        assert client.url == f"{elsewhere}/{NAME}"


def test_an_identity_without_the_queues_address_has_failed() -> None:
    """The host does not start the trigger; nothing is asked, and the setting is named."""
    assert try_queue(UploadsConnection(blob_service_uri=BLOBS), NAME) == (
        "failed",
        "UPLOADS_STORAGE__queueServiceUri is not set: with an identity the host does not start the"
        " blob trigger without it",
        "set UPLOADS_STORAGE__queueServiceUri to the queue address of the account, such as"
        " https://ACCOUNT.queue.core.windows.net",
    )
