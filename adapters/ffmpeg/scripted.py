"""FFmpeg as a test wants it: answers from a script, shipped for whoever tests a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

from adapters.ffmpeg.output import Progress
from adapters.ffmpeg.port import MediaTools, Program, ToolResult
from transcoding.errors import ToolFailed


def _unheard(_: Progress) -> None:
    return


class Call(NamedTuple):
    """One call of the tools.

    Attributes:
        kind: the method that was called.
        what: what was being done, in the caller's words.
        tell: gives the caller of a run progress; what the caller raises goes through the script.
    """

    kind: Literal["run", "probe", "lines", "ask"]
    arguments: tuple[str, ...]
    what: str
    tell: Callable[[Progress], None] = _unheard


class ScriptedTools:
    """MediaTools that do what a script says, call by call; what they raise is the script's.

    A script that returns None leaves the call to `behind`. Without either the call fails, so that
    nothing goes on unseen.

    Args:
        run: answers a run of FFmpeg. It writes the files and tells the progress that it wants.
        probe: answers a probe with its JSON object.
        lines: answers with the lines to hand on, one after the other.
        ask: answers what a program says of itself; its arguments are the program and the question.
        behind: takes what the scripts leave, such as the real programs.

    Attributes:
        calls: all that was asked for, in order.
    """

    def __init__(
        self,
        *,
        run: Callable[[Call], ToolResult | None] = lambda _: None,
        probe: Callable[[Call], dict[str, Any] | None] = lambda _: None,
        lines: Callable[[Call], Iterable[str] | None] = lambda _: None,
        ask: Callable[[Call], str | None] = lambda _: None,
        behind: MediaTools | None = None,
        version: str = "scripted",
    ) -> None:
        self.calls: list[Call] = []
        self._run, self._probe, self._lines, self._ask = run, probe, lines, ask
        self._behind = behind
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
        call = self._note("run", arguments, what)
        answer = self._run(call._replace(tell=on_progress or _unheard))
        if answer is not None:
            return answer
        return self._real(call).run(
            arguments,
            what=what,
            redact=redact,
            stall_s=stall_s,
            total_s=total_s,
            on_progress=on_progress,
        )

    def probe(
        self, arguments: Sequence[str], *, what: str, redact: Sequence[str] = (), total_s: float
    ) -> dict[str, Any]:
        call = self._note("probe", arguments, what)
        answer = self._probe(call)
        if answer is not None:
            return answer
        return self._real(call).probe(arguments, what=what, redact=redact, total_s=total_s)

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
        call = self._note("lines", arguments, what)
        answer = self._lines(call)
        if answer is None:
            self._real(call).lines(
                arguments,
                what=what,
                redact=redact,
                stall_s=stall_s,
                total_s=total_s,
                on_line=on_line,
            )
            return
        for line in answer:
            on_line(line)

    def ask(self, program: Program, question: str) -> str:
        call = self._note("ask", (program, question), f"ask {program} for {question}")
        answer = self._ask(call)
        return self._real(call).ask(program, question) if answer is None else answer

    def version(self) -> str:
        return self._behind.version() if self._behind else self._version

    def _note(
        self, kind: Literal["run", "probe", "lines", "ask"], arguments: Sequence[str], what: str
    ) -> Call:
        call = Call(kind, tuple(arguments), what)
        self.calls.append(call)
        return call

    def _real(self, call: Call) -> MediaTools:
        if self._behind is None:
            raise ToolFailed(f"{call.what}: no script answers this", command=call.arguments)
        return self._behind
