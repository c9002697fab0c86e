"""Removing a video over HTTP, on a real Azurite."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import azure.functions as func
import pytest

from adapters.memory.clock import ManualClock
from adapters.memory.stores import memory_containers, memory_stores
from adapters.memory.wrapped import WrappedContainer
from adapters.services import Services
from adapters.storage.account import StorageAccount
from adapters.storage.port import Container
from tests.containers import containers_of, upload_source
from tests.transcoding.builders import a_release
from tests.triggers.extension import Extension
from transcoding.errors import StorageFailed
from transcoding.job.messages import Job
from transcoding.job.paths import WorkFolder
from triggers.http.videos import delete_video

_R = TypeVar("_R")


def delete(tools: Services, extension: Extension, **params: str) -> tuple[int, dict[str, Any]]:
    request = func.HttpRequest(method="DELETE", url="/api/videos", params=params, body=b"")
    answer = asyncio.run(delete_video(request, extension, tools))
    return answer.status_code, json.loads(answer.get_body())


def publish(tools: Services, job: Job) -> None:
    """Publish a video of a marker and a segment, without a job."""
    folder = f"{job.name}/{job.source_key}/aac-1"
    for file in ("00001.m4s", "chunk-00000.json"):
        tools.stores.videos.put(f"{folder}/{file}", b"x", content_type="video/mp4")
    files = {file: a_release(1).files[file] for file in ("manifest.mpd", "master.m3u8")}
    folders = (f"{job.source_key}/aac-1",)
    release = a_release(1, source_key=job.source_key, folders=folders, files=files)
    assert tools.stores.releases.record(job.name, release)
    tools.stores.releases.publish(job.name, release)


def know(extension: Extension, job: Job, state: str) -> None:
    extension.instances[job.instance_id] = {
        "instanceId": job.instance_id,
        "runtimeStatus": state,
        "input": json.dumps(job.to_json()),
    }


def test_a_video_and_its_upload_are_removed(tools: Services) -> None:
    """200 with what went, and once more 404; letters stay."""
    extension = Extension()
    job = upload_source(tools.settings, "a b/clip.mp4", b"source")
    know(extension, job, "Completed")
    publish(tools, job)
    tools.stores.letters.write("a b/clip.mp4/1.json", b"{}")
    code, told = delete(tools, extension, name="a b/clip.mp4")
    assert code == 200
    assert told["purge"].pop("detail").startswith("no Front Door is configured")
    assert told == {
        "name": "a b/clip.mp4",
        "upload": True,
        "stable_files": 2,
        "source_files": 2,
        "is_complete": True,
        "wait_s": 0,
        "purge": {"status": "not_configured", "token": "", "wait_s": 0},
    }
    kept = containers_of(tools.settings)
    assert kept.uploads.list("") == []
    left = [(blob.path, blob.size_bytes > 0) for blob in kept.videos.list("")]
    assert left == [
        ("a b/clip.mp4/~releases/00001.json", False),
        ("a b/clip.mp4/~releases/00002.json", True),
    ]
    assert tools.stores.letters.read("a b/clip.mp4/1.json") == b"{}"
    assert delete(tools, extension, name="a b/clip.mp4") == (
        404,
        {"error": "there is no upload and no video named a b/clip.mp4"},
    )


def test_a_video_whose_upload_is_gone_is_removed(tools: Services) -> None:
    """Uploads may have a lifecycle of their own."""
    job = upload_source(tools.settings, "clip.mp4", b"source")
    publish(tools, job)
    containers_of(tools.settings).uploads.delete("clip.mp4")
    code, told = delete(tools, Extension(), name="clip.mp4")
    assert (code, told["upload"], told["stable_files"]) == (200, False, 2)


def test_an_upload_that_is_kept_has_its_last_run_cancelled(tools: Services) -> None:
    """An attempt that outlived its job would publish it again."""
    extension = Extension()
    job = upload_source(tools.settings, "clip.mp4", b"source")
    know(extension, job, "Failed")
    publish(tools, job)
    code, told = delete(tools, extension, name="clip.mp4", keep_upload="true")
    assert (code, told["upload"], told["stable_files"]) == (200, False, 2)
    assert tools.stores.uploads.properties("clip.mp4") is not None
    assert tools.stores.notes.is_cancelled(WorkFolder.of(job))


@pytest.mark.parametrize("state", ["Running", "Pending", "Suspended", "ContinuedAsNew"])
def test_a_video_whose_job_runs_is_left_alone(tools: Services, state: str) -> None:
    """409, and nothing is touched."""
    extension = Extension()
    job = upload_source(tools.settings, "clip.mp4", b"source")
    know(extension, job, state)
    publish(tools, job)
    code, told = delete(tools, extension, name="clip.mp4")
    assert (code, told["error"]) == (
        409,
        f"the job of clip.mp4 has not ended ({state}); remove the video when it has. "
        f"docs/recover.md: Ending a job; its id is {job.instance_id}",
    )
    assert tools.stores.releases.live_number("clip.mp4") == 1
    assert tools.stores.uploads.properties("clip.mp4") is not None


@pytest.mark.parametrize("as_text", [False, True], ids=["JSON", "text"])
def test_a_job_of_another_version_is_known_by_its_run(tools: Services, as_text: bool) -> None:
    """Its message has a field that this version does not know, and lacks others."""
    extension = Extension()
    job = upload_source(tools.settings, "clip.mp4", b"source")
    message = {"run_id": job.run_id, "format": 9}
    extension.instances[job.instance_id] = {
        "instanceId": job.instance_id,
        "runtimeStatus": "Completed",
        "input": json.dumps(message) if as_text else message,
    }
    publish(tools, job)
    assert delete(tools, extension, name="clip.mp4")[0] == 200
    assert tools.stores.notes.is_cancelled(WorkFolder.of(job))


@pytest.mark.parametrize("message", [None, "", "{", "[]", {}, {"run_id": 1}])
def test_a_job_whose_message_says_nothing_is_no_obstacle(tools: Services, message: object) -> None:
    """Nothing of it goes on but attempts, which find that the upload is gone."""
    extension = Extension()
    job = upload_source(tools.settings, "clip.mp4", b"source")
    extension.instances[job.instance_id] = {
        "instanceId": job.instance_id,
        "runtimeStatus": "Failed",
        "input": message,
    }
    publish(tools, job)
    code, told = delete(tools, extension, name="clip.mp4")
    assert (code, told["stable_files"]) == (200, 2)
    assert containers_of(tools.settings).work.list("") == []


def test_a_job_that_nobody_knows_of_may_write_yet(tools: Services) -> None:
    """Its upload was deleted in the portal a moment ago: 202, and all is gone a minute later."""
    job = upload_source(tools.settings, "clip.mp4", b"source")
    folder = f"clip.mp4/{job.source_key}/aac-1"
    tools.stores.videos.put(f"{folder}/00001.m4s", b"x", content_type="video/mp4")
    containers_of(tools.settings).uploads.delete("clip.mp4")
    stored = tools.stores.videos.properties(f"{folder}/00001.m4s")
    assert stored is not None
    clock = ManualClock(stored.last_modified + timedelta(seconds=17))
    there = replace(tools, clock=clock)
    code, told = delete(there, Extension(), name="clip.mp4")
    assert (code, told["is_complete"], told["source_files"]) == (202, False, 0)
    assert told["wait_s"] == 43
    clock.advance(43)
    code, told = delete(there, Extension(), name="clip.mp4")
    assert (code, told["is_complete"], told["source_files"]) == (200, True, 1)
    assert delete(tools, Extension(), name="clip.mp4")[0] == 404


def test_an_upload_under_a_lease_is_told_as_such(tools: Services) -> None:
    """423: another call would fare no better. Where the upload stays, the lease is no obstacle."""
    job = upload_source(tools.settings, "clip.mp4", b"source")
    publish(tools, job)
    account = StorageAccount(tools.settings.uploads, "UPLOADS_STORAGE")
    blob = account.container(tools.settings.uploads_container).get_blob_client("clip.mp4")
    lease = blob.acquire_lease(lease_duration=60)
    code, told = delete(tools, Extension(), name="clip.mp4")
    assert code == 423
    assert told["error"].startswith("storage: delete (clip.mp4): 412 ")
    assert told["error"].endswith(
        ": somebody holds a lease on it; break that, or wait for its end, and then call it again; "
        "with keep_upload=true it stays and the video goes"
    )
    assert tools.stores.releases.live_number("clip.mp4") == 1
    assert delete(tools, Extension(), name="clip.mp4", keep_upload="true")[0] == 200
    lease.release()
    assert delete(tools, Extension(), name="clip.mp4")[0] == 200


def test_an_upload_with_a_snapshot_is_told_as_such(tools: Services) -> None:
    """Storage deletes both or none."""
    upload_source(tools.settings, "clip.mp4", b"source")
    account = StorageAccount(tools.settings.uploads, "UPLOADS_STORAGE")
    account.container(tools.settings.uploads_container).get_blob_client(
        "clip.mp4"
    ).create_snapshot()
    code, told = delete(tools, Extension(), name="clip.mp4")
    assert (code, "it has snapshots, which go first" in told["error"]) == (423, True)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("BlobImmutableDueToPolicy", "an immutability policy keeps it until that has run out"),
        ("BlobImmutableDueToLegalHold", "a legal hold keeps it until that is cleared"),
    ],
)
def test_what_storage_keeps_is_told_as_such(tools: Services, code: str, advice: str) -> None:
    """A file of the video as well; no emulator has policies, so storage's code is all there is."""
    kept = memory_containers()

    class Immutable(WrappedContainer):
        def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
            if operation == "delete_if":
                raise StorageFailed("storage: delete", on=path, advice="409 immutable", code=code)
            return call()

    videos: Container = Immutable(kept.videos)
    guarded = replace(tools, stores=memory_stores(replace(kept, videos=videos)))
    etag = kept.uploads.put("clip.mp4", b"source", content_type="video/mp4")
    job = Job(container="uploads", name="clip.mp4", etag=etag, run_id="1")
    publish(guarded, job)
    status, told = delete(guarded, Extension(), name="clip.mp4")
    assert (status, told["error"]) == (
        423,
        f"storage: delete (clip.mp4/master.m3u8): 409 immutable: {advice}, and then call it again",
    )


