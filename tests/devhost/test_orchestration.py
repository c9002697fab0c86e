"""Orchestrators on the engine behave as they were seen to under the real host."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from functools import partial

from tests.devhost import sample_app
from tests.devhost.conftest import Client, called, eventually


def test_an_orchestrator_sees_its_input_and_its_activities_results(client: Client) -> None:
    """JSON goes in and out as it was, for sync and async activities alike."""
    instance_id = client.start("facts", {"who": "wörld"}, "facts-1")
    status = client.wait(instance_id)
    assert status["output"] == {
        "input": {"who": "wörld"},
        "instance_id": "facts-1",
        "parent": None,
        "echoed": {"clé": ["é", 1.5, None]},
        "async": {"given": {"who": "wörld"}, "function": "echo_async"},
        "utc": True,
        "guids": True,
        "version": None,
    }
    assert status["customStatus"] == {"phase": "asking"}


def test_a_thousand_activities_fan_out_and_in(client: Client) -> None:
    """Each of them runs once."""
    assert client.run("fan_out", 1000) == 499_500
    assert sorted(called("echo")) == list(range(1000))


def test_sub_orchestrations_know_their_parent(client: Client) -> None:
    """Their ids are the parent's id and a number, unless one is given."""
    status = client.wait(client.start("parent", instance_id="mother"))
    assert status["output"] == [
        {"id": "mother:1", "parent": "mother"},
        {"id": "named-child", "parent": "mother"},
    ]
    assert client.status("named-child")["runtimeStatus"] == "Completed"


def test_failures_reach_the_orchestrator_as_plain_text(client: Client) -> None:
    """The text has two spaces before the type and the details behind a newline."""
    (kind, activity), (_, child) = client.run("catching")
    assert kind == "Exception"
    assert activity.startswith(
        "Activity function 'fail' failed:  ValueError: no such luck \n"
        ' {"$type":"System.Exception"'
    )
    assert child.startswith(
        "Orchestrator function 'failing' failed: "
        "Activity function 'fail' failed:  ValueError: no such luck \n"
        ' {"$type":"System.Exception"'
    )
    assert child.count(' \n {"$type":"System.Exception"') == 2


def test_a_failed_orchestration_says_why_in_its_output(client: Client) -> None:
    """The output of a failed one is the reason."""
    status = client.wait(client.start("failing"))
    assert status["runtimeStatus"] == "Failed"
    assert status["output"].startswith(
        "Orchestrator function 'failing' failed: "
        "Activity function 'fail' failed:  ValueError: no such luck"
    )


def test_task_any_returns_the_task_that_won(client: Client) -> None:
    """It is the same object, and a failed one holds its exception."""
    assert client.run("first_of") == {
        "quick won": True,
        "result": "quick",
        "bad won": True,
        "error": "Exception",
    }


def test_task_all_does_not_wait_for_the_others_of_a_failed_task(client: Client) -> None:
    """The first failure ends it while a sibling still runs."""
    assert client.run("fail_early") == "did not wait"
    assert 99 not in called("released")


def test_retries_back_off_as_the_json_of_their_options_says(client: Client) -> None:
    """100 ms, then 200, then the maximum of 300: at least, between the attempts."""
    status = client.wait(client.start("retrying", ["fail", "never", 4]))
    assert status["runtimeStatus"] == "Failed"
    times = called("fail")
    assert len(times) == 4
    gaps_s = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert [gap >= least for gap, least in zip(gaps_s, (0.09, 0.19, 0.29), strict=True)] == [
        True,
        True,
        True,
    ]


def test_a_retry_that_succeeds_gives_its_result(client: Client) -> None:
    """Two failures of three attempts do not show."""
    assert client.run("retrying", ["fail_twice", 2, 3]) == "at last"
    assert len(called("fail_twice")) == 3


def test_a_sub_orchestration_is_retried_as_a_whole(client: Client) -> None:
    """The same instance id runs until it succeeds."""
    assert client.run("retrying_child") == "at last"
    assert client.status("retried")["output"] == "at last"


def test_a_timer_moves_the_orchestrations_clock(client: Client) -> None:
    """The clock has gone on by the timer's delay at least."""
    assert client.run("timers") >= 0.29


