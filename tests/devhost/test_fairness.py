"""A small job in the middle of a long one waits for as many units as that has lanes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from devhost import DevHost, HostConfig
from devhost.azurite import AzuriteProcess
from tests.devhost import sample_app
from tests.devhost.conftest import TIMEOUT_S, Client, called, eventually

LANES = 2


@pytest.fixture
def narrow(azurite: AzuriteProcess) -> Iterator[Client]:
    """Run the sample app with one activity at a time, as a worker that encodes does."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(sample_app.CONNECTION, azurite.connection_string)
        environment.setenv(sample_app.CONTAINER, f"inbox-{uuid.uuid4().hex}")
        config = HostConfig(activities=1, poll_s=0.05)
        with DevHost(sample_app.build_app(), config) as running:
            sample_app.calls.clear()
            sample_app.release.clear()
            sample_app.let_go.clear()
            yield Client(running.url)
            sample_app.release.set()


def test_no_step_of_a_small_job_waits_for_more_units_than_lanes(narrow: Client) -> None:
    """Counted: the units that end between the scheduling of a step and its turn."""
    narrow.start("in_lanes", ["hold", 60, LANES], "film")
    let_units_go(lambda seen: seen.count("hold") > 25)
    narrow.start("in_steps", 4, "clip")
    waited = [units_before(narrow, step) for step in range(4)]
    assert narrow.wait("clip")["runtimeStatus"] == "Completed"
    assert max(waited) <= LANES
    assert len(called("hold")) < 45
    sample_app.release.set()
    assert narrow.wait("film")["output"] == [30, 30]


def units_before(client: Client, step: int) -> int:
    """Return how many units of the long job end before a step of the small one begins.

    None ends before the step is in the queue: the engine schedules it together with the custom
    status that tells of it.
    """
    eventually(
        lambda: client.status("clip")["customStatus"], lambda at: at is not None and at >= step
    )
    return let_units_go(lambda seen: seen.count("echo") > step)


def let_units_go(enough: Callable[[list[str]], bool]) -> int:
    """Let one unit after the other end; return how many did.

    Args:
        enough: is asked with the names of all activities that have begun.
    """
    count = 0
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        # One look at what has begun, in order: what begins meanwhile is seen at the next.
        seen = [(name, given) for name, given in list(sample_app.calls) if name in ("hold", "echo")]
        if enough([name for name, _ in seen]):
            return count
        assert time.monotonic() < deadline, seen[-5:]
        units = [given for name, given in seen if name == "hold"]
        if units and units[-1] not in sample_app.let_go:
            sample_app.let_go.add(units[-1])
            count += 1
        time.sleep(0.01)
