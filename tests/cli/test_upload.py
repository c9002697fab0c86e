"""`vod upload` and the published tree, against a real Azurite."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient

from adapters.settings import Settings, load_settings
from adapters.storage.places import make_places
from adapters.storage.stores import make_stores
from cli.problems import Unusable
from cli.tree import check_folder, write_tree
from cli.uploading import Upload
from devhost.azurite import AzuriteProcess
from tests.azurite import azurite
from tests.cli.app_stand_in import Answer, a_status, app_answering
from tests.cli.conftest import Vod
from transcoding.errors import StorageFailed
from triggers.on_poison import POISON_QUEUE

__all__ = ["azurite"]


@pytest.fixture
def containers(monkeypatch: pytest.MonkeyPatch, vod: Vod, azurite: AzuriteProcess) -> str:
    """Let the command use Azurite, with containers of this test's own; return their suffix."""
    suffix = uuid.uuid4().hex[:8]
    for name in ("UPLOADS_STORAGE", "DELIVERY_STORAGE"):
        monkeypatch.setenv(name, azurite.connection_string)
    for kind in ("uploads", "videos", "work", "failed"):
        monkeypatch.setenv(f"VOD_{kind.upper()}_CONTAINER", f"{kind}-{suffix}")
    make_places(load_settings(), POISON_QUEUE)
    return suffix


@pytest.fixture
def settings(containers: str) -> Settings:
    """Give the settings that the command reads."""
    return load_settings()


def test_an_upload_is_the_file_with_its_type(
    vod: Vod, containers: str, azurite: AzuriteProcess
) -> None:
    """The blob has the file's bytes and content type, the job its id."""
    Path("holiday.mp4").write_bytes(b"moving pictures")
    ran = vod("upload", "holiday.mp4", "--name", "2026/my holiday.mp4")
    client = BlobServiceClient.from_connection_string(azurite.connection_string)
    blob = client.get_blob_client(f"uploads-{containers}", "2026/my holiday.mp4")
    properties = blob.get_blob_properties()
    assert blob.download_blob().readall() == b"moving pictures"
    assert properties.content_settings.content_type == "video/mp4"
    job = Upload(
        f"uploads-{containers}", "2026/my holiday.mp4", 15, properties.etag.strip('"')
    ).instance_id
    assert ran == (
        0,
        f"uploaded  uploads-{containers}/2026/my holiday.mp4 (15 B)\n"
        f"job       {job}\n"
        "follow    vod status '2026/my holiday.mp4' --watch\n",
        "uploading 2026/my holiday.mp4\n",
    )


def test_a_large_file_is_uploaded_in_blocks(
    vod: Vod, containers: str, azurite: AzuriteProcess
) -> None:
    """A file of more than one request is put together in order."""
    with Path("large.mov").open("wb") as file:
        file.truncate(70_000_000)
        file.seek(69_999_997)
        file.write(b"end")
    ran = vod("upload", "large.mov", "--json")
    document = json.loads(ran.out)
    assert (document["name"], document["size_bytes"]) == ("large.mov", 70_000_000)
    assert document["instance_id"].startswith("large-mov-")
    client = BlobServiceClient.from_connection_string(azurite.connection_string)
    blob = client.get_blob_client(f"uploads-{containers}", "large.mov")
    assert blob.get_blob_properties().size == 70_000_000
    assert blob.download_blob(offset=69_999_996, length=4).readall() == b"\0end"
    committed, uncommitted = blob.get_block_list("all")
    assert (len(committed), len(uncommitted)) == (17, 0)


def test_a_second_upload_of_the_same_name_is_another_job(vod: Vod, containers: str) -> None:
    """The blob is replaced, and the new ETag makes a new job."""
    jobs = []
    for content in (b"one", b"two"):
        Path("holiday.mp4").write_bytes(content)
        jobs.append(json.loads(vod("upload", "holiday.mp4", "--json").out)["instance_id"])
    assert len(set(jobs)) == 2


