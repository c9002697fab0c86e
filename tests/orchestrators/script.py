"""Scripted answers of activities for orchestrators under replay."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from orchestrators.encode_renditions import encode_renditions
from orchestrators.publish_video import publish_video
from tests.orchestrators.replay import ActivityFails, Answer, Replay, host_text
from transcoding.job.messages import PurgeState, Reply, UnitDone, Verdict
from transcoding.plan.plan import Plan, Probed


def reply(value: Any = None, stopped: str = "") -> Answer:
    """Answer every call with the same Reply."""
    value = value.to_json() if hasattr(value, "to_json") else value
    return lambda _: Reply(value=value, stopped=stopped).to_json()


def fails(activity: str, error: str = "ToolFailed", text: str = "encode chunk 1") -> Answer:
    """Fail every call as the host reports it."""

    def answer(_: Any) -> Any:
        raise ActivityFails(host_text(activity, error, text))

    return answer


def publishing(plan: Plan, **changes: Answer | list[Answer]) -> dict[str, Answer | list[Answer]]:
    """Return the answers of a job that goes well, with these changes."""
    done = reply(UnitDone(encoded=1, skipped=0))
    answers: dict[str, Answer | list[Answer]] = {
        "probe_source": reply(Probed(job=plan.job, source=plan.source)),
        "plan_job": reply(plan),
        "encode_audio": done,
        "make_poster": done,
        "make_storyboard": done,
        "encode_renditions": reply(),
        "write_playlists": done,
        "verify_outputs": reply(Verdict(checked=60, failed=())),
        "publish_manifests": done,
        "purge_cdn": reply(PurgeState(status="not_configured", detail="no Front Door")),
        "record_outcome": done,
        "dead_letter": done,
    }
    return answers | changes


def publish(plan: Plan, answers: dict[str, Answer | list[Answer]]) -> Replay:
    """Run publish_video for the plan's job to its end."""
    return Replay(handle(publish_video), plan.job.to_json(), answers).run()


def encode_group(plan: Plan, keys: tuple[str, ...], *answers: Answer) -> Replay:
    """Run encode_renditions for these rungs to its end."""
    message = {"plan": plan.to_json(), "rung_keys": list(keys)}
    return Replay(handle(encode_renditions), message, {"encode_chunk": list(answers)}).run()


def handle(registered: Any) -> Callable[[str], str]:
    """Return what the worker calls for an orchestrator that is registered by a decorator."""
    function: Callable[[str], str] = registered
    return function


def names(replay: Replay) -> list[str]:
    """Return the names that were scheduled, in order; timers are "timer"."""
    return [action.get("functionName", "timer") for action in replay.actions]


def inputs(replay: Replay, name: str) -> list[Any]:
    """Return the inputs of all actions of a name."""
    return [
        json.loads(action["input"])
        for action in replay.actions
        if action.get("functionName") == name
    ]
