"""The SDK's durable client works against devhost's HTTP API."""

from __future__ import annotations

import pytest
import requests

from tests.devhost import sample_app
from tests.devhost.conftest import TIMEOUT_S, Client, called, eventually


def test_starting_without_an_id_makes_one_up(client: Client) -> None:
    """Two starts are two instances."""
    first, second = client.start("facts"), client.start("facts")
    assert first != second
    assert client.wait(first)["runtimeStatus"] == "Completed"


def test_starting_an_id_that_runs_raises_what_the_real_client_raises(client: Client) -> None:
    """The exception is a plain one that names the status."""
    client.start("holding", 1, "busy")
    client.wait("busy", "Running")
    answer = client.try_start("holding", 1, "busy")
    assert answer.text == (
        "Exception: An Orchestration instance with the status Running already exists."
    )


def test_a_finished_id_runs_again(client: Client) -> None:
    """So do a failed and a terminated one."""
    for name in ("facts", "failing"):
        client.wait(client.start(name, instance_id=f"again-{name}"))
        assert client.start("fan_out", 3, f"again-{name}") == f"again-{name}"
        assert client.wait(f"again-{name}")["output"] == 3


def test_results_of_a_former_run_do_not_reach_the_next(client: Client) -> None:
    """An activity that outlives its run ends without effect on the run that follows."""
    client.wait(client.start("fail_early", instance_id="twice"))
    client.start("holding", 7, "twice")
    eventually(lambda: called("hold"), lambda held: 7 in held)
    sample_app.let_go.add(99)
    eventually(lambda: called("released"), lambda released: 99 in released)
    client.run("timers")
    assert client.status("twice")["runtimeStatus"] == "Running"
    sample_app.release.set()
    assert client.wait("twice")["output"] == 7


@pytest.mark.parametrize("instance_id", ["a/b", "a#b", "a?b", "a\\b", "x" * 101])
def test_ids_that_the_real_host_would_garble_are_refused(client: Client, instance_id: str) -> None:
    """The start raises instead of starting a shortened id."""
    answer = client.try_start("facts", instance_id=instance_id)
    assert answer.status_code == 409
    assert answer.text.startswith("ValueError: ")
    assert "is no instance id" in answer.text


def test_an_orchestrator_that_is_not_registered_cannot_be_started(client: Client) -> None:
    """The error lists the ones that can."""
    answer = client.try_start("publish")
    assert answer.text.startswith(
        "Exception: The function 'publish' doesn't exist, is disabled, or is not an orchestrator"
    )
    assert "fan_out" in answer.text


def test_status_shows_input_and_history(client: Client) -> None:
    """The input is a string of JSON, as the SDK sends it; the history joins call and result."""
    instance_id = client.start("fan_out", 1)
    client.wait(instance_id)
    shown = client.status(instance_id, showHistory="True")
    assert shown["name"] == "fan_out"
    assert shown["input"] == "1"
    assert shown["historyEvents"] == [
        {"EventType": "ExecutionStarted", "FunctionName": "fan_out"},
        {"EventType": "TaskCompleted", "FunctionName": "echo", "Result": 0},
        {"EventType": "ExecutionCompleted", "Result": 0},
    ]
    assert client.status(instance_id, showInput="false")["input"] is None


def test_status_codes_tell_running_from_ended_and_unknown(client: Client) -> None:
    """202, 200 and 404."""
    url = f"{client.url}/durabletask/instances/"
    client.start("holding", 1, "coded")
    assert requests.get(f"{url}coded", timeout=TIMEOUT_S).status_code == 202
    sample_app.release.set()
    client.wait("coded")
    assert requests.get(f"{url}coded", timeout=TIMEOUT_S).status_code == 200
    assert requests.get(f"{url}nobody", timeout=TIMEOUT_S).status_code == 404


def test_terminating_leaves_children_and_activities_running(client: Client) -> None:
    """The instance ends with the reason as its output; its activity goes on."""
    client.start("holding", 55, "doomed")
    eventually(lambda: called("hold"), lambda held: 55 in held)
    assert client.steer("terminate", "doomed").text == "done"
    status = client.wait("doomed")
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "because we can")
    assert 55 not in called("released")
    sample_app.release.set()
    eventually(lambda: called("released"), lambda released: 55 in released)


def test_a_suspended_instance_goes_on_when_resumed(client: Client) -> None:
    """What arrives in between is kept."""
    client.start("approval", instance_id="paused")
    client.wait("paused", "Running")
    client.steer("suspend", "paused")
    client.wait("paused", "Suspended")
    client.steer("raise", "paused", {"yes": True})
    client.steer("resume", "paused")
    assert client.wait("paused")["output"] == {"yes": True}


def test_an_event_reaches_the_instance_that_waits(client: Client) -> None:
    """An ended or unknown instance takes none."""
    client.start("approval", instance_id="asked")
    client.steer("raise", "asked", [1, "two"])
    assert client.wait("asked")["output"] == [1, "two"]
    assert client.steer("raise", "asked", 1).status_code == 500
    assert client.steer("raise", "nobody", 1).status_code == 500


def test_purging_forgets_an_ended_instance(client: Client) -> None:
    """A running or unknown one is left alone."""
    client.wait(client.start("facts", instance_id="old"))
    assert client.steer("purge", "old").text == "1"
    assert client.steer("purge", "old").text == "0"
    client.start("holding", 1, "young")
    assert client.steer("purge", "young").text == "0"


def test_instances_can_be_listed(client: Client) -> None:
    """By status, time and the start of their ids."""
    for instance_id in ("listed-1", "listed-2"):
        client.wait(client.start("facts", instance_id=instance_id))
    client.start("holding", 1, "listed-3")
    assert client.steer("list", "listed-").text == "listed-1,listed-2"


def test_the_check_status_response_leads_to_the_status(client: Client) -> None:
    """Its URLs can be called as they are."""
    client.wait(client.start("facts", instance_id="linked"))
    answer = client.steer("check", "linked")
    assert answer.status_code == 202
    status = requests.get(answer.json()["statusQueryGetUri"], timeout=TIMEOUT_S).json()
    assert status["instanceId"] == "linked"