def test_a_missing_container_is_told(
    vod: Vod, containers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the app that makes it, when it starts."""
    monkeypatch.setenv("VOD_UPLOADS_CONTAINER", "none-here")
    Path("holiday.mp4").write_bytes(b"moving pictures")
    ran = vod("upload", "holiday.mp4")
    assert ran.code == 2
    assert ran.err.endswith(
        "vod: there is no such container (none-here): start the app, which makes it on this "
        "machine: `make start`\n"
    )


def test_settings_come_from_local_settings_json(
    vod: Vod, containers: str, azurite: AzuriteProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment does not set is read from the current folder, as the host does."""
    for name in ("UPLOADS_STORAGE", "DELIVERY_STORAGE"):
        monkeypatch.delenv(name)
    values = {
        "UPLOADS_STORAGE": azurite.connection_string,
        "DELIVERY_STORAGE": azurite.connection_string,
        "VOD_UPLOADS_CONTAINER": "not-this-one",
    }
    Path("local.settings.json").write_text(json.dumps({"Values": values}), "utf-8")
    Path("holiday.mp4").write_bytes(b"moving pictures")
    ran = vod("upload", "holiday.mp4", "--json")
    assert json.loads(ran.out)["container"] == f"uploads-{containers}"


@pytest.mark.parametrize(("state", "code"), [("published", 0), ("refused", 1), ("cancelled", 1)])
def test_upload_can_wait_for_its_job(vod: Vod, containers: str, state: str, code: int) -> None:
    """`--wait` passes over the job of another upload and ends as its own does."""
    Path("holiday.mp4").write_bytes(b"moving pictures")
    status = a_status(instance_id="another", state="published", detail="why")

    with app_answering(Answer(200, status)) as app:

        def own_status(path: str) -> None:
            """Answer for the blob that is there by now, as the app does."""
            blob = make_stores(load_settings()).uploads.properties("holiday.mp4")
            assert blob is not None
            job = Upload(f"uploads-{containers}", "holiday.mp4", 15, blob.etag).instance_id
            status.update(instance_id=job, state=state, detail="not a video")

        app.after_request = own_status
        ran = vod("upload", "holiday.mp4", "--wait", "--json", "--url", app.url)
    assert ran.code == code
    document = json.loads(ran.out)
    assert document["status"]["state"] == state
    assert document["report"] is None
    assert (f"vod: holiday.mp4: {state}: not a video\n" in ran.err) == (state != "published")


def test_the_published_tree_plays_from_any_server(settings: Settings, tmp_path: Path) -> None:
    """Every file of the video is written, playlists as plain text; other videos are left out."""
    stores = make_stores(settings)
    for path in ("a.mp4/master.m3u8", "a.mp4/k/r/00001.m4s", "a.mp4/report.json", "a.mp4x/b.json"):
        stores.videos.put(path, f"body of {path}".encode(), content_type="text/plain")
    assert write_tree(stores.videos, "a.mp4", tmp_path / "out") == 3
    assert {
        file.relative_to(tmp_path / "out").as_posix(): file.read_text("utf-8")
        for file in (tmp_path / "out").rglob("*")
        if file.is_file()
    } == {
        "master.m3u8": "body of a.mp4/master.m3u8",
        "k/r/00001.m4s": "body of a.mp4/k/r/00001.m4s",
        "report.json": "body of a.mp4/report.json",
    }


def test_no_file_is_written_outside_the_folder(settings: Settings, tmp_path: Path) -> None:
    """A blob whose path climbs out of the folder is an error."""
    stores = make_stores(settings)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to(tmp_path)
    stores.videos.put("a.mp4/link/escaped.json", b"{}", content_type="application/json")
    with pytest.raises(StorageFailed, match="write the published tree"):
        write_tree(stores.videos, "a.mp4", tmp_path / "out")
    assert not (tmp_path / "escaped.json").exists()


def test_the_output_folder_is_made(tmp_path: Path) -> None:
    """A folder that is not there is made, with its parents; a file's place is refused."""
    check_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(Unusable, match="File exists"):
        check_folder(tmp_path / "file")
