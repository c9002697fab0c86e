"""Videos that jobs have published are removed over HTTP, and their neighbours are not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import requests

from cli.app_client import AppClient
from devhost.azurite import AzuriteProcess
from tests.end_to_end.host import Host, running
from tests.end_to_end.jobs import upload, wait_for_end
from tests.media import ClipMaker

SHORT, LONG = "talk", "talk/part.mp4"


def test_one_of_two_videos_is_removed_and_the_other_published_anew(
    azurite: AzuriteProcess, clip_maker: ClipMaker, tmp_path: Path
) -> None:
    """The name of the one is a folder of the other; a replay brings back what was kept."""
    clip = clip_maker.clip(frame_rate=Fraction(25), frame_count=50, size="320x180")
    with running(Host(azurite, tmp_path, settings={"VOD_PRESET": "ultrafast"})) as host:
        client = AppClient(host.url)
        for name in (SHORT, LONG):
            upload(host.containers, name, clip)
            assert wait_for_end(host.url, name).state == "published"

        removed = client.remove(SHORT)
        assert removed is not None
        assert (removed.upload, removed.stable_files, removed.is_complete) == (True, 5, True)
        left = [blob.path for blob in host.containers.videos.list(f"{SHORT}/") if blob.size_bytes]
        assert [path for path in left if not path.startswith(f"{LONG}/")] == [
            f"{SHORT}/~releases/00002.json"
        ]
        assert client.remove(SHORT) is None
        there = wait_for_end(host.url, LONG)
        assert requests.get(there.hls_url, timeout=30).status_code == 200

        kept = client.remove(LONG, keep_upload=True)
        assert kept is not None
        assert (kept.upload, kept.stable_files) == (False, 5)
        assert requests.get(there.hls_url, timeout=30).status_code == 404
        assert wait_for_end(host.url, LONG).warnings == (
            f"the video was removed since; vod replay '{LONG}'",
        )
        client.replay(LONG)
        again = wait_for_end(host.url, LONG)
        assert (again.state, again.warnings) == ("published", ())
        assert requests.get(again.hls_url, timeout=30).status_code == 200
