"""publish_video under the real executor, from history to actions."""

from __future__ import annotations

import pytest

from tests.orchestrators.plans import a_plan, a_song
from tests.orchestrators.script import (
    fails,
    largest_status_bytes,
    names,
    policies,
    publish,
    reply,
    stops,
)
from transcoding.job.messages import RefusalCode, Refused, Verdict
from transcoding.plan.plan import Probed

PLAN = a_plan()
REFUSED = Probed(
    job=PLAN.job,
    refused=Refused(
        code=RefusalCode.NO_VIDEO, reason="the file has no video track", advice="upload a video"
    ),
)


def test_a_job_that_goes_well_takes_its_steps_in_order() -> None:
    """Probe, measure, plan, all lanes at once, pictures, gate, release, purge, report."""
    replay = publish(PLAN)
    assert names(replay) == [
        "probe_source",
        "measure_source",
        "plan_job",
        "encode_lane",
        "encode_lane",
        "collect_chunks",
        "make_poster",
        "make_storyboard",
        "write_playlists",
        "verify_outputs",
        "publish_release",
        "purge_cdn",
        "end_job",
    ]
    outcome = replay.output
    assert outcome["status"] == "published"
    assert outcome["release"] == 3
    assert outcome["master_path"] == "holiday/beach.mp4/master.m3u8"
    assert outcome["manifest_path"] == "holiday/beach.mp4/manifest.mpd"
    assert outcome["purge"] == "not_configured: no Front Door"
    assert outcome["warnings"] == []


def test_sound_alone_has_no_pictures() -> None:
    """A song without a cover has neither poster nor storyboard; its one unit takes one lane."""
    assert names(publish(a_song())) == [
        "probe_source",
        "measure_source",
        "plan_job",
        "encode_lane",
        "collect_chunks",
        "write_playlists",
        "verify_outputs",
        "publish_release",
        "purge_cdn",
        "end_job",
    ]


def test_the_job_tells_its_phase_in_few_bytes() -> None:
    """One status for each phase; none is near the 4 KB that a client may expect."""
    replay = publish(PLAN)
    phases = [
        "probing",
        "measuring",
        "planning",
        "encoding",
        "verifying",
        "publishing",
        "purging",
        "recording",
    ]
    assert replay.statuses == [{"phase": phase} for phase in phases]
    assert largest_status_bytes(replay) < 100
    # Of the last one the report cannot tell.
    stages = replay.calls["end_job"][0]["outcome"]["stages"]
    assert [stage["name"] for stage in stages] == phases[:-1]


def test_steps_are_retried_by_what_they_do() -> None:
    """Encoding in four attempts, storage in six, a purge in five; the host reads these keys."""
    given = policies(publish(PLAN))
    storage = {
        "firstRetryIntervalInMilliseconds": 2000,
        "maxNumberOfAttempts": 6,
        "backoffCoefficient": 2,
        "maxRetryIntervalInMilliseconds": 60000,
    }
    encoding = {
        "firstRetryIntervalInMilliseconds": 5000,
        "maxNumberOfAttempts": 4,
        "backoffCoefficient": 2,
        "maxRetryIntervalInMilliseconds": 60000,
    }
    assert given.pop("purge_cdn") == {
        "firstRetryIntervalInMilliseconds": 10000,
        "maxNumberOfAttempts": 5,
        "backoffCoefficient": 3,
        "maxRetryIntervalInMilliseconds": 300000,
    }
    assert given.pop("make_poster") == given.pop("make_storyboard") == encoding
    assert given == dict.fromkeys(
        [
            "probe_source",
            "measure_source",
            "plan_job",
            "collect_chunks",
            "write_playlists",
            "verify_outputs",
            "publish_release",
            "end_job",
        ],
        storage,
    )


def test_a_refused_upload_gets_a_dead_letter_and_no_plan() -> None:
    """Refusal is an outcome, not an error: the instance completes."""
    replay = publish(PLAN, probe_source=reply(REFUSED))
    assert names(replay) == ["probe_source", "dead_letter"]
    assert replay.error == ""
    assert replay.output["status"] == "refused"
    assert replay.output["detail"] == "the file has no video track: upload a video"


def test_an_exhausted_retry_leaves_a_dead_letter_and_fails_the_job() -> None:
    """The dead letter names step, class and text; host internals are gone."""
    replay = publish(PLAN, make_storyboard=fails("make_storyboard", text="disk full"))
    assert len(replay.calls["make_storyboard"]) == 4
    assert names(replay)[-1] == "dead_letter"
    letter = replay.calls["dead_letter"][0]["outcome"]
    assert letter["status"] == "failed"
    assert letter["detail"] == "make_storyboard: ToolFailed: disk full"
    assert replay.error == "make_storyboard: ToolFailed: disk full"


