"""The four containers of an app, for what a test does with them as a user or an operator."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.settings import DELIVERY_CONNECTION, UPLOADS_CONNECTION, Settings
from adapters.storage.account import StorageAccount
from adapters.storage.container import BlobContainer
from transcoding.job.messages import Job


@dataclass(frozen=True)
class Containers:
    """Blobs as they lie in storage; `adapters.storage.stores` is what the app makes of them."""

    uploads: BlobContainer
    work: BlobContainer
    failed: BlobContainer
    videos: BlobContainer


def containers_of(settings: Settings) -> Containers:
    """Return the containers that these settings name; nothing is sent yet."""
    own = StorageAccount(settings.uploads, UPLOADS_CONNECTION)
    public = StorageAccount(settings.delivery, DELIVERY_CONNECTION)
    return Containers(
        uploads=BlobContainer(own.container(settings.uploads_container)),
        work=BlobContainer(own.container(settings.work_container)),
        failed=BlobContainer(own.container(settings.failed_container)),
        videos=BlobContainer(public.container(settings.videos_container)),
    )


def upload_source(settings: Settings, name: str, body: bytes) -> Job:
    """Upload a source as its owner does; return its job."""
    uploads = containers_of(settings).uploads
    etag = uploads.put(name, body, content_type="video/mp4")
    return Job(container=settings.uploads_container, name=name, etag=etag, run_id="run-1")
