"""publish_video under the real executor, from history to actions."""

from __future__ import annotations

import json

from tests.orchestrators.script import fails, inputs, names, publish, publishing, reply
from tests.transcoding.builders import a_plan
from transcoding.job.messages import PurgeState, RefusalCode, Refused, Verdict
from transcoding.plan.plan import Probed

PLAN = a_plan(chunk_s=10)


def test_a_job_that_goes_well_takes_its_steps_in_order() -> None:
    """Probe, plan, everything at once, storyboard, gate, manifests, purge, record."""
    replay = publish(PLAN, publishing(PLAN))
    assert names(replay) == [
        "probe_source",
        "plan_job",
        "encode_audio",
        *["encode_renditions"] * 9,
        "make_poster",
        "make_storyboard",
        "write_playlists",
        "verify_outputs",
        "publish_manifests",
        "purge_cdn",
        "record_outcome",
    ]
    assert replay.output["status"] == "published"
    assert replay.output["master_path"] == "holiday/beach.mp4/master.m3u8"
    assert replay.output["purge"] == "not_configured: no Front Door"


def test_the_lowest_rung_is_scheduled_first() -> None:
    """What makes an early start possible is at the head of the queue."""
    groups = inputs(publish(PLAN, publishing(PLAN)), "encode_renditions")
    assert groups[0]["rung_keys"][0].startswith("h264-416x234-145k-")
    assert groups[-1]["rung_keys"][0].startswith("h264-1920x1080-7800k-")


def test_children_have_readable_ids() -> None:
    """A child's id is its parent's and its number."""
    replay = publish(PLAN, publishing(PLAN))
    ids = [a["instanceId"] for a in replay.actions if a["functionName"] == "encode_renditions"]
    assert ids[0] == "clip-mp4-0123456789abcdef01234567:group-0"
    assert len(set(ids)) == 9


def test_status_tells_phase_and_groups_and_stays_small() -> None:
    """Each finished group shows; no status is near 4 KB."""
    replay = publish(PLAN, publishing(PLAN))
    seen = [(s["phase"], s["groups_done"]) for s in replay.statuses if s]
    assert seen[0] == ("probing", 0)
    assert [done for phase, done in seen if phase == "encoding"] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert [phase for phase, _ in seen][-4:] == ["verifying", "publishing", "purging", "recording"]
    assert max(len(json.dumps(status)) for status in replay.statuses) < 100


def test_probing_and_publishing_are_retried_like_storage() -> None:
    """2 s, doubling, a minute at most, six attempts."""
    replay = publish(PLAN, publishing(PLAN))
    policies = {a["functionName"]: a["retryOptions"] for a in replay.actions if "retryOptions" in a}
    assert policies["publish_manifests"] == {
        "firstRetryIntervalInMilliseconds": 2000,
        "maxNumberOfAttempts": 6,
        "backoffCoefficient": 2,
        "maxRetryIntervalInMilliseconds": 60000,
    }
    assert policies["purge_cdn"] == {
        "firstRetryIntervalInMilliseconds": 10000,
        "maxNumberOfAttempts": 5,
        "backoffCoefficient": 3,
        "maxRetryIntervalInMilliseconds": 300000,
    }


def test_a_retry_of_the_audio_succeeds_beside_nine_groups() -> None:
    """A failure among many pending tasks is retried and the job ends well."""
    fine = publishing(PLAN)["encode_audio"]
    assert not isinstance(fine, list)
    answers = publishing(PLAN, encode_audio=[fails("encode_audio"), fine])
    replay = publish(PLAN, answers)
    assert replay.output["status"] == "published"
    assert len(replay.calls["encode_audio"]) == 2


def test_a_refused_upload_gets_a_dead_letter_and_no_plan() -> None:
    """Refusal is an outcome, not an error: the instance completes."""
    refused = Refused(
        code=RefusalCode.NO_VIDEO, reason="the file has no video track", advice="upload a video"
    )
    replay = publish(
        PLAN, publishing(PLAN, probe_source=reply(Probed(job=PLAN.job, refused=refused)))
    )
    assert names(replay) == ["probe_source", "dead_letter"]
    assert replay.error == ""
    assert replay.output["status"] == "refused"
    assert replay.output["detail"] == "the file has no video track: upload a video"


def test_an_exhausted_retry_leaves_a_dead_letter_and_fails_the_job() -> None:
    """The dead letter names step, class and text; host internals are gone."""
    answers = publishing(PLAN, make_storyboard=fails("make_storyboard", text="disk full"))
    replay = publish(PLAN, answers)
    assert len(replay.calls["make_storyboard"]) == 4
    assert names(replay)[-1] == "dead_letter"
    letter = replay.calls["dead_letter"][0]["outcome"]
    assert letter["status"] == "failed"
    assert letter["detail"] == "make_storyboard: ToolFailed: disk full"
    assert "$type" not in replay.error
    assert "make_storyboard: ToolFailed: disk full" in replay.error


