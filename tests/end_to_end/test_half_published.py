"""A host that dies in the middle of a publish leaves nothing half true for long."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from azure.storage.blob import BlobLeaseClient

from adapters.settings import DELIVERY_CONNECTION
from adapters.storage.account import StorageAccount
from devhost.azurite import AzuriteProcess
from tests.end_to_end.host import Host, running
from tests.end_to_end.jobs import upload, wait_for_end, wait_until
from tests.media import ClipMaker

NAME = "half.mp4"


def release_of(host: Host, file: str) -> str:
    """Return the number of the release that a stable file is from."""
    found = host.containers.videos.properties(f"{NAME}/{file}")
    return found.metadata["release"] if found else ""


def sources_of(host: Host, file: str) -> set[str]:
    """Return the folders of sources that a manifest refers to."""
    body = host.containers.videos.read(f"{NAME}/{file}")
    return set(re.findall(r"~[0-9a-f]{12}", (body or b"").decode()))


def lease_of(host: Host, file: str) -> BlobLeaseClient:
    account = StorageAccount(host.settings.delivery, DELIVERY_CONNECTION)
    container = account.container(host.settings.videos_container)
    return BlobLeaseClient(container.get_blob_client(f"{NAME}/{file}"))


def test_whoever_comes_next_finishes_a_publish_that_died(
    azurite: AzuriteProcess, clip_maker: ClipMaker, tmp_path: Path
) -> None:
    """Killed between the two manifests; the next job of the name, a refused one, finishes them.

    The source of what is finished is gone by then.
    """
    first = clip_maker.clip(frame_rate=Fraction(25), frame_count=100, size="320x180")
    second = clip_maker.clip(frame_rate=Fraction(25), frame_count=200, size="320x180")
    settings = {"VOD_PRESET": "ultrafast", "VOD_GROUPING": "together"}
    with running(Host(azurite, tmp_path, settings=settings)) as host:
        upload(host.containers, NAME, first)
        assert wait_for_end(host.url, NAME).state == "published"
        before = sources_of(host, "master.m3u8")
        assert len(before) == 1

        # Nobody can write the multivariant playlist, which comes last.
        lease = lease_of(host, "master.m3u8")
        lease.acquire(lease_duration=-1)
        upload(host.containers, NAME, second)
        wait_until(lambda: release_of(host, "manifest.mpd"), lambda number: number == "2")
        host.kill()
        lease.break_lease(0)
        assert (release_of(host, "manifest.mpd"), release_of(host, "master.m3u8")) == ("2", "1")

        upload(host.containers, NAME, b"this is no video\n" * 100)
        host.start()
        assert wait_for_end(host.url, NAME).state == "refused"
        assert (release_of(host, "manifest.mpd"), release_of(host, "master.m3u8")) == ("2", "2")
        after = sources_of(host, "master.m3u8")
        assert len(after) == 1
        assert after == sources_of(host, "manifest.mpd") != before
