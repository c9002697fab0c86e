"""Upload events on a real Azurite: late, twice, elsewhere, and while something does not answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.services import Services
from adapters.storage.container import BlobContainer
from tests.storage import upload
from tests.triggers.extension import Extension, undecorated
from transcoding.errors import SettingsInvalid, StorageFailed
from triggers import on_upload as module
from triggers.on_upload import on_upload


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the waits between attempts, which are not waited for."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("triggers.on_upload.asyncio.sleep", sleep)
    return waited


def fire(tools: Services, extension: Extension, name: str, container: str = "uploads") -> None:
    blob = tools.store.uploads._client.get_blob_client(name)
    blob.container_name = container
    asyncio.run(undecorated(on_upload)(blob=blob, client=extension))


@pytest.mark.parametrize(
    "name",
    [
        "clip.mp4",
        "a b/#1?100%.mp4",
        "日本/🎬.mp4",
        pytest.param("x" * 1000, id="long"),
        "a//b.mp4",
        "/a.mp4",
    ],
)
def test_an_upload_of_any_name_starts_its_job_once(tools: Services, name: str) -> None:
    """A name that will be refused too: the uploader gets a status and a dead letter."""
    extension = Extension()
    job = upload(tools.store, tools.settings, name, b"source")
    for _ in range(3):
        fire(tools, extension, name)
    assert extension.started == [job.instance_id]
    given = extension.instances[job.instance_id]["input"]
    assert (given["container"], given["name"], given["etag"]) == ("uploads", name, job.etag)


@pytest.mark.parametrize("state", ["Running", "Pending", "Completed", "Failed", "Terminated"])
def test_an_event_of_a_job_that_exists_does_nothing(tools: Services, state: str) -> None:
    """A failed job starts again by replay only; no duplicate ever raises."""
    extension = Extension()
    job = upload(tools.store, tools.settings, "dup.mp4", b"source")
    known = {"instanceId": job.instance_id, "runtimeStatus": state}
    extension.instances[job.instance_id] = known
    fire(tools, extension, "dup.mp4")
    assert extension.started == []


def test_an_event_that_another_one_overtakes_does_nothing(
    tools: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once both find nothing; the second to start is told that it runs."""
    extension = Extension()
    job = upload(tools.store, tools.settings, "twice.mp4", b"source")
    fire(tools, extension, "twice.mp4")

    async def unknown(*_: Any) -> None:
        return None

    monkeypatch.setattr(extension, "get_status", unknown)
    fire(tools, extension, "twice.mp4")
    assert extension.started == [job.instance_id]


def test_a_stale_event_starts_the_job_of_what_is_there_now(tools: Services) -> None:
    """Event Grid delivers events of replaced blobs too."""
    extension = Extension()
    upload(tools.store, tools.settings, "stale.mp4", b"old")
    newer = upload(tools.store, tools.settings, "stale.mp4", b"new")
    fire(tools, extension, "stale.mp4")
    fire(tools, extension, "stale.mp4")
    assert extension.started == [newer.instance_id]


def test_events_of_other_containers_and_of_deleted_blobs_are_ignored(tools: Services) -> None:
    """Event Grid's trigger checks neither."""
    extension = Extension()
    upload(tools.store, tools.settings, "gone.mp4", b"source")
    fire(tools, extension, "gone.mp4", container="videos")
    tools.store.uploads.delete("gone.mp4")
    fire(tools, extension, "gone.mp4")
    assert extension.started == []


def test_an_extension_that_does_not_answer_is_asked_again(
    tools: Services, waits: list[float]
) -> None:
    """The host's own five attempts are over in half a second."""
    extension = Extension()
    job = upload(tools.store, tools.settings, "later.mp4", b"source")
    extension.failures = [Exception("unexpected status code 503"), ConnectionError("refused")]
    fire(tools, extension, "later.mp4")
    assert extension.started == [job.instance_id]
    assert waits == [0.5, 1.0]


def test_storage_that_does_not_answer_is_given_up_after_five_attempts(
    tools: Services, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the host takes over, and at last the poison queue."""

    def fails(*_: Any) -> None:
        raise StorageFailed("read properties")

    monkeypatch.setattr(BlobContainer, "properties", fails)
    with pytest.raises(StorageFailed):
        fire(tools, Extension(), "never.mp4")
    assert waits == [0.5, 1.0, 2.0, 4.0]


def test_wrong_settings_are_said_at_once(
    tools: Services, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting does not put them right."""

    def wrong() -> None:
        raise SettingsInvalid("setting X is wrong")

    monkeypatch.setattr(module, "services", wrong)
    with pytest.raises(SettingsInvalid):
        fire(tools, Extension(), "never.mp4")
    assert waits == []