def test_a_failed_group_fails_the_job_without_waiting_for_the_others() -> None:
    """The text of a nested failure is read through the sub-orchestrator's."""
    fine = publishing(PLAN)["encode_renditions"]
    assert not isinstance(fine, list)
    broken = fails("encode_chunk", text="chunk 3 stalled")
    replay = publish(PLAN, publishing(PLAN, encode_renditions=[fine, broken, fine]))
    assert replay.calls["dead_letter"][0]["outcome"]["detail"] == (
        "encode_chunk: ToolFailed: chunk 3 stalled"
    )
    assert "verify_outputs" not in names(replay)


def test_a_broken_rule_stops_the_publish() -> None:
    """Nothing goes live that fails a MUST."""
    verdict = Verdict(checked=60, failed=("HLS 7.4: segment 3 starts without an IDR",))
    replay = publish(PLAN, publishing(PLAN, verify_outputs=reply(verdict)))
    assert "publish_manifests" not in names(replay)
    assert "segment 3 starts without an IDR" in replay.error


def test_a_replaced_source_ends_the_job_as_superseded() -> None:
    """An overtaken job ends well, publishes nothing and leaves no dead letter."""
    stop = reply(stopped="the source was replaced by a newer upload while its job ran")
    replay = publish(PLAN, publishing(PLAN, encode_renditions=stop))
    assert replay.output["status"] == "superseded"
    assert "publish_manifests" not in names(replay)
    assert names(replay)[-1] == "record_outcome"


def test_a_running_purge_is_asked_after_with_timers() -> None:
    """The token of the first answer comes back after a durable timer."""
    running = reply(PurgeState(status="running", detail="", token="t1", wait_s=10))
    done = reply(PurgeState(status="done", detail="5 paths"))
    replay = publish(PLAN, publishing(PLAN, purge_cdn=[running, running, done]))
    steps = names(replay)
    first = steps.index("purge_cdn")
    assert steps[first : first + 5] == ["purge_cdn", "timer", "purge_cdn", "timer", "purge_cdn"]
    assert [call["token"] for call in replay.calls["purge_cdn"]] == ["", "t1", "t1"]
    assert replay.output["purge"] == "done: 5 paths"


def test_a_purge_that_fails_never_unpublishes() -> None:
    """The video stays published; the outcome says what is wrong with the purge."""
    answers = publishing(PLAN, purge_cdn=fails("purge_cdn", "PurgeFailed", "no such endpoint"))
    replay = publish(PLAN, answers)
    assert replay.error == ""
    assert replay.output["status"] == "published"
    assert replay.output["purge"] == "failed: no such endpoint"


def test_a_chunk_that_two_attempts_mixed_up_is_encoded_once_more() -> None:
    """The gate makes it undone; a second round encodes what is undone, and then it is published."""
    mixed = reply(Verdict(checked=0, failed=(), undone=1))
    fine = reply(Verdict(checked=60, failed=()))
    replay = publish(PLAN, publishing(PLAN, verify_outputs=[mixed, fine]))
    assert names(replay).count("encode_renditions") == 18
    assert names(replay).count("publish_manifests") == 1
    assert replay.output["status"] == "published"
    ids = [action["instanceId"] for action in replay.actions if "instanceId" in action]
    assert len(set(ids)) == len(ids) == 18


def test_chunks_that_stay_mixed_up_fail_the_job() -> None:
    """Two rounds are enough to see that something else is wrong."""
    mixed = reply(Verdict(checked=0, failed=(), undone=3))
    replay = publish(PLAN, publishing(PLAN, verify_outputs=mixed))
    assert names(replay).count("verify_outputs") == 2
    assert "publish_manifests" not in names(replay)
    assert "3 chunks are not stored as they were encoded" in replay.error


def test_a_dead_letter_that_cannot_be_written_hides_no_reason() -> None:
    """The job ends with why it failed, in short, after all attempts at the letter."""
    replay = publish(
        PLAN,
        publishing(
            PLAN,
            make_storyboard=fails("make_storyboard", text="disk full"),
            dead_letter=fails("dead_letter", "StorageFailed", "503 Server Busy"),
        ),
    )
    assert len(replay.calls["dead_letter"]) == 6
    assert "make_storyboard: ToolFailed: disk full" in replay.error
    assert "Server Busy" not in replay.error


def test_an_end_that_cannot_be_recorded_stays_what_it_is() -> None:
    """A refused upload is refused, an overtaken job superseded, with or without their letters."""
    refused = Refused(code=RefusalCode.NO_VIDEO, reason="no video", advice="upload one")
    for answers, ended in (
        ({"probe_source": reply(Probed(job=PLAN.job, refused=refused))}, "refused"),
        ({"plan_job": reply(stopped="it was replaced")}, "superseded"),
    ):
        broken = {name: fails(name, "StorageFailed") for name in ("dead_letter", "record_outcome")}
        replay = publish(PLAN, publishing(PLAN, **answers, **broken))
        assert replay.error == ""
        assert replay.output["status"] == ended


def test_a_mistake_of_ours_is_told_with_its_type() -> None:
    """An answer that nobody understands ends the job with a letter, not in a loop."""
    replay = publish(PLAN, publishing(PLAN, plan_job=reply({"rungs": []})))
    assert replay.calls["dead_letter"][0]["outcome"]["detail"].startswith("ValidationError: ")
    assert "ValidationError" in replay.error
