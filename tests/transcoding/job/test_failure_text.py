"""Failure texts as the host was seen to give them."""

from __future__ import annotations

import json

import pytest

from transcoding.job.failure_text import read_failure

STACK = "   at Microsoft.Azure.WebJobs.Extensions.DurableTask.TaskActivityShim.RunAsync()\\n" * 40


def wrapped(reason: str, levels: int = 1) -> str:
    """Return a reason with the host's JSON behind it, which repeats it, once for each level."""
    for _ in range(levels):
        document = {
            "$type": "System.Exception",
            "ClassName": "System.Exception",
            "Message": reason,
            "StackTraceString": STACK,
        }
        reason = f"{reason} \n {json.dumps(document)}"
    return reason


ACTIVITY = "Activity function 'encode_chunk' failed:  ToolFailed: encode chunk 3: no space"


def test_an_activitys_failure() -> None:
    """Two spaces before the class, the host's JSON behind; both go."""
    failure = read_failure(wrapped(ACTIVITY))
    assert (failure.step, failure.error) == ("encode_chunk", "ToolFailed")
    assert failure.text == "encode chunk 3: no space"


@pytest.mark.parametrize("levels", [2, 3])
def test_a_failure_through_sub_orchestrators(levels: int) -> None:
    """9.5 kB, in which the text stands several times over, escaped ever more often."""
    raw = wrapped(f"Sub-orchestrator function 'encode_renditions' failed: {ACTIVITY}", levels)
    assert len(raw) > 6_000
    failure = read_failure(raw)
    assert (failure.step, failure.error) == ("encode_chunk", "ToolFailed")
    assert failure.text == "encode chunk 3: no space"


def test_a_function_that_took_too_long() -> None:
    """The host names no class there; the step is known all the same."""
    failure = read_failure(
        "Activity function 'encode_audio' failed:  Timeout value of 00:30:00 was exceeded by "
        "function: Functions.encode_audio"
    )
    assert (failure.step, failure.error) == ("encode_audio", "")
    assert failure.text.startswith("Timeout value of 00:30:00 was exceeded")


def test_a_job_that_failed_by_its_own_word() -> None:
    """The output of an instance: what the orchestrator raised."""
    raw = "Orchestrator function 'publish_video' failed: 2 of 60 rules are broken (a.mp4)"
    assert read_failure(raw).text == "2 of 60 rules are broken (a.mp4)"


def test_a_class_loses_its_module() -> None:
    """People know errors by their last name."""
    raw = "Activity function 'a' failed:  azure.core.exceptions.HttpResponseError: busy"
    assert read_failure(raw).error == "HttpResponseError"


def test_any_text_is_bounded() -> None:
    """A thousand characters say what there is to say."""
    assert len(read_failure("x" * 50_000).text) == 1_000
    assert read_failure("").text == ""
