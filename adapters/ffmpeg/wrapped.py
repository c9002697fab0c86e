"""Tools around other tools: what happens at a run is the caller's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adapters.ffmpeg.output import Progress
from adapters.ffmpeg.port import MediaTools, Program, ToolResult
from adapters.ffmpeg.scripted import Call


def _nothing(_: Call) -> None:
    return


class WrappedTools:
    """MediaTools that pass every call on and say when FFmpeg runs."""

    def __init__(
        self,
        inner: MediaTools,
        *,
        before: Callable[[Call], None] = _nothing,
        after: Callable[[Call], None] = _nothing,
        version: str = "",
    ) -> None:
        """Call `before` ahead of each run and `after` when it has ended well.

        What they raise goes to whoever wanted the run; they may move blobs, clocks and other jobs.

        Args:
            version: that these tools pretend to be; the real one unless given.
        """
        self._inner = inner
        self._before = before
        self._after = after
        self._version = version

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
        call = Call("run", tuple(arguments), what)
        self._before(call)
        result = self._inner.run(
            arguments,
            what=what,
            redact=redact,
            stall_s=stall_s,
            total_s=total_s,
            on_progress=on_progress,
        )
        self._after(call)
        return result

    def probe(
        self, arguments: Sequence[str], *, what: str, redact: Sequence[str] = (), total_s: float
    ) -> dict[str, Any]:
        return self._inner.probe(arguments, what=what, redact=redact, total_s=total_s)

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
        self._inner.lines(
            arguments,
            what=what,
            redact=redact,
            stall_s=stall_s,
            total_s=total_s,
            on_line=on_line,
        )

    def ask(self, program: Program, question: str) -> str:
        return self._inner.ask(program, question)

    def version(self) -> str:
        return self._version or self._inner.version()
