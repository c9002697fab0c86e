"""devhost on storage that outlives it: a kill takes the host only, as an eviction does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from adapters.settings import SETTING_NAMES, Settings, load_settings
from adapters.storage.places import make_places
from adapters.storage.stores import make_stores
from cli.local_app import isolated_environment
from devhost.azurite import AzuriteProcess
from tests.containers import containers_of
from triggers.on_poison import POISON_QUEUE

ROOT = Path(__file__).parents[2]
APPS = Path(__file__).with_name("apps")
"""The app with something around it that a test needs; files of their own for `--app`."""


class Host:
    """One app after the other on the same containers.

    Attributes:
        containers, stores: what the app works on; they are there before it is started.
        url: where the app answers that was started last.
    """

    def __init__(
        self,
        azurite: AzuriteProcess,
        folder: Path,
        *,
        settings: Mapping[str, str],
        app: Path = ROOT / "function_app.py",
        activities: int = 2,
    ) -> None:
        """Prepare a host; nothing is started yet.

        Args:
            folder: for scratch files and the log.
            settings: of the app; storage is chosen here.
            activities: how many run at the same time.
        """
        unique = uuid.uuid4().hex[:8]
        kinds = ("uploads", "videos", "work", "failed")
        names = {f"VOD_{kind.upper()}_CONTAINER": f"{kind}-{unique}" for kind in kinds}
        # Empty, not left out: devhost fills what is missing from local.settings.json.
        base = {**os.environ, **dict.fromkeys(SETTING_NAMES, "")}
        self.environment = isolated_environment(
            {**base, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
            azurite.connection_string,
            {**names, **settings},
        )
        self.containers = containers_of(self.settings)
        self.stores = make_stores(self.settings)
        make_places(self.settings, POISON_QUEUE)
        self.url = ""
        self._command = (
            *(sys.executable, "-m", "devhost", "--port", "0"),
            *("--app", str(app), "--activities", str(activities)),
        )
        self._log = folder / "devhost.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    def start(self) -> str:
        """Start the app; return where it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = re.match(rb"devhost: listening on (\S+)", line)
            if found:
                self.url = found[1].decode()
                return self.url
        raise AssertionError(f"the host did not start: {self._log.read_text()[-2000:]}")

    def kill(self) -> None:
        """End it as the power going off does."""
        self._end(signal.SIGKILL)

    def end(self) -> None:
        """End it in an orderly way, if it runs."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None


@contextmanager
def running(host: Host) -> Iterator[Host]:
    """Start a host, and end whatever runs of it."""
    try:
        host.start()
        yield host
    finally:
        host.end()
