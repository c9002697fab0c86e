"""Events come more than once, uploads are replaced, hosts die: what is published stays right."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import azure.durable_functions as df
import pytest
import requests
from azure.durable_functions.models.utils import http_utils
from azure.storage.blob import BlobClient

from adapters.services import services
from adapters.settings import UPLOADS_CONNECTION, load_settings
from adapters.storage.account import StorageAccount
from cli.local_app import LocalApp
from devhost.azurite import AzuriteProcess
from devhost.client_api import binding
from tests.containers import Containers, containers_of
from tests.end_to_end.host import Host, running
from tests.end_to_end.jobs import instances, status, upload, wait_for_end, wait_until
from tests.media import ClipMaker
from transcoding.job.messages import instance_id
from triggers.on_upload import on_upload

ROOT = Path(__file__).parents[2]


@pytest.fixture
def containers(running_app: LocalApp) -> Containers:
    return containers_of(load_settings(running_app.environment))


@pytest.fixture(scope="module")
def loop(running_app: LocalApp) -> Iterator[asyncio.Runner]:
    """A worker's event loop, with the app's settings around it; the SDK keeps its session there."""
    with pytest.MonkeyPatch.context() as patch, asyncio.Runner() as runner:
        for setting, value in running_app.environment.items():
            patch.setenv(setting, value)
        services.cache_clear()
        yield runner
        # Left open, it would outlive its loop and break the next one of this process.
        runner.run(http_utils._close_session())
        services.cache_clear()


@pytest.fixture(scope="module")
def short_clip(clip_maker: ClipMaker) -> Path:
    """8 s of 640x360 at 25 fps: one chunk of two segments, three rungs."""
    return clip_maker.clip(frame_rate=Fraction(25), frame_count=200, size="640x360")


def client_of(running_app: LocalApp) -> df.DurableOrchestrationClient:
    """Return the durable client that the app's host gives a trigger."""
    return df.DurableOrchestrationClient(binding(running_app.url, "durablevod"))


def blob_of(running_app: LocalApp, container: str, name: str) -> BlobClient:
    """Return the client of a blob, as the trigger is given it."""
    settings = load_settings(running_app.environment)
    account = StorageAccount(settings.uploads, UPLOADS_CONNECTION)
    return account.container(container).get_blob_client(name)


def version_of_files(containers: Containers, name: str) -> dict[str, str]:
    """Return the ETag of every immutable file under a video's name; a rewrite changes it."""
    return {
        blob.path: blob.etag
        for blob in containers.videos.list(f"{name}/")
        if blob.path.removeprefix(name).count("/") > 1
    }


def test_ten_events_of_one_upload_run_one_job(
    running_app: LocalApp, containers: Containers, short_clip: Path, loop: asyncio.Runner
) -> None:
    """Ten calls of the trigger beside the host's own leave one instance, and none raises."""
    name = "events/ten.mp4"
    etag = upload(containers, name, short_clip)
    client = client_of(running_app)
    blob = blob_of(running_app, "uploads", name)

    async def fire() -> None:
        await asyncio.gather(*(on_upload(blob, client) for _ in range(10)))

    loop.run(fire())
    wait_for_end(running_app.url, name)
    loop.run(fire())
    mine = [i for i in instances(running_app.url) if i["instanceId"].startswith("events-ten-mp4-")]
    parents = [i for i in mine if i["name"] == "publish_video"]
    assert [i["instanceId"] for i in parents] == [instance_id("uploads", name, etag)]
    assert parents[0]["runtimeStatus"] == "Completed"


def test_an_event_of_another_container_starts_nothing(
    running_app: LocalApp, containers: Containers, loop: asyncio.Runner
) -> None:
    """Event Grid's trigger checks no path, so the function does."""
    containers.work.put("stray.mp4", b"x", content_type="video/mp4")
    before = len(instances(running_app.url))
    blob = blob_of(running_app, "work", "stray.mp4")
    loop.run(on_upload(blob, client_of(running_app)))
    assert len(instances(running_app.url)) == before


