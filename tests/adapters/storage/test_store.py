"""The store on a real Azurite: whole files, right headers, conditional publishing."""

from __future__ import annotations

import gzip
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas

from adapters.settings import Settings, StorageConnection
from adapters.storage.container import BlobContainer
from adapters.storage.store import BlobStore
from devhost.azurite import AzuriteProcess
from tests.storage import settings_for, upload
from tests.transcoding.builders import a_chunk_record, a_progress
from transcoding.errors import StorageFailed, Superseded
from transcoding.job.paths import RenditionFolder, WorkFolder

FOLDER = RenditionFolder("a b/clip #1.mp4", "5c0ffee", "h264-1")
AUDIO = RenditionFolder("a b/clip #1.mp4", "5c0ffee", "aac-1-ab")
WORK = WorkFolder("job-1", "run-1")


def test_immutable_files_are_cached_for_a_year(store: BlobStore) -> None:
    """Segments carry the type of their medium and never change."""
    store.upload_files(FOLDER, {"init.mp4": b"i", "00001.m4s": b"s"})
    store.upload_files(AUDIO, {"00001.m4s": b"s"})
    video = store.videos.properties("a b/clip #1.mp4/5c0ffee/h264-1/00001.m4s")
    audio = store.videos.properties("a b/clip #1.mp4/5c0ffee/aac-1-ab/00001.m4s")
    assert video is not None
    assert audio is not None
    assert video.content_type == "video/mp4"
    assert video.cache_control == "public, max-age=31536000, immutable"
    assert audio.content_type == "audio/mp4"


def test_playlists_are_stored_gzipped_and_read_back_plain(store: BlobStore) -> None:
    """HLS Authoring Specification 10.1, as an HTTP client sees it."""
    store.upload_files(FOLDER, {"media.m3u8": b"#EXTM3U\n"})
    path = FOLDER.path("media.m3u8")
    served = requests.get(store.playback_url(path), timeout=10, stream=True)
    assert served.headers["Content-Encoding"] == "gzip"
    assert served.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert gzip.decompress(served.raw.read()) == b"#EXTM3U\n"
    assert store.videos.read(path) == b"#EXTM3U\n"


def test_a_browser_of_another_origin_may_read_videos_from_the_emulator(store: BlobStore) -> None:
    """ensure_containers opens the videos container and CORS on Azurite, and nothing else."""
    store.upload_files(FOLDER, {"init.mp4": b"i"})
    url = store.playback_url(FOLDER.path("init.mp4"))
    served = requests.get(url, headers={"Origin": "http://player.example"}, timeout=10)
    assert served.headers["Access-Control-Allow-Origin"] == "*"
    store.write_progress(WORK, a_progress("h264-1"))
    private = store.work.url("job-1/run-1/progress/video-0.json")
    assert requests.get(private, timeout=10).status_code in (403, 404)


def test_a_marker_comes_back_as_it_was_written(store: BlobStore) -> None:
    """Done-markers are what makes a repeated activity cost nothing."""
    assert store.read_marker(FOLDER, 0) is None
    for index in (0, 1):
        store.write_marker(FOLDER, a_chunk_record(index))
    assert store.read_markers(FOLDER, 2) == (a_chunk_record(0), a_chunk_record(1))
    assert store.chunks_done(FOLDER) == {0, 1}


def test_a_missing_marker_is_named(store: BlobStore) -> None:
    """Joining an unfinished rendition fails with the chunk that is missing."""
    store.write_marker(FOLDER, a_chunk_record(0))
    with pytest.raises(StorageFailed, match="chunk 1 has no done-marker"):
        store.read_markers(FOLDER, 2)


def test_publishing_is_refused_once_the_source_is_replaced(
    store: BlobStore, settings: Settings
) -> None:
    """A newer upload wins: the old job overwrites nothing."""
    old = upload(store, settings, "clip.mp4", b"old")
    store.publish(old, "master.m3u8", b"old manifest")
    new = upload(store, settings, "clip.mp4", b"new")
    with pytest.raises(Superseded, match="replaced by a newer upload"):
        store.publish(old, "master.m3u8", b"late manifest")
    assert store.videos.read("clip.mp4/master.m3u8") == b"old manifest"
    store.publish(new, "master.m3u8", b"new manifest")
    assert store.videos.read("clip.mp4/master.m3u8") == b"new manifest"


