"""`vod start`: the app for work on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from cli.local_settings import FILE, ensure_local_settings
from cli.processes import await_end, end, started_azurite
from cli.project import check_project

EXAMPLES = """\
  vod start
  vod start --port 7072
"""

_LOOPBACK = "127.0.0.1"
_BLOB_PORT, _QUEUE_PORT, _TABLE_PORT = 10000, 10001, 10002
"""Azurite's own ports: what UseDevelopmentStorage=true means."""


def execute(
    context: typer.Context,
    *,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=1, max=65_535, help="port of the app")
    ] = 7071,
) -> int:
    """Run the app on this machine: Core Tools if they are there, else devhost; with Azurite."""
    project: Path = context.obj
    check_project(project)
    if ensure_local_settings(project):
        sys.stderr.write(f"made {FILE} from its sample\n")
    with ExitStack() as stack:
        if not answers(_LOOPBACK, _BLOB_PORT):
            azurite = started_azurite(
                project / ".azurite",
                blob_port=_BLOB_PORT,
                queue_port=_QUEUE_PORT,
                table_port=_TABLE_PORT,
            )
            stack.callback(azurite.stop)
            sys.stderr.write(f"started Azurite at {_LOOPBACK}:{_BLOB_PORT}, data in .azurite\n")
        command = host_command(shutil.which("func"), port)
        sys.stderr.write(
            f"starting the app on port {port} with {_host_name(command)}; Ctrl-C ends it; "
            "from another terminal: vod upload VIDEO --wait\n"
        )
        process = subprocess.Popen(command, cwd=project, env=_environment())
        stack.callback(end, process)
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal has told the host too: let it end in its own order.
            await_end(process)
            return 0


def host_command(func: str | None, port: int) -> list[str]:
    """Return the command that runs the app: Core Tools where they are installed."""
    if func:
        return [func, "start", "--port", str(port)]
    return [sys.executable, "-m", "devhost", "--port", str(port)]


def _host_name(command: Sequence[str]) -> str:
    return "devhost" if "devhost" in command else "Core Tools"


def answers(host: str, port: int) -> bool:
    """Tell whether something listens there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _environment() -> dict[str, str]:
    """Core Tools run the `python` that they find first: make it this one."""
    folder = Path(sys.prefix)
    return {
        **os.environ,
        "VIRTUAL_ENV": str(folder),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