def test_an_upload_that_comes_in_between_stays(tools: Services) -> None:
    """Who asked had not seen it."""
    kept = memory_containers()

    class Busy(WrappedContainer):
        def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
            if operation == "delete_if":
                kept.uploads.put(path, b"newer", content_type="video/mp4")
            return call()

    kept.uploads.put("clip.mp4", b"source", content_type="video/mp4")
    busy: Container = Busy(kept.uploads)
    crowded = replace(tools, stores=memory_stores(replace(kept, uploads=busy)))
    code, told = delete(crowded, Extension(), name="clip.mp4")
    assert (code, told["error"]) == (
        409,
        "clip.mp4 was uploaded anew meanwhile; nothing was removed",
    )
    assert kept.uploads.read("clip.mp4") == b"newer"


@pytest.mark.parametrize(
    "params",
    [{}, {"name": ""}, {"name": "a", "keep_upload": "yes"}, {"name": "../a"}, {"name": "a/./b"}],
)
def test_a_request_that_says_too_little_is_400(tools: Services, params: dict[str, str]) -> None:
    """Nothing is looked for."""
    assert delete(tools, Extension(), **params)[0] == 400


def test_storage_that_does_not_answer_is_503(silent: Services) -> None:
    """With the reason, and what to do."""
    code, told = delete(silent, Extension(), name="clip.mp4")
    assert code == 503
    assert told["error"].endswith("call it again")


def test_a_name_that_was_refused_can_be_removed(tools: Services) -> None:
    """Its upload is all there is of it."""
    upload_source(tools.settings, "a//b.mp4", b"source")
    code, told = delete(tools, Extension(), name="a//b.mp4")
    assert (code, told["upload"], told["stable_files"]) == (200, True, 0)
    assert containers_of(tools.settings).uploads.list("") == []