def test_publishing_is_refused_once_the_source_is_deleted(
    store: BlobStore, settings: Settings
) -> None:
    """Who deletes an upload does not want it published."""
    job = upload(store, settings, "clip.mp4", b"old")
    store.uploads.delete("clip.mp4")
    with pytest.raises(Superseded, match="was deleted"):
        store.publish(job, "master.m3u8", b"manifest")


def test_a_newer_job_that_publishes_between_check_and_write_is_not_overwritten(
    store: BlobStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write is conditional on the file that was there before the check."""
    old = upload(store, settings, "clip.mp4", b"old")
    real_put_if = BlobContainer.put_if
    raced: list[str] = []

    def put_if(self: BlobContainer, path: str, *arguments: Any, **options: Any) -> None:
        if not raced:
            raced.append(path)
            newer = upload(store, settings, "clip.mp4", b"new")
            store.publish(newer, "master.m3u8", b"newer manifest")
        real_put_if(self, path, *arguments, **options)

    monkeypatch.setattr(BlobContainer, "put_if", put_if)
    with pytest.raises(Superseded):
        store.publish(old, "master.m3u8", b"older manifest")
    assert store.videos.read("clip.mp4/master.m3u8") == b"newer manifest"


def test_a_kill_in_the_middle_of_an_upload_leaves_the_old_file_whole(
    azurite: AzuriteProcess,
) -> None:
    """Readers of a stable name see the old bytes or the new ones, never a part."""
    settings = settings_for(azurite)
    store = BlobStore(settings)
    store.ensure_containers()
    job = upload(store, settings, "clip.mp4", b"source")
    store.publish(job, "report.json", b"the old report")
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
    assert store.videos.read("clip.mp4/report.json") == b"the old report"
    store.publish(job, "report.json", b"the new report")
    assert store.videos.read("clip.mp4/report.json") == b"the new report"


def test_progress_records_come_and_go(store: BlobStore) -> None:
    """Only what runs now is listed; removing twice is fine."""
    store.write_progress(WORK, a_progress("h264-1", frames_done=60))
    store.write_progress(WORK, a_progress("h264-1", frames_done=90))
    assert [record.frames_done for record in store.read_progress(WORK)] == [90]
    store.remove_progress(WORK, "video-0")
    store.remove_progress(WORK, "video-0")
    assert store.read_progress(WORK) == []


def test_a_cancel_mark_is_seen(store: BlobStore) -> None:
    """Marks belong to a run: a replay is not cancelled by the failed run's mark."""
    assert not store.is_cancelled(WORK)
    store.cancel(WORK)
    assert store.is_cancelled(WORK)
    assert not store.is_cancelled(WorkFolder("job-1", "run-2"))


def test_a_read_url_reads_one_blob_and_writes_nothing(store: BlobStore, settings: Settings) -> None:
    """What FFmpeg is given can do no harm."""
    job = upload(store, settings, "a b/ü#1?.mp4", b"source")
    url = store.read_url(job)
    assert requests.get(url, timeout=10).content == b"source"
    other = url.replace("%231", "%232")
    assert requests.get(other, timeout=10).status_code == 403
    assert requests.delete(url, timeout=10).status_code == 403


def test_storage_that_does_not_answer_is_a_failure_of_ours_without_a_key_in_it() -> None:
    """The error names what was tried and holds no secret."""
    connection = StorageConnection(
        connection_string="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
        "AccountKey=c2VjcmV0;BlobEndpoint=http://127.0.0.1:9/devstoreaccount1"
    )
    store = BlobStore(Settings(uploads=connection, delivery=connection))
    with pytest.raises(StorageFailed, match="read properties") as failure:
        store.uploads.properties("clip.mp4")
    assert "c2VjcmV0" not in str(failure.value)


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
