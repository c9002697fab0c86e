"""Runs Azurite, the storage emulator, as a child process."""

from __future__ import annotations

import atexit
import re
import shutil
import subprocess
import threading
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from transcoding.errors import ToolFailed

AZURITE_JS = Path(__file__).parents[1] / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
"""Where `npm ci` puts Azurite."""

ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""Azurite's built-in account; its key is published and protects nothing."""

_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 10
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at (\S+)")


def connection_string(blob_endpoint: str, queue_endpoint: str, table_endpoint: str) -> str:
    """Return the connection string of Azurite's built-in account at these endpoints."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};"
        f"BlobEndpoint={blob_endpoint};QueueEndpoint={queue_endpoint};"
        f"TableEndpoint={table_endpoint};"
    )


class AzuriteProcess:
    """Azurite's blob, queue and table services on the loopback address.

    A context manager. It also ends with the interpreter, however that ends short of a kill.

    Args:
        location: the folder to keep data in, created when missing; None keeps all in memory.
        blob_port, queue_port, table_port: 0 takes a free one.
        script: Azurite's entry point.

    Attributes:
        blob_endpoint, queue_endpoint, table_endpoint: with the account, such as
            `http://127.0.0.1:10000/devstoreaccount1`; "" before `start`.
    """

    def __init__(
        self,
        location: Path | None = None,
        *,
        blob_port: int = 0,
        queue_port: int = 0,
        table_port: int = 0,
        script: Path = AZURITE_JS,
    ) -> None:
        self.blob_endpoint = ""
        self.queue_endpoint = ""
        self.table_endpoint = ""
        self._location = location
        self._ports = {"blob": blob_port, "queue": queue_port, "table": table_port}
        self._script = script
        self._process: subprocess.Popen[str] | None = None
        self._endpoints: dict[str, str] = {}
        self._last_lines: deque[str] = deque(maxlen=5)
        self._settled = threading.Event()

    @property
    def connection_string(self) -> str:
        """The connection string of the built-in account; only after `start`."""
        return connection_string(self.blob_endpoint, self.queue_endpoint, self.table_endpoint)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Start it and wait until all three services answer.

        Raises:
            ToolFailed: Node.js or Azurite is not installed, a port is taken, or it hangs.
        """
        node = shutil.which("node")
        if not node:
            raise ToolFailed("no program `node`", advice="install Node.js 20 or later")
        if not self._script.is_file():
            raise ToolFailed(
                "Azurite is not installed", on=str(self._script), advice="run `npm ci`"
            )
        command = (node, str(self._script), *self._arguments())
        # The script is ours or the caller's, and no shell is involved.
        self._process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Ctrl-C at a terminal must reach whoever uses the storage first.
            start_new_session=True,
        )
        atexit.register(self.stop)
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        self._settled.wait(_START_TIMEOUT_S)
        if len(self._endpoints) < len(self._ports):
            self.stop()
            raise ToolFailed(
                "Azurite did not start",
                advice="is another one using its ports?",
                command=command,
                stderr_tail="\n".join(self._last_lines),
            )
        self.blob_endpoint = self._endpoints["blob"]
        self.queue_endpoint = self._endpoints["queue"]
        self.table_endpoint = self._endpoints["table"]
        return self

    def stop(self) -> None:
        """End the process, by force when it does not go by itself."""
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.stop)
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _arguments(self) -> list[str]:
        arguments = [
            "--silent",
            # It reports usage to its maker otherwise.
            "--disableTelemetry",
            # The client libraries are newer than the emulator.
            "--skipApiVersionCheck",
        ]
        if self._location is None:
            arguments.append("--inMemoryPersistence")
        else:
            self._location.mkdir(parents=True, exist_ok=True)
            arguments += ["--location", str(self._location)]
        for service, port in self._ports.items():
            arguments += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
        return arguments

    def _read(self, output: IO[str]) -> None:
        """Note where the services listen, and keep the pipe from filling up."""
        with output:
            for line in output:
                self._last_lines.append(line.rstrip())
                listening = _LISTENING.search(line)
                if listening:
                    self._endpoints[listening[1].lower()] = f"{listening[2]}/{ACCOUNT}"
                if len(self._endpoints) == len(self._ports):
                    self._settled.set()
        self._settled.set()
