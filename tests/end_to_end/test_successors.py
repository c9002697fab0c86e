"""A job whose source changes makes way for the job of what is there, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from devhost.azurite import AzuriteProcess
from tests.end_to_end.host import APPS, Host, running
from tests.end_to_end.jobs import (
    instance,
    instances,
    replay,
    status,
    upload,
    wait_for_outcome,
    wait_for_phase,
)
from tests.media import ClipMaker
from transcoding.job.messages import instance_id


@pytest.fixture
def host(azurite: AzuriteProcess, tmp_path: Path) -> Iterator[Host]:
    """Run the app where nothing tells it of uploads: their jobs are started by replay."""
    settings = {"VOD_PRESET": "ultrafast", "VOD_CHUNK_S": "4", "VOD_GROUPING": "per_rendition"}
    with running(Host(azurite, tmp_path, settings=settings, app=APPS / "eventless.py")) as host:
        yield host


def test_metadata_that_is_set_while_a_job_runs_is_no_end(host: Host, clip_maker: ClipMaker) -> None:
    """It changes the ETag and raises no event: the job itself starts the one that publishes."""
    name = "tagged.mp4"
    clip = clip_maker.clip(frame_rate=Fraction(25), frame_count=750, size="640x360")
    upload(host.containers, name, clip)
    older = replay(host.url, name)
    wait_for_phase(host.url, name, "encoding", percent=0.1)
    etag = host.containers.uploads.set_metadata(name, {"reviewed": "yes"})
    assert etag is not None

    outcome = wait_for_outcome(host.url, older)
    assert (outcome["status"], outcome["warnings"]) == ("superseded", [])
    assert "its metadata was changed" in outcome["detail"]
    newer = instance_id(host.settings.uploads_container, name, etag)
    assert instance(host.url, newer), "the successor was not started"
    assert wait_for_outcome(host.url, newer)["status"] == "published"
    seen = status(host.url, name)
    assert seen is not None
    assert (seen.state, seen.instance_id) == ("published", newer)
    jobs = [one for one in instances(host.url) if one["name"] == "publish_video"]
    assert {one["instanceId"] for one in jobs} == {older, newer}
    assert host.containers.failed.list("") == []

    # Now that it is published: neither of the two makes its status say anything else.
    host.containers.uploads.set_metadata(name, {"reviewed": "twice"})
    seen = status(host.url, name)
    assert seen is not None
    assert seen.state == "published"
    assert seen.detail.startswith("no job for tagged.mp4 yet")
    host.containers.uploads.delete(name)
    seen = status(host.url, name)
    assert seen is not None
    assert seen.state == "published"
    assert seen.detail == "there is no upload named tagged.mp4; this was published before"
    assert seen.hls_url.endswith("/tagged.mp4/master.m3u8")


def test_an_upload_that_is_deleted_while_its_job_runs_has_no_successor(
    host: Host, clip_maker: ClipMaker
) -> None:
    """The job says what happened; there is nothing to tell of under the name."""
    name = "gone.mp4"
    clip = clip_maker.clip(frame_rate=Fraction(25), frame_count=750, size="640x360")
    upload(host.containers, name, clip)
    job = replay(host.url, name)
    wait_for_phase(host.url, name, "encoding", percent=0.1)
    host.containers.uploads.delete(name)
    outcome = wait_for_outcome(host.url, job)
    assert (outcome["status"], outcome["warnings"]) == ("superseded", [])
    assert "was deleted" in outcome["detail"]
    jobs = [one for one in instances(host.url) if one["name"] == "publish_video"]
    assert [one["instanceId"] for one in jobs] == [job]
    assert status(host.url, name) is None
    assert host.containers.videos.properties(f"{name}/master.m3u8") is None
