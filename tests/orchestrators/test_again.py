"""A job encodes or plans again where that mends it, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from tests.orchestrators.plans import a_plan
from tests.orchestrators.script import (
    child_ids,
    names,
    publish,
    publish_in_lanes,
    publishing,
    reply,
    stops,
)
from transcoding.job.messages import Done

PLAN = a_plan()
RUN = "holiday-beach-mp4-e44dfe7821ebee0971bcc9fa:4f0c1d2e3a5b"
DONE = reply(Done(done=1))


def another_encoder(unit: dict[str, Any]) -> Any:
    """Answer units of the first plan as a worker with another encoder does."""
    return (stops("plan_again", "this worker has 9.1") if unit["round"] == 0 else DONE)(unit)


def test_another_encoder_has_the_job_planned_anew() -> None:
    """Each lane stops at its first unit; all 73 units of the second plan are encoded."""
    replay = publish_in_lanes(PLAN, encode_unit=another_encoder)
    assert [planning["round"] for planning in replay.calls["plan_job"]] == [0, 1]
    rounds = [unit["round"] for unit in replay.calls["encode_unit"]]
    assert (rounds.count(0), rounds.count(1)) == (2, 73)
    assert child_ids(replay) == [f"{RUN}:0.0.0", f"{RUN}:0.0.1", f"{RUN}:1.0.0", f"{RUN}:1.0.1"]
    assert names(replay).count("probe_source") == 1
    assert replay.output["status"] == "published"


def test_a_job_is_planned_anew_twice() -> None:
    """The third time it fails, with the reason in its dead letter."""
    encode_unit = stops("plan_again", "this worker has 9.1")
    replay = publish_in_lanes(PLAN, encode_unit=encode_unit)
    assert len(replay.calls["plan_job"]) == 3
    assert names(replay)[-1] == "dead_letter"
    assert replay.calls["dead_letter"][0]["outcome"]["detail"] == "this worker has 9.1"
    assert replay.error == "this worker has 9.1"


def test_damage_is_mended_in_a_job_that_met_another_encoder() -> None:
    """One plan for the encoder, and one more for what is damaged."""
    fine = publishing(PLAN)["collect_chunks"]
    assert callable(fine)
    replay = publish_in_lanes(
        PLAN, encode_unit=another_encoder, collect_chunks=[stops("plan_again"), fine]
    )
    assert [planning["round"] for planning in replay.calls["plan_job"]] == [0, 1, 2]
    assert replay.output["status"] == "published"


@pytest.mark.parametrize(
    ("whys", "ended"),
    [
        (("plan_again", "cancelled"), "cancelled"),
        (("plan_again", "superseded"), "superseded"),
        (("encode_again", "superseded"), "superseded"),
        (("failed", "superseded"), "superseded"),
        (("cancelled", "superseded"), "superseded"),
        (("superseded", "cancelled"), "superseded"),
    ],
)
def test_a_lane_that_knows_of_the_jobs_end_has_the_word(whys: tuple[str, str], ended: str) -> None:
    """Nothing is planned for a source that is gone, and a newer one gets its job."""
    replay = publish(PLAN, encode_lane=[stops(why) for why in whys])
    assert replay.output["status"] == ended
    assert names(replay).count("plan_job") == 1
    assert names(replay).count("encode_lane") == 2
    assert names(replay).count("start_successor") == (ended == "superseded")


@pytest.mark.parametrize("other", ["plan_again", "encode_again"])
def test_no_plan_mends_what_no_retry_can(other: str) -> None:
    """A failure of that kind in any lane ends the job."""
    replay = publish(PLAN, encode_lane=[stops(other), stops("failed", "199 frames")])
    assert names(replay).count("plan_job") == 1
    assert names(replay).count("encode_lane") == 2
    assert replay.error == "199 frames"


def test_another_plan_also_encodes_again() -> None:
    """It beats another pass over the plan that is of no use any more."""
    lanes = [stops("encode_again"), stops("plan_again"), reply()]
    replay = publish(PLAN, encode_lane=lanes)
    assert child_ids(replay) == [f"{RUN}:0.0.0", f"{RUN}:0.0.1", f"{RUN}:1.0.0", f"{RUN}:1.0.1"]
    assert replay.output["status"] == "published"


@pytest.mark.parametrize("step", ["collect_chunks", "publish_release"])
def test_damage_in_a_live_track_has_the_job_planned_anew(step: str) -> None:
    """Whichever step finds it: the plan that follows has a folder of its own for the track."""
    fine = publishing(PLAN)[step]
    assert callable(fine)
    replay = publish(PLAN, **{step: [stops("plan_again"), fine]})
    assert len(replay.calls["plan_job"]) == 2
    assert replay.output["status"] == "published"


HEALING = [
    "collect_chunks",
    "make_poster",
    "make_storyboard",
    "write_playlists",
    "verify_outputs",
    "publish_release",
]


@pytest.mark.parametrize("step", HEALING)
def test_damaged_chunks_are_encoded_again(step: str) -> None:
    """Another pass over the units, in lanes with ids of their own; the plan stays."""
    fine = publishing(PLAN)[step]
    assert callable(fine)
    replay = publish(PLAN, **{step: [stops("encode_again", "00003.m4s is gone"), fine]})
    assert child_ids(replay) == [f"{RUN}:0.0.0", f"{RUN}:0.0.1", f"{RUN}:0.1.0", f"{RUN}:0.1.1"]
    assert names(replay).count("plan_job") == 1
    assert [plan["pass_number"] for plan in replay.calls["collect_chunks"]] == [0, 1]
    assert replay.calls["publish_release"][-1]["pass_number"] == 1
    assert replay.output["status"] == "published"
    assert replay.output["warnings"] == []


@pytest.mark.parametrize("step", HEALING)
def test_chunks_that_stay_damaged_fail_the_job(step: str) -> None:
    """Two passes are enough to see that something else is wrong."""
    replay = publish(PLAN, **{step: stops("encode_again", "00003.m4s is gone")})
    assert len(replay.calls[step]) == 2
    assert names(replay).count("encode_lane") == 4
    assert names(replay)[-1] == "dead_letter"
    assert replay.error == "00003.m4s is gone"


def test_a_job_that_is_planned_anew_may_encode_again() -> None:
    """Six passes at most, all with ids of their own: two of each plan."""
    again = stops("encode_again", "00003.m4s is gone")
    anew = stops("plan_again")
    replay = publish(PLAN, collect_chunks=[again, anew, again, anew, again])
    assert child_ids(replay) == [
        f"{RUN}:{plan}.{number}.{lane}"
        for plan in (0, 1, 2)
        for number in (0, 1)
        for lane in (0, 1)
    ]
    assert replay.error == "00003.m4s is gone"
