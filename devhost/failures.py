"""What a failure looks like to an orchestrator: the texts that the real host was seen to give."""

from __future__ import annotations

import json


def activity_failed(name: str, error: BaseException) -> str:
    """Return the reason of a failed activity; there are two spaces before the type."""
    return f"Activity function '{name}' failed:  {type(error).__name__}: {error}"


def orchestrator_failed(name: str, error: BaseException) -> str:
    """Return the reason of a failed orchestration, which is also its output."""
    return f"Orchestrator function '{name}' failed: {error}"


def as_seen(reason: str, stack_trace: str = "") -> Exception:
    """Return the exception that is raised in an orchestrator for a failed task."""
    details = {
        "$type": "System.Exception",
        "ClassName": "System.Exception",
        "Message": reason.partition("failed: ")[2],
        "Data": None,
        "InnerException": None,
        "StackTraceString": stack_trace,
        "HResult": -2146233088,
        "Source": None,
    }
    # The text is all there is: the SDK raises nothing more special.
    return Exception(f"{reason} \n {json.dumps(details, separators=(',', ':'))}")
