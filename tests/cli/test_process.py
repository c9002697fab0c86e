"""`vod` as a process of its own: signals, and all that reaches stderr."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from cli.project import ROOT
from tests.cli.app_stand_in import Answer, a_status, app_answering


def vod_process(*arguments: str, out: IO[str] | int = subprocess.PIPE) -> subprocess.Popen[str]:
    """Start `vod`; its stderr is kept."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_command_that_is_interrupted_says_nothing_more(number: signal.Signals, code: int) -> None:
    """Ctrl-C, or being told to end, is an exit code and no traceback."""
    with (
        app_answering(Answer(404)) as app,
        vod_process("status", "a.mp4", "--watch", "--url", app.url) as vod,
    ):
        assert vod.stderr is not None
        assert vod.stderr.readline() == "waiting for the job\n"
        vod.send_signal(number)
        assert vod.communicate() == ("", "")
    assert vod.returncode == code


def test_an_unexpected_error_shows_no_values() -> None:
    """A bug leaves Python's own traceback, which names lines and not what variables hold."""
    with (
        app_answering(Answer(200, a_status())) as app,
        Path("/dev/full").open("w") as full,
        vod_process("status", "a.mp4", "--url", app.url, "--key", "s3cret", out=full) as vod,
    ):
        _, told = vod.communicate()
    assert [key for _, _, key in app.requests] == ["s3cret"]
    assert vod.returncode == 1
    assert told.startswith("Traceback (most recent call last):\n")
    assert "OSError: [Errno 28] No space left on device\n" in told
    assert "s3cret" not in told


def test_what_is_asked_for_again_writes_no_log() -> None:
    """An answer that is lost on the way leaves no line on stderr."""
    ended = a_status(state="published", phase="", percent=100, renditions=[])
    with (
        app_answering(Answer(200, a_status()), Answer(0), Answer(200, ended)) as app,
        vod_process("status", "a.mp4", "--watch", "--url", app.url) as vod,
    ):
        _, told = vod.communicate()
    assert vod.returncode == 0
    assert [line.partition(" s  ")[2] or line for line in told.splitlines()] == [
        "waiting for the job",
        "encoding 45.0 %, 12 s left | 720p 3000k 62 % (1/2 chunks 1.8x)",
        "published 100.0 %",
    ]
