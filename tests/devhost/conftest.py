"""A host that runs the sample app on real storage, and what tests ask of it."""

from __future__ import annotations

import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from devhost import DevHost, HostConfig
from devhost.azurite import AzuriteProcess
from tests.devhost import sample_app

TIMEOUT_S = 30


class Client:
    """Talks HTTP to a host, as a user of the app would."""

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self, orchestrator: str, given: Any = None, instance_id: str = "") -> str:
        """Start an orchestrator through the app; returns its instance id."""
        answer = self.try_start(orchestrator, given, instance_id)
        assert answer.status_code == 200, answer.text
        return answer.text

    def try_start(
        self, orchestrator: str, given: Any = None, instance_id: str = ""
    ) -> requests.Response:
        return requests.post(
            f"{self.url}/api/start/{orchestrator}",
            params={"id": instance_id} if instance_id else {},
            json=given,
            timeout=TIMEOUT_S,
        )

    def steer(self, verb: str, instance_id: str, given: Any = None) -> requests.Response:
        return requests.post(
            f"{self.url}/api/client/{verb}",
            params={"id": instance_id},
            json=given,
            timeout=TIMEOUT_S,
        )

    def status(self, instance_id: str, **query: str) -> dict[str, Any]:
        quoted = urllib.parse.quote(instance_id)
        document: dict[str, Any] = requests.get(
            f"{self.url}/runtime/webhooks/durabletask/instances/{quoted}",
            params=query,
            timeout=TIMEOUT_S,
        ).json()
        return document

    def wait(self, instance_id: str, *states: str) -> dict[str, Any]:
        """Wait until an instance has ended, or is in one of the states; returns its status."""
        wanted = states or ("Completed", "Failed", "Terminated")
        status: dict[str, Any] = eventually(
            lambda: self.status(instance_id),
            lambda status: status["runtimeStatus"] in wanted,
        )
        return status

    def run(self, orchestrator: str, given: Any = None) -> Any:
        """Run an orchestrator to its end; returns its output."""
        status = self.wait(self.start(orchestrator, given))
        assert status["runtimeStatus"] == "Completed", status["output"]
        return status["output"]


def eventually(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """Look again and again until what is seen is good; returns it."""
    deadline = time.monotonic() + TIMEOUT_S
    while not good(seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
    return seen


def called(name: str) -> list[Any]:
    """Return what a function of the sample app was called with."""
    return [given for function, given in sample_app.calls if function == name]


def make_what_the_app_needs(connection: str, container: str) -> None:
    """Make what an app has to bring: no host makes the container and queues of a trigger."""
    BlobServiceClient.from_connection_string(connection).create_container(container)
    queues = QueueServiceClient.from_connection_string(connection)
    for name in sample_app.QUEUES:
        with suppress(ResourceExistsError):  # another module's host has left it
            queues.create_queue(name)


@pytest.fixture(scope="module")
def host(azurite: AzuriteProcess) -> Iterator[DevHost]:
    """Run the sample app: 4 activities at once, a look at the storage every 50 ms."""
    config = HostConfig(activities=4, poll_s=0.05)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(sample_app.CONNECTION, azurite.connection_string)
        # Every blob that is there at the start triggers: each module gets a container of its own.
        environment.setenv(sample_app.CONTAINER, inbox := f"inbox-{uuid.uuid4().hex}")
        make_what_the_app_needs(azurite.connection_string, inbox)
        with DevHost(sample_app.build_app(), config) as running:
            yield running


@pytest.fixture
def client(host: DevHost) -> Iterator[Client]:
    """Talk to the host, with no calls noted yet; what a test leaves waiting is let go."""
    sample_app.calls.clear()
    sample_app.release.clear()
    sample_app.let_go.clear()
    yield Client(host.url)
    sample_app.release.set()
