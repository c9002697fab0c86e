"""Azurite starts on free ports, keeps what it should, and ends."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from devhost.azurite import AzuriteProcess
from transcoding.errors import ToolFailed


def test_its_connection_string_opens_all_three_services(azurite: AzuriteProcess) -> None:
    """Blobs and queues through their clients, tables by a request that wants credentials."""
    connection = azurite.connection_string
    BlobServiceClient.from_connection_string(connection).create_container("opened").close()
    QueueServiceClient.from_connection_string(connection).create_queue("opened").close()
    assert requests.get(f"{azurite.table_endpoint}/Tables", timeout=10).status_code == 403


def test_a_folder_keeps_data_and_the_process_ends_with_the_block(tmp_path: Path) -> None:
    """What one process wrote, the next one reads; neither outlives its block."""
    location = tmp_path / "storage"
    with AzuriteProcess(location) as first:
        service = BlobServiceClient.from_connection_string(first.connection_string)
        service.create_container("kept").upload_blob("name", b"data")
        pid = first.pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with AzuriteProcess(location) as second:
        service = BlobServiceClient.from_connection_string(second.connection_string)
        assert service.get_blob_client("kept", "name").download_blob().readall() == b"data"


def test_a_taken_port_is_an_error_that_says_so(azurite: AzuriteProcess) -> None:
    """It does not wait for a service that will never answer."""
    taken = urlsplit(azurite.blob_endpoint).port
    assert taken is not None
    with pytest.raises(ToolFailed, match=r"Azurite did not start.*using its ports"):
        AzuriteProcess(blob_port=taken).start()


def test_a_missing_azurite_is_an_error_with_advice(tmp_path: Path) -> None:
    """The message says what installs it."""
    with pytest.raises(ToolFailed, match=r"Azurite is not installed.*npm ci"):
        AzuriteProcess(script=tmp_path / "azurite.js").start()
