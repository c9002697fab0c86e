"""Scripted answers of activities for orchestrators under replay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orchestrators.encode_lane import encode_lane
from orchestrators.publish_video import publish_video
from tests.orchestrators.replay import ActivityFails, Answer, Orchestrator, Replay, host_text
from transcoding.job.messages import (
    Done,
    Filed,
    Published,
    PurgeState,
    Reply,
    Stop,
    Successor,
    Verdict,
)
from transcoding.plan.lanes import LaneWork
from transcoding.plan.plan import Plan, Probed
from transcoding.source.measured import Measured
from transcoding.values import Value

Answers = dict[str, Answer | list[Answer]]


def reply(value: Value | dict[str, Any] | None = None) -> Answer:
    """Answer every call with this value."""
    plain = value.to_json() if isinstance(value, Value) else value
    return lambda _: Reply(value=plain).to_json()


def stops(why: str, detail: str = "for a reason") -> Answer:
    """Answer every call with a stop."""
    stop = Stop.model_validate({"why": why, "detail": detail})
    return lambda _: Reply(stop=stop).to_json()


def fails(activity: str, error: str = "ToolFailed", text: str = "encode chunk 1") -> Answer:
    """Fail every call as the host reports it."""

    def answer(_: Any) -> Any:
        raise ActivityFails(host_text("Activity", activity, f"{error}: {text}"))

    return answer


def lane_fails(text: str) -> Answer:
    """Fail a lane that is answered, as the host reports the failure of its orchestrator."""

    def answer(_: Any) -> Any:
        raise ActivityFails(host_text("Orchestrator", "encode_lane", text))

    return answer


def publishing(plan: Plan, **changes: Answer | list[Answer]) -> Answers:
    """Return the answers of a job that goes well, with these changes."""
    done = reply(Done(done=1))
    answers: Answers = {
        "probe_source": reply(Probed(job=plan.job, source=plan.source)),
        "measure_source": reply(Measured()),
        "plan_job": lambda planning: Reply(
            value=plan.model_copy(update={"round": planning["round"]}).to_json()
        ).to_json(),
        "encode_lane": reply(),
        "encode_unit": done,
        "collect_chunks": done,
        "make_poster": done,
        "make_storyboard": done,
        "write_playlists": done,
        "verify_outputs": reply(Verdict(checked=60, failed=())),
        "publish_release": reply(Published(number=3)),
        "purge_cdn": reply(PurgeState(status="not_configured", detail="no Front Door")),
        "end_job": reply(Filed(path="holiday/beach.mp4/report.json")),
        "dead_letter": reply(Filed(path="holiday/beach.mp4/clip.json")),
        "start_successor": reply(Successor(etag="0x8DD")),
    }
    return answers | changes


def publish(plan: Plan, **changes: Answer | list[Answer]) -> Replay:
    """Run publish_video for the plan's job to its end; its lanes are answered, not run.

    Args:
        changes: to the answers of a job that goes well.
    """
    return job_of(plan, **changes).run()


def publish_in_lanes(plan: Plan, **changes: Answer | list[Answer]) -> Replay:
    """Run publish_video and all its lanes, taking turns, to the job's end."""
    replay = job_of(plan, **changes)
    replay.runs = {"encode_lane": handle(encode_lane)}
    return replay.run()


def job_of(plan: Plan, **changes: Answer | list[Answer]) -> Replay:
    """Return publish_video for the plan's job, not begun yet."""
    return Replay(
        handle(publish_video),
        plan.job.to_json(),
        publishing(plan, **changes),
        instance_id=plan.job.instance_id,
    )


def lane(work: LaneWork, encode_unit: Answer | list[Answer]) -> Replay:
    """Run encode_lane to its end."""
    answers: Mapping[str, Answer | list[Answer]] = {"encode_unit": encode_unit}
    return Replay(handle(encode_lane), work.to_json(), answers).run()


def handle(registered: Any) -> Orchestrator:
    """Return what the worker calls for an orchestrator that is registered by a decorator."""
    function: Orchestrator = registered
    return function


def names(replay: Replay) -> list[str]:
    """Return the names that were scheduled, in order; timers are "timer"."""
    return [action.get("functionName", "timer") for action in replay.actions]


def child_ids(replay: Replay) -> list[str]:
    """Return the ids of all sub-orchestrations, in order."""
    return [action["instanceId"] for action in replay.actions if "instanceId" in action]


def policies(replay: Replay) -> dict[str, dict[str, Any]]:
    """Return the retry options of each activity as the host gets them."""
    return {a["functionName"]: a["retryOptions"] for a in replay.actions if "retryOptions" in a}


def largest_status_bytes(replay: Replay) -> int:
    """Return the size of the largest custom status, as the host counts it."""
    return max(len(json.dumps(status).encode("utf-16-le")) for status in replay.statuses)
