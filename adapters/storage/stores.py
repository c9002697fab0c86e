"""All that the app keeps in Blob Storage, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.settings import DELIVERY_CONNECTION, UPLOADS_CONNECTION, Settings
from adapters.storage.account import StorageAccount
from adapters.storage.container import BlobContainer
from adapters.storage.letters import Letters
from adapters.storage.notes import Notes
from adapters.storage.port import Container
from adapters.storage.releases import Releases
from adapters.storage.renditions import Renditions
from adapters.storage.uploads import Uploads
from transcoding.job import paths

_READ_URL_SLACK = timedelta(hours=1)
"""Every unit asks for a read URL of its own, which outlives its time-out by this."""


@dataclass(frozen=True)
class Stores:
    """Uploads, notes and letters in one account, what is published in the other.

    Attributes:
        videos: the container of `renditions` and `releases`.
        work, failed: the containers of `notes` and `letters`.
        storage_time: returns the time by the clock of the first account.
        playback_url: returns the public URL of a path in it.
    """

    uploads: Uploads
    renditions: Renditions
    releases: Releases
    notes: Notes
    letters: Letters
    videos: Container
    work: Container
    failed: Container
    storage_time: Callable[[], datetime]
    playback_url: Callable[[str], str]


def make_stores(settings: Settings) -> Stores:
    """Return the stores in Azure, or in Azurite; nothing is sent yet.

    Raises:
        SettingsInvalid: a connection string cannot be parsed.
    """
    own = StorageAccount(settings.uploads, UPLOADS_CONNECTION)
    public = StorageAccount(settings.delivery, DELIVERY_CONNECTION)
    uploads = BlobContainer(own.container(settings.uploads_container))
    work = BlobContainer(own.container(settings.work_container))
    failed = BlobContainer(own.container(settings.failed_container))
    videos = BlobContainer(public.container(settings.videos_container))

    return Stores(
        uploads=Uploads(
            uploads,
            own,
            settings.uploads_container,
            timedelta(seconds=settings.unit_timeout_s) + _READ_URL_SLACK,
        ),
        renditions=Renditions(videos),
        releases=Releases(videos, settings.manifest_max_age_s),
        notes=Notes(work),
        letters=Letters(failed),
        videos=videos,
        work=work,
        failed=failed,
        storage_time=own.time,
        playback_url=_playback_url(settings, videos),
    )


def _playback_url(settings: Settings, videos: Container) -> Callable[[str], str]:
    base = settings.playback_base_url
    if not base and settings.front_door and settings.front_door.domain:
        base = f"https://{settings.front_door.domain}"
    if not base:
        return videos.url
    return lambda path: base + paths.url_path(settings.videos_container, path)
