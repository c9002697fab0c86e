"""Status and replay over HTTP, on a real Azurite."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import azure.functions as func
import pytest

from adapters.services import Services
from adapters.storage.container import BlobContainer
from tests.storage import upload
from tests.triggers.extension import Extension, undecorated
from transcoding.errors import StorageFailed
from triggers.jobs import replay, status


def call(function: Any, extension: Extension, **params: str) -> tuple[int, dict[str, Any]]:
    request = func.HttpRequest(method="GET", url="/api/status", params=params, body=b"")
    answer = asyncio.run(undecorated(function)(req=request, client=extension))
    return answer.status_code, json.loads(answer.get_body())


def test_who_asks_wrongly_is_told_what_is_wrong(tools: Services) -> None:
    """No name, no such upload, and an upload whose event has not come in."""
    extension = Extension()
    assert call(status, extension)[0] == 400
    assert call(status, extension, name="none.mp4")[0] == 404
    upload(tools.store, tools.settings, "new.mp4", b"source")
    code, told = call(status, extension, name="new.mp4")
    assert (code, told["error"]) == (
        404,
        "no job for new.mp4 yet: its upload event has not come in",
    )


@pytest.mark.parametrize(
    "name", ["a b/#1?100%.mp4", "a//b.mp4", pytest.param("x" * 1000, id="long")]
)
def test_a_job_of_any_name_has_a_status(tools: Services, name: str) -> None:
    """Also one whose name is refused."""
    extension = Extension()
    assert call(replay, extension, name=name)[0] == 404
    job = upload(tools.store, tools.settings, name, b"source")
    assert call(replay, extension, name=name) == (202, {"instance_id": job.instance_id})
    code, told = call(status, extension, name=name)
    assert (code, told["state"], told["name"]) == (200, "running", name)


def test_a_job_that_runs_is_not_replayed(tools: Services) -> None:
    """One that has failed is, as a new run of the same instance."""
    extension = Extension()
    job = upload(tools.store, tools.settings, "again.mp4", b"source")
    assert call(replay, extension, name="again.mp4")[0] == 202
    assert call(replay, extension, name="again.mp4")[0] == 409
    first = extension.instances[job.instance_id]["input"]["run_id"]
    extension.instances[job.instance_id]["runtimeStatus"] = "Failed"
    assert call(replay, extension, name="again.mp4")[0] == 202
    assert extension.instances[job.instance_id]["input"]["run_id"] != first


def test_storage_that_does_not_answer_is_said_in_one_line(
    tools: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with the failure's words, no stack trace."""

    def fails(*_: Any) -> None:
        raise StorageFailed("storage: read properties", advice="503 Server Busy")

    monkeypatch.setattr(BlobContainer, "properties", fails)
    for function in (status, replay):
        code, told = call(function, Extension(), name="busy.mp4")
        assert (code, told["error"]) == (503, "storage: read properties: 503 Server Busy")
