"""The MediaTools that run FFmpeg and ffprobe."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from adapters.ffmpeg.child import Child
from adapters.ffmpeg.output import LineReader, Progress, ProgressReader
from adapters.ffmpeg.port import Program, ToolResult
from adapters.ffmpeg.programs import Programs

__all__ = ["Ffmpeg", "Progress", "ToolResult"]

_ANSWER_WITHIN_S = 60.0
_TOO_SLOW = "check that storage answers; VOD_STALL_TIMEOUT_S and VOD_UNIT_TIMEOUT_S allow more time"


class Ffmpeg:
    """MediaTools over the programs themselves; threads may share one.

    They are found and tried out at first use (`adapters.ffmpeg.programs`).

    Args:
        ffmpeg, ffprobe: paths of the programs; the packaged ones unless given.
    """

    def __init__(self, ffmpeg: str | None = None, ffprobe: str | None = None) -> None:
        self._programs = Programs(ffmpeg, ffprobe)

    def run(
        self,
        arguments: Sequence[str],
        *,
        what: str,
        redact: Sequence[str] = (),
        stall_s: float,
        total_s: float,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> ToolResult:
        program = self._programs.ffmpeg().path
        command = [
            *(program, "-nostdin", "-hide_banner", "-y", "-v", "error"),
            *("-progress", "pipe:1", "-stats_period", "0.5"),
            *arguments,
        ]
        reader = ProgressReader(on_progress)
        child = Child("ffmpeg", command, what, redact)
        ended = child.watch(reader.feed, stall_s=stall_s, total_s=total_s, advice=_TOO_SLOW)
        return ToolResult(
            frames=reader.last.frames,
            elapsed_s=ended.elapsed_s,
            cpu_s=ended.cpu_s,
            max_rss_bytes=ended.max_rss_bytes,
            stderr_tail=child.stderr.text(),
        )

    def probe(
        self, arguments: Sequence[str], *, what: str, redact: Sequence[str] = (), total_s: float
    ) -> dict[str, Any]:
        program = self._programs.ffprobe().path
        child = Child("ffprobe", [program, *arguments], what, redact)
        text = child.collect(total_s=total_s)
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise child.failed("wrote no JSON object", exit_code=0)
        return document

    def lines(
        self,
        arguments: Sequence[str],
        *,
        what: str,
        redact: Sequence[str] = (),
        stall_s: float,
        total_s: float,
        on_line: Callable[[str], None],
    ) -> None:
        program = self._programs.ffprobe().path
        child = Child("ffprobe", [program, *arguments], what, redact)
        reader = LineReader(on_line)
        child.watch(reader.feed, stall_s=stall_s, total_s=total_s, advice=_TOO_SLOW)

    def ask(self, program: Program, question: str) -> str:
        programs = self._programs
        path = (programs.ffmpeg() if program == "ffmpeg" else programs.ffprobe()).path
        child = Child(program, [path, "-hide_banner", question], f"ask for {question}", ())
        return child.collect(total_s=_ANSWER_WITHIN_S).decode(errors="replace")

    def version(self) -> str:
        program = self._programs.ffmpeg()
        # Two builds may call themselves the same and contain different encoders.
        return f"{program.version}+{program.build}"
