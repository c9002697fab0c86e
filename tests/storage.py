"""Settings and stores on Azurite, in containers of the test's own."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from adapters.memory.stores import MemoryContainers
from adapters.settings import DELIVERY_CONNECTION, UPLOADS_CONNECTION, Settings, StorageConnection
from adapters.storage.account import StorageAccount
from adapters.storage.container import BlobContainer
from adapters.storage.stores import Stores, make_stores
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
def stores(settings: Settings) -> Stores:
    """Stores whose four containers exist and are empty."""
    made = make_stores(settings)
    made.ensure_containers()
    return made


def blob_containers(settings: Settings) -> MemoryContainers:
    """Return the four containers, for what a test does with them itself."""
    own = StorageAccount(settings.uploads, UPLOADS_CONNECTION)
    public = StorageAccount(settings.delivery, DELIVERY_CONNECTION)
    return MemoryContainers(
        uploads=BlobContainer(own.container(settings.uploads_container)),
        work=BlobContainer(own.container(settings.work_container)),
        failed=BlobContainer(own.container(settings.failed_container)),
        videos=BlobContainer(public.container(settings.videos_container)),
    )


def upload_body(settings: Settings, name: str, body: bytes) -> str:
    """Upload a source as its owner does; return its ETag."""
    return blob_containers(settings).uploads.put(name, body, content_type="video/mp4")


def upload(settings: Settings, name: str, body: bytes) -> Job:
    """Upload a source; return its job."""
    etag = upload_body(settings, name, body)
    return Job(container=settings.uploads_container, name=name, etag=etag, run_id="run-1")
