"""What steps and inspection need of FFmpeg and ffprobe, whoever stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from adapters.ffmpeg.output import Progress
from transcoding.values import Value

Program = Literal["ffmpeg", "ffprobe"]


class ToolResult(Value):
    """A run that ended well.

    Attributes:
        frames: as in Progress, at the end.
        elapsed_s: by the wall clock.
        cpu_s: user and system time of the process.
        max_rss_bytes: the most memory that the process held at once.
        stderr_tail: what it complained about all the same, bounded and redacted; "" is the rule.
    """

    frames: int
    elapsed_s: float
    cpu_s: float
    max_rss_bytes: int
    stderr_tail: str


class MediaTools(Protocol):
    """FFmpeg and ffprobe: `runner.Ffmpeg` runs them, `scripted.ScriptedTools` pretends to.

    In every call:

        arguments: without the program's name and without general options.
        what: what is being done, for error messages: "encode chunk 3 of talk.mp4".
        redact: read URLs and keys; they become `<source>` wherever the command or the program's
            own words are shown.
        stall_s: kill it when it made no advance for so long.
        total_s: kill it when it has run for so long.

    Every call raises ToolFailed: it could not start, exited non-zero, stalled, took too long, or
    lost the connection to its source.
    """

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
        """Run FFmpeg to its end; frames or media time are an advance.

        Args:
            on_progress: called about twice a second in the caller's thread, which does nothing
                else meanwhile. What it raises ends the run and propagates.
        """
        ...

    def probe(
        self, arguments: Sequence[str], *, what: str, redact: Sequence[str] = (), total_s: float
    ) -> dict[str, Any]:
        """Run ffprobe and return the JSON object that it writes.

        Raises:
            ToolFailed: also when what it wrote is no JSON object of at most 32 MB.
        """
        ...

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
        """Run ffprobe and hand on each line while it runs; a line is an advance.

        Nothing is kept, however much is written.

        Args:
            on_line: called in the caller's thread with one line, without its end. What it raises
                ends the run and propagates. It may have seen lines of a run that fails.
        """
        ...

    def ask(self, program: Program, question: str) -> str:
        """Return what a program says of itself, whole: to "-version", "-encoders" and the like."""
        ...

    def version(self) -> str:
        """Return FFmpeg's short version and its build, such as "9.0.2+1a2b3c4d"."""
        ...
