"""Upload events on a real Azurite: late, twice, elsewhere, and while something does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

import pytest

from adapters.memory.wrapped import FailingContainer
from adapters.services import Services
from tests.containers import containers_of, upload_source
from tests.triggers.extension import Extension, Status
from transcoding.errors import SettingsInvalid, StorageFailed
from triggers.on_upload import start_job

_Ts = TypeVarTuple("_Ts")


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop that waits a thousandth of the time.

    Attributes:
        waits: how long was to be waited, in seconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def call_later(
        self,
        delay: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self.waits.append(delay)
        return super().call_later(delay / 1000, callback, *args, context=context)


@pytest.fixture
def loop() -> HurriedLoop:
    return HurriedLoop()


def fire(tools: Services, extension: Extension, name: str, container: str = "") -> None:
    """Tell the trigger of a blob."""
    where = container or tools.settings.uploads_container
    asyncio.run(start_job(where, name, extension, lambda: tools))


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
    job = upload_source(tools.settings, name, b"source")
    for _ in range(3):
        fire(tools, extension, name)
    assert extension.started == [job.instance_id]
    given = extension.instances[job.instance_id]["input"]
    assert (given["container"], given["name"]) == (tools.settings.uploads_container, name)
    assert given["etag"] == job.etag


@pytest.mark.parametrize("state", ["Running", "Pending", "Completed", "Failed", "Terminated"])
def test_an_event_of_a_job_that_exists_does_nothing(tools: Services, state: str) -> None:
    """A failed job starts again by replay only; no duplicate ever raises."""
    extension = Extension()
    job = upload_source(tools.settings, "dup.mp4", b"source")
    known = {"instanceId": job.instance_id, "runtimeStatus": state}
    extension.instances[job.instance_id] = known
    fire(tools, extension, "dup.mp4")
    assert extension.started == []


class LateExtension(Extension):
    """One that does not know yet of the instance that another event has just started."""

    async def get_status(self, instance_id: str, **_: bool) -> Status:
        return Status(None)


def test_an_event_that_another_one_overtakes_does_nothing(tools: Services) -> None:
    """Two at once both find nothing; the second to start is told that it runs."""
    extension = LateExtension()
    job = upload_source(tools.settings, "twice.mp4", b"source")
    fire(tools, extension, "twice.mp4")
    fire(tools, extension, "twice.mp4")
    assert extension.started == [job.instance_id]


def test_a_stale_event_starts_the_job_of_what_is_there_now(tools: Services) -> None:
    """Event Grid delivers events of replaced blobs too."""
    extension = Extension()
    upload_source(tools.settings, "stale.mp4", b"old")
    newer = upload_source(tools.settings, "stale.mp4", b"new")
    fire(tools, extension, "stale.mp4")
    fire(tools, extension, "stale.mp4")
    assert extension.started == [newer.instance_id]


def test_events_of_other_containers_and_of_deleted_blobs_are_ignored(tools: Services) -> None:
    """Event Grid's trigger checks neither."""
    extension = Extension()
    upload_source(tools.settings, "gone.mp4", b"source")
    fire(tools, extension, "gone.mp4", container="videos")
    containers_of(tools.settings).uploads.delete("gone.mp4")
    fire(tools, extension, "gone.mp4")
    assert extension.started == []


def test_an_extension_that_does_not_answer_is_asked_again(
    tools: Services, loop: HurriedLoop
) -> None:
    """The host's own five attempts are over in half a second."""
    extension = Extension()
    job = upload_source(tools.settings, "later.mp4", b"source")
    extension.failures = [Exception("unexpected status code 503"), ConnectionError("refused")]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(start_job(job.container, job.name, extension, lambda: tools))
        assert loop.waits == [0.5, 1.0]
    assert extension.started == [job.instance_id]


def test_storage_that_does_not_answer_is_given_up_after_five_attempts(
    silent: Services, silent_uploads: FailingContainer, loop: HurriedLoop
) -> None:
    """Then the host takes over, and at last the poison queue."""
    container = silent.settings.uploads_container
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        with pytest.raises(StorageFailed):
            runner.run(start_job(container, "never.mp4", Extension(), lambda: silent))
        assert loop.waits == [0.5, 1.0, 2.0, 4.0]
    assert silent_uploads.operations == ["properties never.mp4"] * 5


def test_wrong_settings_are_said_at_once(loop: HurriedLoop) -> None:
    """Waiting does not put them right."""

    def wrong() -> Services:
        raise SettingsInvalid("setting X is wrong")

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        with pytest.raises(SettingsInvalid):
            runner.run(start_job("uploads", "never.mp4", Extension(), wrong))
        assert loop.waits == []
