"""Tools that say when FFmpeg runs, and scripts that tell progress."""

from __future__ import annotations

import pytest

from adapters.ffmpeg.output import Progress
from adapters.ffmpeg.port import ToolResult
from adapters.ffmpeg.scripted import Call, ScriptedTools
from adapters.ffmpeg.wrapped import WrappedTools
from transcoding.errors import ToolFailed

DONE = ToolResult(frames=7, elapsed_s=1, cpu_s=1, max_rss_bytes=1, stderr_tail="")


def test_it_tells_before_and_after_a_run() -> None:
    """And of nothing else; all is passed on."""
    told: list[str] = []

    def run(call: Call) -> ToolResult:
        told.append(f"run {call.what}")
        call.tell(Progress(frames=3))
        return DONE

    inner = ScriptedTools(run=run, probe=lambda _: {"a": 1}, lines=lambda _: ["b"])
    tools = WrappedTools(
        inner,
        before=lambda call: told.append(f"before {call.arguments[0]}"),
        after=lambda call: told.append(f"after {call.what}"),
    )
    heard: list[Progress] = []
    ran = tools.run(["-x"], what="it", stall_s=1, total_s=1, on_progress=heard.append)
    assert ran == DONE
    assert told == ["before -x", "run it", "after it"]
    assert heard == [Progress(frames=3)]
    assert tools.probe(["-y"], what="probe", total_s=1) == {"a": 1}
    lines: list[str] = []
    tools.lines(["-z"], what="list", stall_s=1, total_s=1, on_line=lines.append)
    assert lines == ["b"]
    assert len(told) == 3
    assert inner.calls[0] == Call("run", ("-x",), "it")


def test_a_run_that_fails_has_no_after() -> None:
    """The failure is the caller's."""
    told: list[Call] = []
    tools = WrappedTools(ScriptedTools(), after=told.append)
    with pytest.raises(ToolFailed):
        tools.run(["-x"], what="it", stall_s=1, total_s=1)
    assert told == []


def test_it_can_pretend_to_be_another_version() -> None:
    """As a worker after a deployment."""
    assert WrappedTools(ScriptedTools(version="9.0")).version() == "9.0"
    assert WrappedTools(ScriptedTools(version="9.0"), version="10.0").version() == "10.0"
