"""The stores together, on a real Azurite and in memory."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas

from adapters.memory.container import MemoryContainer
from adapters.memory.stores import memory_containers, memory_stores
from adapters.settings import Settings, UploadsConnection
from adapters.storage.stores import Stores, make_stores
from adapters.storage.uploads import Uploads
from tests.adapters.storage.chunks import FOLDER
from tests.containers import upload_source
from tests.transcoding.builders import a_progress, a_release
from transcoding.errors import StorageFailed
from transcoding.job.paths import WorkFolder

DOOR = {
    "front_door_subscription_id": "s",
    "front_door_resource_group": "g",
    "front_door_profile": "p",
    "front_door_endpoint": "e",
}
PATH = "a b/clip #1.mp4/master.m3u8"


def test_everything_has_its_place(stores: Stores) -> None:
    """Written through one store, on real storage, and found by the same."""
    stores.renditions.create_files(FOLDER, {"init.mp4": b"i"})
    assert stores.videos.read(FOLDER.path("init.mp4")) == b"i"
    assert stores.releases.record("clip.mp4", a_release(1))
    assert stores.releases.publish("clip.mp4", a_release(1)) == 1
    work = WorkFolder("job-1", "run-1")
    stores.notes.write_progress(work, a_progress("h264-1"))
    assert stores.notes.read_progress(work) == [a_progress("h264-1")]
    stores.letters.write("clip.mp4/job-1.json", b"{}")
    assert stores.letters.read("clip.mp4/job-1.json") == b"{}"
    assert stores.letters.read("clip.mp4/job-2.json") is None


def test_a_browser_of_another_origin_may_read_what_is_published(stores: Stores) -> None:
    """On Azurite, and nothing else: neither notes nor letters."""
    stores.renditions.create_files(FOLDER, {"init.mp4": b"i"})
    url = stores.playback_url(FOLDER.path("init.mp4"))
    served = requests.get(url, headers={"Origin": "http://player.example"}, timeout=10)
    assert served.content == b"i"
    assert served.headers["Access-Control-Allow-Origin"] == "*"


def test_a_read_url_reads_one_upload_and_writes_nothing(stores: Stores, settings: Settings) -> None:
    """What FFmpeg is given can do no harm, and outlives the unit that it is for by an hour."""
    upload_source(settings, "a b/ü#1?.mp4", b"source")
    url = stores.uploads.read_url("a b/ü#1?.mp4")
    assert requests.get(url, timeout=10).content == b"source"
    assert requests.get(url.replace("%231", "%232"), timeout=10).status_code == 403
    assert requests.delete(url, timeout=10).status_code == 403
    expiry = datetime.fromisoformat(parse_qs(urlsplit(url).query)["se"][0])
    left = expiry - datetime.now(UTC)
    assert timedelta(hours=1, minutes=24) < left < timedelta(hours=1, minutes=26)


def test_an_upload_is_found_as_it_is(stores: Stores, settings: Settings) -> None:
    """Each upload under a name is another version; what was never uploaded is not there."""
    for _ in range(2):
        etag = upload_source(settings, "clip.mp4", b"source").etag
        found = stores.uploads.properties("clip.mp4")
        assert found is not None
        assert found.etag == etag
    assert stores.uploads.properties("other.mp4") is None


def test_a_change_of_metadata_makes_another_version() -> None:
    """Nobody is told of it: no event comes."""
    containers = memory_containers()
    stores = memory_stores(containers)
    etag = containers.uploads.put("clip.mp4", b"source", content_type="video/mp4")
    containers.uploads.set_metadata("clip.mp4", {"owner": "kim"})
    changed = stores.uploads.properties("clip.mp4")
    assert changed is not None
    assert changed.etag != etag


def test_a_read_url_lives_as_long_as_it_is_told() -> None:
    """The account signs it; the store says for how long."""

    class Signer:
        def read_url(self, container: str, name: str, lifetime: timedelta) -> str:
            return f"{container} {name} {lifetime}"

    uploads = Uploads(MemoryContainer(), Signer(), "uploads", timedelta(hours=6))
    assert uploads.read_url("a.mp4") == "uploads a.mp4 6:00:00"


@pytest.mark.parametrize(
    ("changes", "base"),
    [
        ({"playback_base_url": "https://cdn.example"}, "https://cdn.example/videos"),
        ({**DOOR, "front_door_domain": "media.example"}, "https://media.example/videos"),
        ({}, "https://acct.blob.core.windows.net/videos"),
    ],
)
def test_playback_urls_are_those_of_whoever_serves(changes: dict[str, str], base: str) -> None:
    """The address that is set, else the Front Door's domain, else the account's."""
    account = UploadsConnection(blob_service_uri="https://acct.blob.core.windows.net")
    settings = Settings.model_validate({"uploads": account, "delivery": account, **changes})
    assert make_stores(settings).playback_url(PATH) == f"{base}/a%20b/clip%20%231.mp4/master.m3u8"


def test_storage_that_does_not_answer_is_a_failure_without_a_key_in_it() -> None:
    """The error names what was tried and holds no secret."""
    connection = UploadsConnection(
        connection_string="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
        "AccountKey=c2VjcmV0;BlobEndpoint=http://127.0.0.1:9/devstoreaccount1"
    )
    stores = make_stores(Settings(uploads=connection, delivery=connection))
    with pytest.raises(StorageFailed, match="read properties") as failure:
        stores.uploads.properties("clip.mp4")
    assert "c2VjcmV0" not in str(failure.value)


def test_a_kill_in_the_middle_of_an_upload_leaves_the_old_file_whole(
    stores: Stores, settings: Settings
) -> None:
    """Readers of a stable name see the old bytes or the new ones, never a part."""
    assert stores.releases.publish_report("clip.mp4", 1, b"the old report")
    # The body of the request is cut off by the process's death, after a part has gone out.
    program = textwrap.dedent("""
        import os, socket, sys, urllib.parse
        url = urllib.parse.urlsplit(sys.argv[1])
        with socket.create_connection((url.hostname, url.port)) as connection:
            head = f"PUT {url.path}?{url.query} HTTP/1.1\\r\\nHost: {url.netloc}\\r\\n"
            head += "x-ms-blob-type: BlockBlob\\r\\nContent-Length: 1000000\\r\\n\\r\\n"
            connection.sendall(head.encode() + b"x" * 300_000)
            os.kill(os.getpid(), 9)
    """)
    url = writable_url(settings, "clip.mp4/report.json")
    died = subprocess.run([sys.executable, "-c", program, url], check=False)
    assert died.returncode == -9
    assert stores.videos.read("clip.mp4/report.json") == b"the old report"
    assert stores.releases.publish_report("clip.mp4", 1, b"the new report")
    assert stores.videos.read("clip.mp4/report.json") == b"the new report"


def writable_url(settings: Settings, path: str) -> str:
    """Return a URL that may write one file of the videos container."""
    client = BlobServiceClient.from_connection_string(settings.delivery.connection_string)
    token = generate_blob_sas(
        account_name=str(client.account_name),
        container_name=settings.videos_container,
        blob_name=path,
        account_key=client.credential.account_key,
        permission=BlobSasPermissions(write=True, create=True),
        expiry=datetime.now(UTC) + timedelta(minutes=5),
    )
    return f"{client.get_blob_client(settings.videos_container, path).url}?{token}"


def test_memory_keeps_what_it_is_given() -> None:
    """With containers of its own it is whole; its containers are there from the start."""
    stores = memory_stores()
    assert stores.releases.record("clip.mp4", a_release(1))
    assert stores.releases.publish("clip.mp4", a_release(1)) == 1
    assert stores.playback_url(PATH) == "memory://videos/a%20b/clip%20%231.mp4/master.m3u8"
    assert stores.uploads.read_url("a b.mp4").startswith("memory://uploads/a%20b.mp4?")
