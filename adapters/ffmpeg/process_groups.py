"""Process groups of children: signalled as a whole, never left behind."""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

_TERMINATION_GRACE_S = 2.0

_running: set[int] = set()
_lock = threading.Lock()


class Reaped(NamedTuple):
    """What is known of a child once it is gone.

    Attributes:
        exit_code: negative for a signal.
        cpu_s: user and system time.
        max_rss_bytes: the most memory that it held at once. The kernel counts from the fork on, so
            it is at least what this process held then.
    """

    exit_code: int
    cpu_s: float
    max_rss_bytes: int


def watch_over(pid: int) -> None:
    """Include a child, the leader of its own group, in `stop_all` until it is reaped."""
    with _lock:
        _running.add(pid)


def has_exited(pid: int) -> bool:
    """Tell whether a child has ended, and leave it to be reaped."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def terminate(pid: int) -> None:
    """Ask a group to end and give its leader two seconds for it; `reap` ends what is left."""
    _signal_group(pid, signal.SIGTERM)
    _await_exit([pid])


def reap(pid: int) -> Reaped:
    """Kill what is left of a group and return what its leader did and used.

    The group is signalled before its leader is reaped: until then no other process gets its id.
    """
    _signal_group(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    with _lock:
        _running.discard(pid)
        _, status, usage = os.wait4(pid, 0)
    return Reaped(
        exit_code=os.waitstatus_to_exitcode(status),
        cpu_s=usage.ru_utime + usage.ru_stime,
        # Linux counts in KiB.
        max_rss_bytes=usage.ru_maxrss * 1024,
    )


def stop_all() -> None:
    """Kill every group that runs; whoever waits for one gets ToolFailed.

    Registered with `atexit`. The interpreter joins the threads of an executor before it comes to
    that, so a server with such threads calls this itself as soon as it is told to end.
    """
    with _lock:
        pids = list(_running)
        for pid in pids:
            _signal_group(pid, signal.SIGTERM)
    _await_exit(pids)
    with _lock:
        for pid in _running.intersection(pids):
            _signal_group(pid, signal.SIGKILL)


atexit.register(stop_all)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _await_exit(pids: Sequence[int]) -> None:
    until = time.monotonic() + _TERMINATION_GRACE_S
    while time.monotonic() < until and not all(has_exited(pid) for pid in pids):
        time.sleep(0.02)
