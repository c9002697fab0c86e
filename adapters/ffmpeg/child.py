"""Runs a program for media: the only place where the app starts processes.

Each run has a process group of its own, is watched while it runs, and never outlives the caller:
not when a watchdog fires, not when whoever reads its output raises, not at an orderly exit
(`process_groups.stop_all`), and, where util-linux's `setpriv` is installed, not even when this
process is killed.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from adapters import redaction
from adapters.ffmpeg import process_groups
from adapters.ffmpeg.output import StderrTail
from transcoding.errors import ToolFailed

_MAX_COLLECTED_BYTES = 32 * 2**20

_OUT_OF_MEMORY = "memory may have run out: use larger instances or a lower VOD_MAX_HEIGHT"


class Ended(NamedTuple):
    """What a run that ended well took, as in adapters.ffmpeg.port.ToolResult."""

    elapsed_s: float
    cpu_s: float
    max_rss_bytes: int


class Child:
    """One run of a program, in a process group of its own.

    Args:
        name: of the program, for error messages.
        command: the program and its arguments.
        what, secrets: `what` and `redact` of adapters.ffmpeg.port.MediaTools.

    Attributes:
        stderr: what it complained about so far.
    """

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
        """Run to the end and return all of stdout.

        Raises:
            ToolFailed: as every run, and when that is more than 32 MB.
        """
        written = bytearray()

        def keep(block: bytes) -> bool:
            written.extend(block)
            if len(written) > _MAX_COLLECTED_BYTES:
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
    ) -> Ended:
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
        return Ended(
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
