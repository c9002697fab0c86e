"""encode_renditions under the real executor."""

from __future__ import annotations

from tests.orchestrators.script import encode_group, fails, inputs, names, reply
from tests.transcoding.builders import a_plan
from transcoding.job.messages import UnitDone

PLAN = a_plan(chunk_s=10)
LOWEST = (PLAN.rungs[0].key,)
ALL = tuple(rung.key for rung in PLAN.rungs)
DONE = reply(UnitDone(encoded=1, skipped=0))


def test_schedules_every_chunk_of_a_minute_at_once_in_order() -> None:
    """60 s in chunks of 8 s are eight units, all in the first episode's actions."""
    replay = encode_group(PLAN, LOWEST, DONE)
    assert names(replay) == ["encode_chunk"] * 8
    assert [unit["chunk"]["first_frame"] for unit in inputs(replay, "encode_chunk")] == [
        0, 240, 480, 720, 960, 1200, 1440, 1680,
    ]  # fmt: skip
    assert replay.output == {"stopped": "", "value": None}


def test_a_unit_carries_all_rungs_of_its_group() -> None:
    """Grouped together, each unit decodes once for nine rungs."""
    replay = encode_group(PLAN, ALL, DONE)
    units = inputs(replay, "encode_chunk")
    assert len(units) == 8
    assert {len(unit["rungs"]) for unit in units} == {9}


def test_the_actions_carry_the_backoff_that_the_host_reads() -> None:
    """The five-key converter of the host finds interval, attempts, coefficient and maximum."""
    replay = encode_group(PLAN, LOWEST, DONE)
    assert replay.actions[0]["retryOptions"] == {
        "firstRetryIntervalInMilliseconds": 5000,
        "maxNumberOfAttempts": 4,
        "backoffCoefficient": 2,
        "maxRetryIntervalInMilliseconds": 60000,
    }


def test_a_chunk_that_fails_twice_and_then_works_fails_nothing() -> None:
    """Retries succeed: eight units, ten calls, a normal end."""
    replay = encode_group(PLAN, LOWEST, fails("encode_chunk"), fails("encode_chunk"), DONE)
    assert replay.error == ""
    assert len(replay.calls["encode_chunk"]) == 10
    assert replay.output == {"stopped": "", "value": None}


def test_a_chunk_that_keeps_failing_fails_the_group_with_its_own_words() -> None:
    """Exhausted retries surface the activity's text."""
    plan = a_plan(chunk_s=60)
    replay = encode_group(plan, (plan.rungs[0].key,), fails("encode_chunk", text="no space left"))
    assert len(replay.calls["encode_chunk"]) == 4
    assert "ToolFailed: no space left" in replay.error


def test_a_replaced_source_stops_the_group_without_an_error() -> None:
    """One unit that finds the source replaced gives the group its answer."""
    stop = reply(stopped="the source was replaced")
    replay = encode_group(PLAN, LOWEST, DONE, stop, DONE)
    assert replay.output == {"stopped": "the source was replaced", "value": None}
