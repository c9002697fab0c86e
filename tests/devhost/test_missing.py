"""Containers and queues that nobody has made: devhost makes none, as the real host."""

from __future__ import annotations

import uuid
from functools import partial

import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from devhost import DevHost, HostConfig
from devhost.azurite import AzuriteProcess
from tests.devhost import sample_app
from tests.devhost.conftest import called, eventually, make_what_the_app_needs


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the triggers have warned of."""
    names = ("devhost.blob", "devhost.queue")
    return sorted(record.getMessage() for record in caplog.records if record.name in names)


def test_what_a_trigger_watches_is_not_made_and_missed_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line for each, however often is looked; the triggers work as soon as it is all there."""
    inbox = f"inbox-{uuid.uuid4().hex}"
    with AzuriteProcess() as azurite:
        connection = azurite.connection_string
        monkeypatch.setenv(sample_app.CONNECTION, connection)
        monkeypatch.setenv(sample_app.CONTAINER, inbox)
        blobs = BlobServiceClient.from_connection_string(connection)
        queues = QueueServiceClient.from_connection_string(connection)
        with DevHost(sample_app.build_app(), HostConfig(poll_s=0.01)):
            eventually(partial(told, caplog), lambda lines: len(lines) == 4)
            assert list(blobs.list_containers()) == list(queues.list_queues()) == []
            make_what_the_app_needs(connection, inbox)
            blobs.get_blob_client(inbox, "first").upload_blob(b"1")
            eventually(lambda: called("on_blob"), lambda seen: seen[-1:] and seen[-1][0] == "first")
            blobs.delete_container(inbox)
            eventually(partial(told, caplog), lambda lines: len(lines) == 5)
        assert told(caplog) == [
            *[f"cannot list container {inbox}: The specified container does not exist."] * 2,
            *(
                f"cannot read queue {name}: The specified queue does not exist."
                for name in sample_app.QUEUES
            ),
        ]