def test_continue_as_new_starts_over_with_another_input(client: Client) -> None:
    """The instance id stays."""
    status = client.wait(client.start("countdown", 2, "countdown-1"))
    assert status["output"] == "lift-off"
    assert called("echo") == [2, 1, 0]


def test_a_parent_gets_the_last_result_of_children_that_continue_as_new(client: Client) -> None:
    """60 units in two lanes of 20 a history: each runs once, and the lanes tell their totals."""
    status = client.wait(client.start("in_lanes", ["echo", 60, 2], "film"))
    assert status["output"] == [30, 30]
    assert sorted(called("echo")) == list(range(60))
    lane = client.status("film:1", showHistory="True")
    assert (lane["runtimeStatus"], lane["output"]) == ("Completed", 30)
    # The history of the second half alone, begun with an input of its own.
    assert json.loads(lane["input"])[1:] == [[41, 43, 45, 47, 49, 51, 53, 55, 57, 59], 20]
    events = [event["EventType"] for event in lane["historyEvents"]]
    assert events == ["ExecutionStarted", *["TaskCompleted"] * 10, "ExecutionCompleted"]


def test_units_of_one_lane_never_overlap(client: Client) -> None:
    """Two lanes have two units in flight, however many slots there are."""
    client.start("in_lanes", ["hold", 50, 2], "held")
    for number in range(0, 50, 2):
        eventually(lambda: called("hold"), partial(has_length, number + 2))
        sample_app.let_go.update((number, number + 1))
    assert client.wait("held")["output"] == [25, 25]
    assert sorted(called("hold")[:2]) == [0, 1]


def has_length(length: int, seen: Sequence[object]) -> bool:
    """Whether so much has been seen."""
    return len(seen) == length


def test_a_child_on_an_id_that_runs_fails_its_parent(client: Client) -> None:
    """The real host would replace the running one in silence; here it is told."""
    client.start("in_lanes", ["hold", 4, 2], "twin")
    eventually(lambda: called("hold"), partial(has_length, 2))
    client.steer("terminate", "twin")
    client.wait("twin", "Terminated")
    status = client.wait(client.start("in_lanes", ["hold", 4, 2], "twin"))
    assert status["runtimeStatus"] == "Failed"
    assert "instance twin:0 is running already" in status["output"]
    # What it left running would take slots from the tests that follow.
    sample_app.release.set()
    for lane in ("twin:0", "twin:1"):
        client.wait(lane)


def test_an_activity_may_have_a_durable_client(client: Client) -> None:
    """It starts another orchestration with it, as an async function."""
    assert client.run("starting", "the-other") == "the-other"
    assert client.wait("the-other")["output"] == 3


def test_custom_status_is_bounded_as_under_the_real_host(client: Client) -> None:
    """16 KB of UTF-16 with its quotes is 8,190 letters; one more fails the orchestration."""
    assert client.wait(client.start("status_of", 8190))["runtimeStatus"] == "Completed"
    status = client.wait(client.start("status_of", 8191))
    assert status["runtimeStatus"] == "Failed"
    assert "custom status is 16386 bytes" in status["output"]


def test_unknown_names_fail_at_once(client: Client) -> None:
    """The orchestrator cannot even catch it; the real host would wait for ever."""
    for how, what in (("activity", "activity"), ("child", "orchestrator")):
        status = client.wait(client.start("calling", [how, "no_such_name"]))
        assert status["runtimeStatus"] == "Failed"
        assert f"no {what} named 'no_such_name' is registered" in status["output"]


def test_only_so_many_activities_run_at_once(client: Client) -> None:
    """Of six, four run and two wait."""
    ids = [client.start("holding", number) for number in range(6)]
    eventually(lambda: called("hold"), lambda held: len(held) == 4)
    # An orchestration still gets through, for it needs no activity slot.
    client.run("timers")
    assert len(called("hold")) == 4
    sample_app.release.set()
    assert sorted(client.wait(i)["output"] for i in ids) == [0, 1, 2, 3, 4, 5]


def test_the_replay_flag_is_off_where_code_runs_for_the_first_time(client: Client) -> None:
    """In the last episode only what follows the last result is new."""
    assert client.run("replays") == [True, True, False]
