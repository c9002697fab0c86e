"""Lanes under the real executor: what a job has in flight, and what their histories come to."""

from __future__ import annotations

import pytest

from tests.orchestrators.plans import a_plan, a_plan_of, twelve_hours
from tests.orchestrators.replay import host_text
from tests.orchestrators.script import (
    child_ids,
    fails,
    job_of,
    lane,
    lane_fails,
    names,
    policies,
    publish,
    publish_in_lanes,
    publishing,
    reply,
    stops,
)
from transcoding.job.messages import Done
from transcoding.plan.lanes import UnitName, lanes_of

PLAN = a_plan()
DONE = reply(Done(done=1))


@pytest.mark.parametrize(
    ("units", "lanes"), [(1, 1), (1, 2), (3, 2), (7, 7), (41, 2), (60, 3), (100, 16), (130, 1)]
)
def test_every_unit_is_scheduled_once_and_no_more_at_once_than_lanes(
    units: int, lanes: int
) -> None:
    """With the job and its lanes taking turns, unit by unit."""
    replay = publish_in_lanes(a_plan_of(units, lanes))
    assert replay.output["status"] == "published"
    frames = [unit["number"] for unit in replay.calls["encode_unit"]]
    assert sorted(frames) == list(range(units))
    assert replay.flight.most["encode_unit"] == min(units, lanes)


def test_a_lane_begins_a_new_history_every_twenty_units() -> None:
    """45 units are two histories of 20 and one of 5, an episode more than units in each."""
    replay = lane(lanes_of(a_plan_of(45, 1))[0], DONE)
    assert [generation.episodes for generation in replay.generations] == [21, 21, 6]
    assert replay.output == {"value": None, "stop": None}


def test_a_lane_of_twenty_units_has_one_history() -> None:
    """It does not continue as new for nothing."""
    replay = lane(lanes_of(a_plan_of(20, 1))[0], DONE)
    assert [generation.episodes for generation in replay.generations] == [21]


def test_units_come_in_the_plans_order() -> None:
    """Sound first, then the lowest rung: what an early start needs is at the head."""
    replay = publish_in_lanes(PLAN)
    named = [PLAN.unit(unit["number"]) for unit in replay.calls["encode_unit"]]
    units = [(unit.tracks[0].key.rpartition("-")[0], unit.chunk.index) for unit in named]
    assert units[:4] == [
        ("aac-1", 0),
        ("h264-416x234-145k", 0),
        ("h264-416x234-145k", 1),
        ("h264-416x234-145k", 2),
    ]
    assert units[-1] == ("h264-1920x1080-7800k", 7)


def test_a_unit_is_retried_like_encoding() -> None:
    """5 s, doubling, a minute at most, four attempts."""
    replay = lane(lanes_of(a_plan_of(1, 1))[0], DONE)
    assert policies(replay)["encode_unit"] == {
        "firstRetryIntervalInMilliseconds": 5000,
        "maxNumberOfAttempts": 4,
        "backoffCoefficient": 2,
        "maxRetryIntervalInMilliseconds": 60000,
    }


def test_a_unit_that_fails_twice_and_then_works_fails_nothing() -> None:
    """Retries succeed, also where the history ends: 21 units, 23 calls."""
    work = lanes_of(a_plan_of(21, 1))[0]
    fine = [DONE] * 19
    replay = lane(work, [*fine, fails("encode_unit"), fails("encode_unit"), DONE])
    assert replay.error == ""
    assert len(replay.calls["encode_unit"]) == 23
    assert replay.output == {"value": None, "stop": None}


@pytest.mark.parametrize("why", ["superseded", "cancelled", "plan_again", "encode_again"])
def test_a_unit_that_stops_ends_its_lane_with_its_answer(why: str) -> None:
    """The third unit stops; the fourth is never scheduled."""
    work = lanes_of(a_plan_of(9, 1))[0]
    replay = lane(work, [DONE, DONE, stops(why, "the source was replaced")])
    assert len(replay.calls["encode_unit"]) == 3
    assert replay.error == ""
    assert replay.output == {
        "value": None,
        "stop": {"why": why, "detail": "the source was replaced"},
    }


def test_a_permanent_failure_of_a_unit_ends_the_job_at_once() -> None:
    """The lanes beside it are not waited for: one attempt, and hardly another unit."""
    broken = stops("failed", "chunk 0 has 239 frames, planned were 240")
    replay = publish_in_lanes(a_plan_of(60, 3), encode_unit=[DONE, DONE, DONE, broken, DONE])
    assert replay.calls["dead_letter"][0]["outcome"]["detail"] == (
        "chunk 0 has 239 frames, planned were 240"
    )
    assert replay.error == "chunk 0 has 239 frames, planned were 240"
    assert len(replay.calls["encode_unit"]) < 15


