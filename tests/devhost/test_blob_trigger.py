"""Blob triggers: one call for each name and ETag, and a poison queue."""

from __future__ import annotations

import os
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from devhost.azurite import AzuriteProcess
from tests.devhost import sample_app
from tests.devhost.conftest import Client, called, eventually


@pytest.fixture
def inbox(azurite: AzuriteProcess, client: Client) -> ContainerClient:
    """The container that the sample app watches."""
    service = BlobServiceClient.from_connection_string(azurite.connection_string)
    return service.get_container_client(os.environ[sample_app.CONTAINER])


def upload(inbox: ContainerClient, name: str, data: bytes) -> str:
    """Upload a blob; returns its ETag without quotes."""
    uploaded: dict[str, Any] = inbox.get_blob_client(name).upload_blob(data, overwrite=True)
    return str(uploaded["etag"]).strip('"')


def test_an_upload_calls_the_function_once_with_a_client_of_the_blob(
    inbox: ContainerClient, client: Client
) -> None:
    """The function starts a job with the durable client that it is given."""
    etag = upload(inbox, "a folder/höhe.mp4", b"1")
    status = eventually(
        lambda: client.status(f"blob-{etag}") if called("on_blob") else {},
        lambda status: isinstance(status, dict) and status.get("runtimeStatus") == "Completed",
    )
    assert status["output"]["input"] == "a folder/höhe.mp4"
    # Several more polls have passed when another blob has arrived.
    upload(inbox, "later", b"1")
    eventually(lambda: called("on_blob"), lambda seen: seen[-1][0] == "later")
    assert called("on_blob")[:-1] == [("a folder/höhe.mp4", etag)]


def test_a_new_version_of_a_blob_calls_again(inbox: ContainerClient) -> None:
    """The same name with another ETag is another event."""
    first = upload(inbox, "twice", b"1")
    eventually(lambda: called("on_blob"), lambda seen: ("twice", first) in seen)
    second = upload(inbox, "twice", b"2")
    eventually(lambda: called("on_blob"), lambda seen: ("twice", second) in seen)
    assert [event for event in called("on_blob") if event[0] == "twice"] == [
        ("twice", first),
        ("twice", second),
    ]


def test_after_five_attempts_the_event_is_poison(inbox: ContainerClient) -> None:
    """The message on the poison queue is the one that the real host writes."""
    etag = upload(inbox, "bad.mp4", b"1")
    poison = eventually(lambda: called("on_poison"), lambda seen: len(seen) == 1)
    assert [event[0] for event in called("on_blob")].count("bad.mp4") == 5
    message, dequeue_count, found_nobody = poison[0]
    assert message == {
        "Type": "BlobTrigger",
        "FunctionId": "Host.Functions.on_blob",
        "BlobType": "BlockBlob",
        "ContainerName": inbox.container_name,
        "BlobName": "bad.mp4",
        "ETag": etag,
    }
    assert (dequeue_count, found_nobody) == (1, False)