def test_a_broken_rule_stops_the_publish() -> None:
    """Nothing goes live that fails a MUST."""
    verdict = Verdict(checked=60, failed=("HLS 7.4: segment 3 starts without an IDR",))
    replay = publish(PLAN, verify_outputs=reply(verdict))
    assert "publish_release" not in names(replay)
    assert replay.error == (
        "1 of 60 rules are broken (holiday/beach.mp4): HLS 7.4: segment 3 starts without an IDR"
    )


@pytest.mark.parametrize(
    "step",
    ["probe_source", "measure_source", "plan_job", "make_poster", "verify_outputs"],
)
def test_a_permanent_failure_ends_the_job_at_once(step: str) -> None:
    """What no retry can mend costs one attempt; the dead letter has the step's own words."""
    replay = publish(PLAN, **{step: stops("failed", "UPLOADS_STORAGE is missing")})
    assert len(replay.calls[step]) == 1
    assert names(replay)[-2:] == [step, "dead_letter"]
    assert replay.calls["dead_letter"][0]["outcome"]["detail"] == "UPLOADS_STORAGE is missing"
    assert replay.error == "UPLOADS_STORAGE is missing"


@pytest.mark.parametrize("step", ["probe_source", "encode_lane", "publish_release"])
def test_a_superseded_job_makes_sure_of_a_successor(step: str) -> None:
    """It starts the present upload's job, then ends well, without a dead letter."""
    replay = publish(PLAN, **{step: stops("superseded", "the source was replaced")})
    assert names(replay)[-2:] == ["start_successor", "end_job"]
    assert replay.calls["start_successor"] == [PLAN.job.to_json()]
    assert "dead_letter" not in names(replay)
    assert replay.error == ""
    assert replay.output["status"] == "superseded"
    assert replay.output["detail"] == "the source was replaced"


def test_a_successor_that_cannot_be_started_is_a_warning() -> None:
    """The job is superseded all the same, and whoever reads its outcome is told."""
    replay = publish(
        PLAN,
        plan_job=stops("superseded"),
        start_successor=fails("start_successor", "StorageFailed", "503 Server Busy"),
    )
    assert len(replay.calls["start_successor"]) == 6
    assert replay.output["status"] == "superseded"
    warning = "start_successor failed: StorageFailed: 503 Server Busy"
    assert replay.output["warnings"] == [warning]
    assert replay.calls["end_job"][0]["outcome"]["warnings"] == [warning]


@pytest.mark.parametrize("step", ["encode_lane", "publish_release"])
def test_a_cancelled_job_is_called_cancelled(step: str) -> None:
    """It ends well, with neither successor nor dead letter."""
    replay = publish(PLAN, **{step: stops("cancelled", "the job was cancelled")})
    assert names(replay)[-1] == "end_job"
    assert not {"start_successor", "dead_letter"} & set(names(replay))
    assert replay.error == ""
    assert replay.output["status"] == "cancelled"
    assert replay.calls["end_job"][0]["outcome"]["status"] == "cancelled"


def test_a_dead_letter_that_cannot_be_written_hides_no_reason() -> None:
    """The job ends with why it failed, in short, after all attempts at the letter."""
    replay = publish(
        PLAN,
        make_storyboard=fails("make_storyboard", text="disk full"),
        dead_letter=fails("dead_letter", "StorageFailed", "503 Server Busy"),
    )
    assert len(replay.calls["dead_letter"]) == 6
    assert replay.error == "make_storyboard: ToolFailed: disk full"


def test_an_end_that_cannot_be_recorded_stays_what_it_is() -> None:
    """A refused, overtaken or cancelled job stays that, with or without its letter."""
    broken = {name: fails(name, "StorageFailed", "503") for name in ("dead_letter", "end_job")}
    for step, answer, ended in (
        ("probe_source", reply(REFUSED), "refused"),
        ("plan_job", stops("superseded"), "superseded"),
        ("plan_job", stops("cancelled"), "cancelled"),
    ):
        replay = publish(PLAN, **{step: answer}, **broken)
        assert replay.error == ""
        assert replay.output["status"] == ended
        assert len(replay.output["warnings"]) == 1


def test_a_mistake_of_ours_is_told_with_its_type() -> None:
    """An answer that nobody understands ends the job with a letter, not in a loop."""
    replay = publish(PLAN, plan_job=reply({"rungs": []}))
    assert replay.calls["dead_letter"][0]["outcome"]["detail"].startswith("ValidationError: ")
    assert replay.error.startswith("ValidationError: ")
