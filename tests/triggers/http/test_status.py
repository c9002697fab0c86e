"""The status of a job over HTTP, on a real Azurite."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.services import Services
from tests.storage import upload
from tests.triggers.conftest import SilentStore
from tests.triggers.extension import Extension
from tests.triggers.http.calls import call
from triggers.http.replay import post_replay
from triggers.http.status import get_status


def test_who_asks_wrongly_is_told_what_is_wrong(tools: Services) -> None:
    """No name, no such upload, and an upload whose event has not come in."""
    extension = Extension()
    assert call(get_status, extension, tools)[0] == 400
    assert call(get_status, extension, tools, name="none.mp4")[0] == 404
    upload(tools.store, tools.settings, "new.mp4", b"source")
    code, told = call(get_status, extension, tools, name="new.mp4")
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
    upload(tools.store, tools.settings, name, b"source")
    assert call(post_replay, extension, tools, name=name)[0] == 202
    code, told = call(get_status, extension, tools, name=name)
    assert (code, told["state"], told["name"]) == (200, "running", name)


def test_storage_that_does_not_answer_is_said_in_one_line(
    tools: Services, silent: SilentStore
) -> None:
    """503 with the failure's words, no stack trace."""
    code, told = call(get_status, Extension(), replace(tools, store=silent), name="busy.mp4")
    assert (code, told) == (
        503,
        {"error": "storage: read properties (busy.mp4): 503 Server Busy"},
    )