def test_a_finished_job_that_runs_again_encodes_nothing(
    running_app: LocalApp, containers: Containers, short_clip: Path
) -> None:
    """A replay finds every done-marker: no segment is written again."""
    name = "again.mp4"
    upload(containers, name, short_clip)
    assert wait_for_end(running_app.url, name).state == "published"
    media = re.compile(r"(init\.mp4|\.m4s|chunk-\d+\.json)$")
    first = {p: e for p, e in version_of_files(containers, name).items() if media.search(p)}
    report = containers.videos.properties(f"{name}/report.json")
    replayed = requests.post(f"{running_app.url}/api/replay", params={"name": name}, timeout=30)
    assert replayed.status_code == 202
    wait_until(
        lambda: containers.videos.properties(f"{name}/report.json"),
        lambda seen: report is not None and seen is not None and seen.etag != report.etag,
    )
    assert wait_for_end(running_app.url, name).state == "published"
    again = {p: e for p, e in version_of_files(containers, name).items() if media.search(p)}
    # Three rungs of init, two segments and marker; one sound of init, two segments and marker.
    assert len(first) == 16
    assert again == first


def test_a_newer_upload_wins_while_the_older_ones_job_runs(
    running_app: LocalApp,
    containers: Containers,
    short_clip: Path,
    clip_maker: ClipMaker,
) -> None:
    """The older job ends as superseded and what is live is the newer upload's."""
    name = "replaced.mp4"
    longer = clip_maker.clip(frame_rate=Fraction(25), frame_count=1500, size="640x360")
    old = upload(containers, name, longer)
    wait_until(
        lambda: status(running_app.url, name),
        lambda seen: seen is not None and seen.phase == "encoding" and seen.percent > 0,
    )
    new = upload(containers, name, short_clip)
    ended = wait_for_end(running_app.url, name)
    assert ended.state == "published"
    old_id = instance_id("uploads", name, old)
    wait_until(
        lambda: [i for i in instances(running_app.url) if i["instanceId"] == old_id],
        lambda seen: seen[0]["runtimeStatus"] == "Completed",
    )
    (older,) = [i for i in instances(running_app.url) if i["instanceId"] == old_id]
    assert older["output"]["status"] == "superseded"
    report = containers.videos.read(f"{name}/report.json")
    assert report is not None
    assert f'"source_etag": "{new}"' in report.decode()


def test_a_host_that_is_killed_loses_nothing_that_was_encoded(
    azurite: AzuriteProcess, clip_maker: ClipMaker, tmp_path: Path
) -> None:
    """After a kill in mid-job nothing is live; a new host finishes and encodes only the rest."""
    name = "killed.mp4"
    source = clip_maker.clip(frame_rate=Fraction(25), frame_count=750, size="640x360")
    settings = {"VOD_CHUNK_S": "4", "VOD_PRESET": "faster", "VOD_GROUPING": "per_rendition"}
    with running(Host(azurite, tmp_path, settings=settings)) as host:
        containers = host.containers
        upload(containers, name, source)
        wait_until(
            lambda: [p for p in version_of_files(containers, name) if "/chunk-" in p],
            lambda seen: len(seen) >= 4,
        )
        host.kill()
        done_before = {
            p: e for p, e in version_of_files(containers, name).items() if "/chunk-" in p
        }
        assert len(done_before) < 25
        stable = [f"{name}/{file}" for file in ("master.m3u8", "manifest.mpd", "report.json")]
        assert [path for path in stable if containers.videos.properties(path)] == []

        host.start()
        assert wait_for_end(host.url, name).state == "published"
        after = {p: e for p, e in version_of_files(containers, name).items() if "/chunk-" in p}
        # 8 chunks of 3 rungs and one of sound.
        assert len(after) == 25
        assert {p: after[p] for p in done_before} == done_before
