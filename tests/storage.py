"""Settings and a store on Azurite, in containers of the test's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.settings import UPLOADS_CONNECTION, Settings, StorageConnection
from adapters.storage.account import StorageAccount
from adapters.storage.container import BlobContainer
from adapters.storage.store import BlobStore
from devhost.azurite import AzuriteProcess
from transcoding.job.messages import Job


def settings_for(azurite: AzuriteProcess, **changes: Any) -> Settings:
    """Return settings with fresh container names on this Azurite."""
    unique = uuid.uuid4().hex[:8]
    connection = StorageConnection(connection_string=azurite.connection_string)
    names = {f"{kind}_container": f"{kind}-{unique}" for kind in ("uploads", "videos", "work")}
    values: dict[str, Any] = {
        "uploads": connection,
        "delivery": connection,
        "failed_container": f"failed-{unique}",
        **names,
    }
    return Settings(**values | changes)


@pytest.fixture
def settings(azurite: AzuriteProcess) -> Settings:
    return settings_for(azurite)


@pytest.fixture
def store(settings: Settings) -> Iterator[BlobStore]:
    """A store whose four containers exist and are empty."""
    made = BlobStore(settings)
    made.ensure_containers()
    yield made


def upload_body(settings: Settings, name: str, body: bytes) -> str:
    """Upload a source as its owner does; return its ETag."""
    account = StorageAccount(settings.uploads, UPLOADS_CONNECTION)
    uploads = BlobContainer(account.container(settings.uploads_container))
    return uploads.put(name, body, content_type="video/mp4")


def upload(store: BlobStore, settings: Settings, name: str, body: bytes) -> Job:
    """Upload a source; return its job."""
    store.uploads.put(name, body, content_type="video/mp4")
    found = store.uploads.properties(name)
    assert found is not None
    return Job(container=settings.uploads_container, name=name, etag=found.etag, run_id="run-1")