def test_a_unit_that_keeps_failing_ends_the_job_at_once() -> None:
    """Its text is read through the lane's; what lanes answer after that is lost."""
    fine = publishing(PLAN)["encode_lane"]
    assert callable(fine)
    broken = lane_fails(host_text("Activity", "encode_unit", "ToolFailed: chunk 3 stalled"))
    replay = publish(a_plan_of(60, 5), encode_lane=[fine, broken, fine])
    assert replay.calls["dead_letter"][0]["outcome"]["detail"] == (
        "encode_unit: ToolFailed: chunk 3 stalled"
    )
    assert "collect_chunks" not in names(replay)
    assert len(replay.calls["encode_lane"]) == 5


def test_four_attempts_at_a_unit_fail_its_lane_and_the_job() -> None:
    """The same with lanes that run: 4 calls of one unit, and as many of the other lane's."""
    replay = publish_in_lanes(
        a_plan_of(60, 2),
        encode_unit=lambda unit: (
            fails("encode_unit", text="no space left") if unit["number"] == 0 else DONE
        )(unit),
    )
    indexes = [unit["number"] for unit in replay.calls["encode_unit"]]
    assert indexes.count(0) == 4
    assert len(indexes) < 20
    assert replay.error == "encode_unit: ToolFailed: no space left"


def test_ids_of_lanes_carry_the_run() -> None:
    """What is left of a failed run never meets the replay's lanes."""
    first = publish(PLAN)
    job = PLAN.job.model_copy(update={"run_id": "b7e1f0a2c3d4"})
    second = publish(PLAN.model_copy(update={"job": job}))
    instance = "holiday-beach-mp4-e44dfe7821ebee0971bcc9fa"
    assert child_ids(first)[0] == f"{instance}:4f0c1d2e3a5b:0.0.0"
    assert child_ids(second)[0] == f"{instance}:b7e1f0a2c3d4:0.0.0"
    assert not set(child_ids(first)) & set(child_ids(second))


def test_ids_of_lanes_are_ids_that_the_host_takes() -> None:
    """The longest name, 28,080 units in 1,000 lanes: 86 of 100 characters, none forbidden."""
    plan = a_plan_of(28_080, 1000)
    job = plan.job.model_copy(update={"name": "ä/" * 20 + "?#\\" + "x" * 60 + ".mp4"})
    assert len(job.instance_id) == 65
    replay = job_of(plan.model_copy(update={"job": job})).until("encode_lane")
    ids = child_ids(replay)
    assert len(set(ids)) == 1000
    assert max(len(one) for one in ids) == 86
    assert not [one for one in ids if set("/\\#?") & set(one)]


def test_a_lane_of_twelve_hours_replays_little() -> None:
    """28,080 units in 20 lanes: 1,404 units are 71 histories, the largest of 18 KB."""
    replay = lane(lanes_of(twelve_hours(lanes=20))[0], DONE)
    assert len(replay.calls["encode_unit"]) == 1404
    assert len(replay.generations) == 71
    assert sum(generation.episodes for generation in replay.generations) == 1475
    assert max(generation.episodes for generation in replay.generations) == 21
    assert max(generation.history_bytes for generation in replay.generations) < 20_000
    assert max(generation.actions_bytes for generation in replay.generations) < 50_000


def test_a_job_of_twelve_hours_replays_little() -> None:
    """Its own history has an episode a lane and a dozen more, however many units there are."""
    replay = publish(twelve_hours(lanes=200))
    (generation,) = replay.generations
    assert generation.episodes == 212
    assert generation.history_bytes < 150_000
    assert generation.actions_bytes < 250_000


def test_lanes_and_units_travel_by_name() -> None:
    """Two hundred lanes of a film are far from the 1 MB that a scheduler takes in one message."""
    plan = twelve_hours(lanes=200)
    assert len(plan.model_dump_json()) > 7_000
    assert max(len(lane.model_dump_json()) for lane in lanes_of(plan)) < 400
    unit = UnitName(job=plan.job, round=0, number=28_079)
    assert len(unit.model_dump_json()) < 300
    assert unit.unit_id == plan.unit(28_079).unit_id == "unit-0-28079"
