"""The first upload to fresh storage, right after the app has been started."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from adapters.settings import SETTING_NAMES
from cli.local_app import LocalApp, local_app
from tests.end_to_end.jobs import wait_for_end


@pytest.fixture(scope="module")
def fresh_app() -> Iterator[LocalApp]:
    """Run the app on an Azurite that has never been used."""
    # Empty, not left out: devhost fills what is missing from local.settings.json.
    with local_app(dict.fromkeys(SETTING_NAMES, "")) as app:
        yield app


def test_the_app_makes_what_it_needs(fresh_app: LocalApp) -> None:
    """No host makes the container of a blob trigger or the queue of a queue trigger."""
    connection = fresh_app.environment["UPLOADS_STORAGE"]
    containers = BlobServiceClient.from_connection_string(connection).list_containers()
    assert {found.name: found.public_access for found in containers} == {
        "failed": None,
        "uploads": None,
        "videos": "blob",
        "work": None,
    }
    queues = QueueServiceClient.from_connection_string(connection).list_queues()
    assert [found.name for found in queues] == ["webjobs-blobtrigger-poison"]


def test_the_first_upload_starts_its_job(fresh_app: LocalApp) -> None:
    """Put there as `az storage blob upload` does; nothing was missing when its job has ended."""
    connection = fresh_app.environment["UPLOADS_STORAGE"]
    account = BlobServiceClient.from_connection_string(connection)
    account.get_blob_client("uploads", "notes.mp4").upload_blob(b"this is no video\n" * 100)
    assert wait_for_end(fresh_app.url, "notes.mp4").state == "refused"
    log = (fresh_app.folder / "devhost.log").read_text("utf-8")
    assert re.findall("^.* WARNING .*$", log, re.MULTILINE) == []
