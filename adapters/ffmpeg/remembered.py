"""Tools that do each run once: whoever wants it again is given the files of the first time."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from adapters.ffmpeg.output import Progress
from adapters.ffmpeg.port import MediaTools, Program, ToolResult

_SCRATCH = re.compile(r"(/[^\s:;=']*vod-unit-\d+-\w+)")


class _Run(NamedTuple):
    """What a run of FFmpeg gave, and the files that it wrote, by name."""

    result: ToolResult
    files: dict[str, bytes]


class Memory:
    """What has been run so far; tools that share one learn from each other."""

    def __init__(self) -> None:
        self.runs: dict[str, _Run] = {}
        self.probes: dict[str, dict[str, Any]] = {}
        self.lines: dict[str, list[str]] = {}


class RememberedTools:
    """MediaTools that answer from memory what the tools behind them have done before.

    A call is the same while its arguments and the scratch files that it reads are; names of scratch
    folders do not count. So a read URL has to lead to the same bytes for ever. Calls that fail are
    not remembered.

    Args:
        behind: does what is not remembered.
        take: tells attempts apart: x264 gives other bits each time, and so does another take.
    """

    def __init__(self, behind: MediaTools, memory: Memory, *, take: str = "") -> None:
        self._behind = behind
        self._memory = memory
        self._take = take

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
        folder = _scratch_folder(arguments)
        key = self._key(arguments, folder)
        known = self._memory.runs.get(key)
        if known is None:
            before = _stamps(folder)
            result = self._behind.run(
                arguments,
                what=what,
                redact=redact,
                stall_s=stall_s,
                total_s=total_s,
                on_progress=on_progress,
            )
            written = [name for name, stamp in _stamps(folder).items() if before.get(name) != stamp]
            files = {name: (folder / name).read_bytes() for name in written if folder}
            self._memory.runs[key] = _Run(result, files)
            return result
        for name, body in known.files.items():
            if folder:
                (folder / name).write_bytes(body)
        if on_progress:
            on_progress(Progress(frames=known.result.frames, done=True))
        return known.result

    def probe(
        self, arguments: Sequence[str], *, what: str, redact: Sequence[str] = (), total_s: float
    ) -> dict[str, Any]:
        key = self._key(arguments, None)
        if key not in self._memory.probes:
            self._memory.probes[key] = self._behind.probe(
                arguments, what=what, redact=redact, total_s=total_s
            )
        return self._memory.probes[key]

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
        key = self._key(arguments, None)
        if key not in self._memory.lines:
            heard: list[str] = []
            self._behind.lines(
                arguments,
                what=what,
                redact=redact,
                stall_s=stall_s,
                total_s=total_s,
                on_line=heard.append,
            )
            self._memory.lines[key] = heard
        for line in self._memory.lines[key]:
            on_line(line)

    def ask(self, program: Program, question: str) -> str:
        return self._behind.ask(program, question)

    def version(self) -> str:
        return self._behind.version()

    def _key(self, arguments: Sequence[str], folder: Path | None) -> str:
        told = hashlib.sha256(self._take.encode())
        for argument in arguments:
            told.update(b"\0" + _SCRATCH.sub("<scratch>", argument).encode())
        for flag, value in pairwise(arguments):
            if flag == "-i" and folder and Path(value).parent == folder and Path(value).exists():
                told.update(b"\0" + Path(value).read_bytes())
        return told.hexdigest()


def _scratch_folder(arguments: Sequence[str]) -> Path | None:
    found = (_SCRATCH.search(argument) for argument in arguments)
    return next((Path(match[1]) for match in found if match), None)


def _stamps(folder: Path | None) -> dict[str, tuple[int, int]]:
    """Return size and time of change of each file, by name."""
    files = folder.iterdir() if folder else ()
    return {file.name: (file.stat().st_size, file.stat().st_mtime_ns) for file in files}
