"""The app with wrong settings, run by a host: it loads, says what is wrong, and takes nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from azure.storage.blob import BlobServiceClient

from devhost.azurite import AzuriteProcess
from tests.storage import settings_for

ROOT = Path(__file__).parent.parent
TIMEOUT_S = 60
LISTENING = re.compile(r"^devhost: listening on (http://\S+)$", re.MULTILINE)


class Host:
    """`python -m devhost` on the app of this repository.

    Attributes:
        url: where it listens.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self.url = self._listening()

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    def _listening(self) -> str:
        deadline = time.monotonic() + TIMEOUT_S
        while not (found := LISTENING.search(self.log)):
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)
        return found[1]

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=TIMEOUT_S)


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Host]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "devhost", "--port", "0"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Host(process, log)
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)


def test_wrong_settings_are_told_and_no_event_is_taken(
    azurite: AzuriteProcess, tmp_path: Path
) -> None:
    """503 with a line for each; the same lines in the log; an upload waits for better ones."""
    uploads = settings_for(azurite).uploads_container
    account = BlobServiceClient.from_connection_string(azurite.connection_string)
    account.create_container(uploads)
    account.get_blob_client(uploads, "waits.mp4").upload_blob(b"source")
    wrong = {
        "UPLOADS_STORAGE": azurite.connection_string,
        "DELIVERY_STORAGE": "AccountKey=c2VjcmV0",
        "VOD_UPLOADS_CONTAINER": uploads,
        "VOD_PRESET": "quick",
    }
    with running(tmp_path, **wrong) as host:
        answer = host.get("/api/health")
        assert answer.status_code == 503
        (settings,) = answer.json()["checks"]
        assert (settings["name"], settings["status"]) == ("settings", "failed")
        problems = settings["found"].splitlines()
        assert [line.split(":")[0] for line in problems] == [
            "setting DELIVERY_STORAGE is wrong",
            "setting VOD_PRESET is wrong",
        ]
        assert "c2VjcmV0" not in answer.text
        assert host.get("/api/status?name=waits.mp4").status_code == 404
        for line in problems:
            assert re.search(rf"ERROR .*{re.escape(line)}", host.log)
    assert "waits.mp4" not in (tmp_path / "log").read_text("utf-8")


def test_right_settings_are_examined(azurite: AzuriteProcess, tmp_path: Path) -> None:
    """By the worker's own services, beside all other functions."""
    containers = settings_for(azurite)
    right = {
        "UPLOADS_STORAGE": azurite.connection_string,
        "DELIVERY_STORAGE": azurite.connection_string,
        "VOD_UPLOADS_CONTAINER": containers.uploads_container,
        "VOD_WORK_CONTAINER": containers.work_container,
    }
    with running(tmp_path, **right) as host:
        answer = host.get("/api/health")
        checks = {check["name"]: check["status"] for check in answer.json()["checks"]}
        assert (checks["settings"], checks["storage: uploads"]) == ("ok", "ok")
        assert (answer.status_code == 200) == ("failed" not in checks.values())
        assert host.get("/api/status?name=none.mp4").status_code == 404
