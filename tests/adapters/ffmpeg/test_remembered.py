"""Tools that do each run once, beside scripted ones that count."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.ffmpeg.output import Progress
from adapters.ffmpeg.port import ToolResult
from adapters.ffmpeg.remembered import Memory, RememberedTools
from adapters.ffmpeg.scratch import scratch_folder
from adapters.ffmpeg.scripted import Call, ScriptedTools
from transcoding.errors import ToolFailed

DONE = ToolResult(frames=7, elapsed_s=1, cpu_s=1, max_rss_bytes=1, stderr_tail="")


def counting() -> ScriptedTools:
    """Return tools that write into their last argument how often they have run."""

    def run(call: Call) -> ToolResult:
        if call.arguments[0] == "-fail":
            raise ToolFailed(call.what)
        Path(call.arguments[-1]).write_text(str(len(tools.calls)))
        return DONE

    tools = ScriptedTools(
        run=run, probe=lambda _: {"n": len(tools.calls)}, lines=lambda _: [str(len(tools.calls))]
    )
    return tools


def run(tools: RememberedTools, *arguments: str, source: str | None = None) -> str:
    """Run in a scratch folder of its own; return what was written there."""
    with scratch_folder() as folder:
        if source is not None:
            Path(folder, "in.mp4").write_text(source)
        tools.run(
            [*arguments, "-i", f"{folder}/in.mp4", f"{folder}/out.mp4"],
            what="encode",
            stall_s=1,
            total_s=1,
        )
        return Path(folder, "out.mp4").read_text()


def test_the_same_run_is_done_once() -> None:
    """In whatever folder: the second is given the file of the first."""
    behind = counting()
    tools = RememberedTools(behind, Memory())
    assert [run(tools, "-x"), run(tools, "-x"), run(tools, "-y"), run(tools, "-x")] == [
        "1", "1", "2", "1",
    ]  # fmt: skip


def test_what_is_read_is_part_of_a_run() -> None:
    """Another file under the same name gives another one."""
    tools = RememberedTools(counting(), Memory())
    assert [run(tools, source=text) for text in ("a", "b", "a")] == ["1", "2", "1"]


def test_another_take_runs_for_itself() -> None:
    """As two attempts do; tools of one memory and take learn from each other."""
    behind, memory = counting(), Memory()
    takes = [RememberedTools(behind, memory, take=take) for take in ("A", "B", "A")]
    assert [run(tools) for tools in takes] == ["1", "2", "1"]


def test_a_failure_is_not_remembered() -> None:
    """It may pass."""
    behind = counting()
    tools = RememberedTools(behind, Memory())
    for _ in range(2):
        with pytest.raises(ToolFailed):
            run(tools, "-fail")
    assert len(behind.calls) == 2


def test_who_is_answered_from_memory_hears_the_last_word_of_progress() -> None:
    """The first time the tools behind tell it, which here say nothing."""
    tools = RememberedTools(counting(), Memory())
    heard: list[Progress] = []
    with scratch_folder() as folder:
        for _ in range(2):
            tools.run(
                [f"{folder}/out.mp4"],
                what="encode",
                stall_s=1,
                total_s=1,
                on_progress=heard.append,
            )
    assert heard == [Progress(frames=7, done=True)]


def test_probes_and_lines_are_remembered_too() -> None:
    """By their arguments."""
    tools = RememberedTools(counting(), Memory())
    assert [tools.probe([a], what="probe", total_s=1) for a in "aab"] == [
        {"n": 1}, {"n": 1}, {"n": 2},
    ]  # fmt: skip
    lines: list[str] = []
    for argument in "aab":
        tools.lines([argument], what="list", stall_s=1, total_s=1, on_line=lines.append)
    assert lines == ["3", "3", "4"]
    assert tools.version() == "scripted"
