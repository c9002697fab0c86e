"""Replaying a job over HTTP, on a real Azurite."""

from __future__ import annotations

import pytest

from adapters.services import Services
from tests.containers import upload_source
from tests.triggers.extension import Extension
from tests.triggers.http.calls import call
from triggers.http.replay import post_replay


def test_an_upload_is_replayed_and_nothing_else(tools: Services) -> None:
    """Without an upload there is no job to run, with one it has its id."""
    extension = Extension()
    assert call(post_replay, extension, tools)[0] == 400
    assert call(post_replay, extension, tools, name="..")[0] == 400
    assert call(post_replay, extension, tools, name="late.mp4")[0] == 404
    job = upload_source(tools.settings, "late.mp4", b"source")
    answer = call(post_replay, extension, tools, name="late.mp4")
    assert answer == (202, {"instance_id": job.instance_id})
    assert extension.started == [job.instance_id]


@pytest.mark.parametrize("state", ["Running", "Pending"])
def test_a_job_that_runs_is_not_replayed(tools: Services, state: str) -> None:
    """It is told so."""
    extension = Extension()
    job = upload_source(tools.settings, "again.mp4", b"source")
    extension.instances[job.instance_id] = {
        "instanceId": job.instance_id,
        "runtimeStatus": state,
    }
    code, told = call(post_replay, extension, tools, name="again.mp4")
    assert (code, told) == (409, {"error": "the job of again.mp4 is running"})
    assert extension.started == []


def test_a_job_that_has_failed_is_a_new_run_of_the_same_instance(tools: Services) -> None:
    """The run id tells the two apart."""
    extension = Extension()
    job = upload_source(tools.settings, "again.mp4", b"source")
    assert call(post_replay, extension, tools, name="again.mp4")[0] == 202
    first = extension.instances[job.instance_id]["input"]["run_id"]
    extension.instances[job.instance_id]["runtimeStatus"] = "Failed"
    assert call(post_replay, extension, tools, name="again.mp4")[0] == 202
    assert extension.instances[job.instance_id]["input"]["run_id"] != first


def test_storage_that_does_not_answer_is_said_in_one_line(silent: Services) -> None:
    """503 with the failure's words, no stack trace."""
    code, told = call(post_replay, Extension(), silent, name="busy.mp4")
    assert (code, told["error"]) == (
        503,
        "storage: properties (busy.mp4): it was made to fail here",
    )
