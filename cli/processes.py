"""Starts and ends the programs that run beside the command."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cli.problems import Unusable
from devhost.azurite import AzuriteProcess
from transcoding.errors import ToolFailed

_GRACE_S = 15


def started_azurite(
    location: Path, *, blob_port: int = 0, queue_port: int = 0, table_port: int = 0
) -> AzuriteProcess:
    """Start Azurite on these ports, free ones for 0; the caller stops it.

    Raises:
        Unusable: it is not installed, or does not start.
    """
    try:
        return AzuriteProcess(
            location, blob_port=blob_port, queue_port=queue_port, table_port=table_port
        ).start()
    except ToolFailed as error:
        raise Unusable(str(error)) from None


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, and kill it if it does not within 15 s."""
    if process.poll() is None:
        process.terminate()
    await_end(process)


def await_end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was told to end, and kill it if it does not within 15 s."""
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
