"""The tools that answer from a script, beside the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.ffmpeg.port import MediaTools, ToolResult
from adapters.ffmpeg.runner import Ffmpeg
from adapters.ffmpeg.scripted import Call, ScriptedTools
from transcoding.errors import ToolFailed

DONE = ToolResult(frames=3, elapsed_s=1, cpu_s=1, max_rss_bytes=1, stderr_tail="")


def test_a_script_answers_every_kind_of_call() -> None:
    """The caller sees MediaTools, the test sees what was asked for."""
    scripted = ScriptedTools(
        run=lambda _: DONE,
        probe=lambda call: {"of": call.arguments[-1]},
        lines=lambda _: ["pts_time=0", "pts_time=1"],
        version="9.0.2",
    )
    tools: MediaTools = scripted
    lines: list[str] = []
    assert tools.run(["-i", "a"], what="encode", stall_s=1, total_s=1).frames == 3
    assert tools.probe(["b"], what="probe", total_s=1) == {"of": "b"}
    tools.lines(["c"], what="list", stall_s=1, total_s=1, on_line=lines.append)
    assert lines == ["pts_time=0", "pts_time=1"]
    assert tools.version() == "9.0.2"
    assert scripted.calls == [
        Call("run", ("-i", "a"), "encode"),
        Call("probe", ("b",), "probe"),
        Call("lines", ("c",), "list"),
    ]


def test_what_no_script_answers_fails() -> None:
    """A test that forgot a call hears of it, with the command."""
    tools = ScriptedTools()
    lines: list[str] = []
    with pytest.raises(ToolFailed, match="encode: no script answers this") as failure:
        tools.run(["-i", "a"], what="encode", stall_s=1, total_s=1)
    assert failure.value.command == ("-i", "a")
    with pytest.raises(ToolFailed, match="no script"):
        tools.probe(["b"], what="probe", total_s=1)
    with pytest.raises(ToolFailed, match="no script"):
        tools.lines(["c"], what="list", stall_s=1, total_s=1, on_line=lines.append)


def test_what_a_script_leaves_goes_to_the_tools_behind_it(tiny_clip: Path) -> None:
    """One call fails as the test wants it, all others are real."""

    def fail(call: Call) -> None:
        if "second" in call.what:
            raise ToolFailed(call.what)

    real = Ffmpeg()
    tools = ScriptedTools(probe=fail, behind=real)
    asked = ["-v", "error", "-print_format", "json", "-show_streams", str(tiny_clip)]
    assert len(tools.probe(asked, what="first", total_s=30)["streams"]) == 2
    with pytest.raises(ToolFailed, match="second"):
        tools.probe(asked, what="second", total_s=30)
    lines: list[str] = []
    asked[2:4] = ["-print_format", "compact"]
    tools.lines(asked, what="third", stall_s=30, total_s=30, on_line=lines.append)
    assert len(lines) == 2
    assert tools.version() == real.version()
