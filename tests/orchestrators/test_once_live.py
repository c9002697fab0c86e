"""Once a release is live, nothing changes the outcome any more."""

from __future__ import annotations

import pytest

from tests.orchestrators.plans import a_plan
from tests.orchestrators.replay import Answer, Replay
from tests.orchestrators.script import fails, names, publish, reply, stops
from transcoding.job.messages import Filed, PurgeState

PLAN = a_plan()


def ends_published(replay: Replay) -> list[str]:
    """Hold that the job is published as number 3, and return the warnings."""
    assert replay.error == ""
    assert replay.output["status"] == "published"
    assert replay.output["release"] == 3
    assert replay.output["master_path"] == "holiday/beach.mp4/master.m3u8"
    assert not {"dead_letter", "start_successor"} & set(names(replay))
    warnings: list[str] = replay.output["warnings"]
    return warnings


def test_a_report_that_cannot_be_written_is_a_warning() -> None:
    """It is tried six times."""
    replay = publish(PLAN, end_job=fails("end_job", "StorageFailed", "write report.json: 403"))
    assert len(replay.calls["end_job"]) == 6
    assert ends_published(replay) == ["end_job failed: StorageFailed: write report.json: 403"]


def test_a_purge_that_fails_never_unpublishes() -> None:
    """The report and the outcome say what is wrong with it."""
    replay = publish(PLAN, purge_cdn=fails("purge_cdn", "PurgeFailed", "no such endpoint"))
    assert len(replay.calls["purge_cdn"]) == 5
    warnings = ["the purge failed: PurgeFailed: no such endpoint"]
    assert ends_published(replay) == warnings
    assert replay.output["purge"] == "failed: PurgeFailed: no such endpoint"
    assert replay.calls["end_job"][0]["outcome"]["warnings"] == warnings


@pytest.mark.parametrize("why", ["superseded", "cancelled", "failed", "encode_again", "plan_again"])
def test_a_stop_during_the_purge_is_a_warning(why: str) -> None:
    """Deleting the upload then takes nothing from the video; the report is written as ever."""
    replay = publish(PLAN, purge_cdn=stops(why, "the source was deleted"))
    assert ends_published(replay) == ["the purge failed: the source was deleted"]
    assert names(replay)[-2:] == ["purge_cdn", "end_job"]


@pytest.mark.parametrize("why", ["superseded", "cancelled", "failed", "encode_again", "plan_again"])
def test_a_stop_of_the_report_is_a_warning(why: str) -> None:
    """Whatever the last step answers, nothing is encoded or planned anew."""
    replay = publish(PLAN, end_job=stops(why, "the joined done-markers are gone"))
    assert ends_published(replay) == ["end_job failed: the joined done-markers are gone"]
    assert names(replay).count("plan_job") == 1
    assert names(replay)[-1] == "end_job"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            fails("publish_release", "StorageFailed", "503"),
            "publish_release: StorageFailed: 503",
        ),
        (stops("failed", "VIDEOS_STORAGE is missing"), "VIDEOS_STORAGE is missing"),
        (reply({"no": "number"}), "ValidationError: "),
    ],
)
def test_a_failed_job_whose_release_is_live_has_not_failed(answer: Answer, reason: str) -> None:
    """The step that would write the letter finds the release; the job goes on from there."""
    replay = publish(PLAN, publish_release=answer, dead_letter=reply(Filed(path="", live=4)))
    assert replay.error == ""
    assert replay.output["status"] == "published"
    assert replay.output["release"] == 4
    (warning,) = replay.output["warnings"]
    assert warning.startswith(f"the job went on to fail: {reason}")
    assert names(replay)[-3:] == ["dead_letter", "purge_cdn", "end_job"]
    assert replay.calls["end_job"][0]["outcome"]["warnings"] == [warning]


def test_a_running_purge_is_asked_after_with_timers() -> None:
    """The token of the first answer comes back after a durable timer."""
    running = reply(PurgeState(status="running", detail="", token="t1", wait_s=10))
    done = reply(PurgeState(status="done", detail="5 paths"))
    replay = publish(PLAN, purge_cdn=[running, running, done])
    steps = names(replay)
    first = steps.index("purge_cdn")
    assert steps[first : first + 5] == ["purge_cdn", "timer", "purge_cdn", "timer", "purge_cdn"]
    assert [call["token"] for call in replay.calls["purge_cdn"]] == ["", "t1", "t1"]
    assert replay.output["purge"] == "done: 5 paths"
    assert ends_published(replay) == []


def test_a_purge_that_never_ends_is_left_alone() -> None:
    """After sixty answers the job stops asking."""
    running = reply(PurgeState(status="running", detail="", token="t1", wait_s=10))
    replay = publish(PLAN, purge_cdn=running)
    assert len(replay.calls["purge_cdn"]) == 60
    assert ends_published(replay) == [
        "the purge failed: Front Door had not finished when the job stopped asking"
    ]
