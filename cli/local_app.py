"""The app with storage of its own: Azurite in a temporary folder, and devhost, on free ports."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import stamina

from adapters.settings import DELIVERY_CONNECTION, SETTING_NAMES, UPLOADS_CONNECTION
from cli.problems import Unusable
from cli.processes import end, started_azurite
from cli.project import ROOT, check_project
from transcoding.errors import VodError

EMULATOR = "UseDevelopmentStorage=true"

_STARTS_WITHIN_S = 60.0
_LOOKS_EVERY_S = 0.1
_LISTENING = re.compile(r"^devhost: listening on (http://\S+)$", re.MULTILINE)


def isolated_environment(
    base: Mapping[str, str], connection_string: str, extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the app's environment for a run that touches this machine only.

    Encoding settings stay; storage is the one given, and nothing is purged, played or measured
    anywhere else.

    Args:
        extra: settings that count all the same, such as a Front Door on this machine.
    """
    elsewhere = [name for name in SETTING_NAMES if name.startswith("VOD_FRONT_DOOR_")]
    elsewhere += [
        "VOD_PLAYBACK_BASE_URL",
        "VOD_BLOB_SOURCE",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        # Where there is nobody to send to, the worker's set-up fails.
        "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
        "PYTHON_ENABLE_OPENTELEMETRY",
    ]
    # Empty, not left out: devhost fills what is missing from local.settings.json.
    return {
        **base,
        **dict.fromkeys(elsewhere, ""),
        "AzureWebJobsStorage": connection_string,
        UPLOADS_CONNECTION: connection_string,
        DELIVERY_CONNECTION: connection_string,
        **(extra or {}),
    }


class _NotListening(Unusable):
    """The app has not told yet where it listens."""


class LocalApp:
    """A running app.

    Attributes:
        folder: a temporary folder for what belongs to the run.
        environment: the app's environment.
        url: where its HTTP API answers.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        process: subprocess.Popen[bytes],
        log: Path,
    ) -> None:
        self.folder = folder
        self.environment = environment
        self._process = process
        self._log = log
        self.url = self._wait_until_listening()

    def check(self) -> None:
        """Raise VodError if the app has ended."""
        if self._process.poll() is not None:
            raise VodError(
                "the app has ended in the middle of the job",
                on=f"exit code {self._process.returncode}",
                advice=self._last_words(),
            )

    def _wait_until_listening(self) -> str:
        patiently = stamina.RetryingCaller(
            attempts=None,
            timeout=_STARTS_WITHIN_S,
            wait_initial=_LOOKS_EVERY_S,
            wait_max=_LOOKS_EVERY_S,
            wait_jitter=0,
        )
        return patiently(_NotListening, self._address)

    def _address(self) -> str:
        if self._process.poll() is not None:
            raise Unusable(
                "the app does not start",
                on=f"exit code {self._process.returncode}",
                advice=self._last_words(),
            )
        listening = _LISTENING.search(self._log.read_text("utf-8", "replace"))
        if not listening:
            raise _NotListening("the app has not started in time", advice=self._last_words())
        return listening[1]

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else "it has written nothing"


@contextmanager
def local_app(
    base: Mapping[str, str],
    *,
    keep: bool = False,
    extra: Mapping[str, str] | None = None,
    project: Path = ROOT,
) -> Iterator[LocalApp]:
    """Start Azurite and the app; end both, and remove their folder unless `keep`.

    Args:
        base: environment from which the encoding settings are taken.
        extra: as in `isolated_environment`.
        project: folder of the app.

    Raises:
        Unusable: the app or Azurite does not start.
    """
    check_project(project)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="vod-"))
        if not keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        azurite = started_azurite(folder / "azurite")
        stack.callback(azurite.stop)
        environment = isolated_environment(base, azurite.connection_string, extra)
        # What an interrupted encode leaves behind goes with the run's own folder.
        environment["TMPDIR"] = str(folder)
        log = folder / "devhost.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-u", "-m", "devhost", "--port", "0"],
                cwd=project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches this command alone, which then ends its programs in order.
                start_new_session=True,
            )
        stack.callback(end, process)
        yield LocalApp(folder, environment, process, log)
