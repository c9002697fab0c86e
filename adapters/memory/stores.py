"""All that the app keeps in Blob Storage, kept in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from adapters.clock import Clock, SystemClock
from adapters.memory.container import MemoryContainer
from adapters.storage.letters import Letters
from adapters.storage.notes import Notes
from adapters.storage.port import Container
from adapters.storage.releases import Releases
from adapters.storage.renditions import Renditions
from adapters.storage.stores import Stores
from adapters.storage.uploads import Uploads, UrlSigner


class MemoryUrls:
    """Makes read URLs that nothing answers at."""

    def read_url(self, container: str, name: str, lifetime: timedelta) -> str:
        return f"memory://{container}/{quote(name)}?lifetime={lifetime.total_seconds():.0f}"


@dataclass(frozen=True)
class MemoryContainers:
    """The four containers, for what a test does with them itself, as a user or an operator."""

    uploads: Container
    work: Container
    failed: Container
    videos: Container


def memory_containers(clock: Clock | None = None) -> MemoryContainers:
    """Return four empty containers that are there."""
    return MemoryContainers(
        uploads=MemoryContainer("uploads", clock=clock),
        work=MemoryContainer("work", clock=clock),
        failed=MemoryContainer("failed", clock=clock),
        videos=MemoryContainer("videos", clock=clock),
    )


def memory_stores(
    containers: MemoryContainers | None = None, *, signer: UrlSigner | None = None
) -> Stores:
    """Return stores in memory.

    Args:
        containers: where everything is kept; of the caller's own, or wrapped so that they fail.
        signer: makes the URLs that FFmpeg reads uploads from; a fake one unless given.
    """
    kept = containers or memory_containers()

    return Stores(
        uploads=Uploads(kept.uploads, signer or MemoryUrls(), "uploads", timedelta(hours=1)),
        renditions=Renditions(kept.videos),
        releases=Releases(kept.videos, 10),
        notes=Notes(kept.work),
        letters=Letters(kept.failed),
        videos=kept.videos,
        work=kept.work,
        failed=kept.failed,
        storage_time=SystemClock().now,
        playback_url=kept.videos.url,
    )
