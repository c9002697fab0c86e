"""From an upload to playback, as numbered steps."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from orchestrators.replay_log import log
from orchestrators.retries import ENCODING, PURGE, STORAGE, Backoff
from orchestrators.stages import StageClock
from transcoding.errors import NotConformant, StorageFailed, Superseded, VodError
from transcoding.job import paths
from transcoding.job.failure_text import MAX_TEXT_LENGTH, read_failure
from transcoding.job.messages import (
    Ending,
    Job,
    Outcome,
    Purge,
    PurgeState,
    Refused,
    Reply,
    Verdict,
)
from transcoding.plan.plan import AudioUnit, Plan, Probed, RungGroup
from transcoding.reporting.status import CustomStatus, Phase

blueprint = df.Blueprint()

Steps = Generator[Any, Any, Any]
_MAX_PURGE_POLLS = 60


@blueprint.orchestration_trigger(context_name="context")
def publish_video(context: df.DurableOrchestrationContext) -> Steps:
    """Publish one upload; a failed job leaves a dead letter and ends as failed."""
    job = Job.from_json(context.get_input())
    clock = StageClock(context)
    try:
        outcome = yield from _publish(context, job, clock)
    except Superseded as overtaken:
        outcome = Outcome(
            status="superseded", name=job.name, detail=str(overtaken), stages=clock.finish()
        )
        ending = Ending(job=job, outcome=outcome)
        yield from _tolerate(context, _call(context, "record_outcome", STORAGE, ending))
    except Exception as failure:  # the SDK raises every failed activity as a plain Exception
        detail = _reason(failure)
        log(context, "job failed at %s: %s", clock.current or "start", detail)
        outcome = Outcome(status="failed", name=job.name, detail=detail, stages=clock.finish())
        ending = Ending(job=job, outcome=outcome)
        yield from _tolerate(context, _call(context, "dead_letter", STORAGE, ending))
        # The host's own text is kilobytes of noise; a mistake of ours is told with its traceback.
        raise RuntimeError(detail) from (None if type(failure) is Exception else failure)
    log(context, "job ended: %s", outcome.status)
    return outcome.to_json()


def _reason(failure: Exception) -> str:
    """Return in short why a job failed: its activity's own words, or those of a mistake here."""
    if isinstance(failure, VodError):
        return str(failure)
    if type(failure) is not Exception:
        return f"{type(failure).__name__}: {failure}"[:MAX_TEXT_LENGTH]
    told = read_failure(str(failure))
    return ": ".join(filter(None, (told.step, told.error, told.text)))


def _tolerate(context: df.DurableOrchestrationContext, recording: Steps) -> Steps:
    """Record how a job ended; where that fails too, the job's own reason is what counts."""
    try:
        yield from recording
    except Exception as failure:  # as above
        log(context, "how the job ended was not recorded: %s", _reason(failure))


def _publish(context: df.DurableOrchestrationContext, job: Job, clock: StageClock) -> Steps:
    # 1 what was uploaded
    _enter(context, clock, "probing")
    probed = Probed.from_json((yield from _call(context, "probe_source", STORAGE, job)))
    if probed.refused:
        return (yield from _refuse(context, job, probed.refused, clock))

    # 2 what to make of it; recorded in history
    _enter(context, clock, "planning")
    plan = Plan.from_json((yield from _call(context, "plan_job", STORAGE, probed)))

    for child in ("group", "again"):
        # 3 everything at once: audio and the lowest rungs are scheduled first; then the stills, of
        # what was encoded
        _enter(context, clock, "encoding", groups_total=len(plan.groups))
        yield from _encode(context, plan, child)
        yield from _call(context, "make_poster", ENCODING, plan)
        yield from _call(context, "make_storyboard", ENCODING, plan)

        # 4 nothing goes live that breaks a MUST; chunks that two attempts have mixed up are encoded
        # once more
        _enter(context, clock, "verifying")
        yield from _call(context, "write_playlists", STORAGE, plan)
        verdict = Verdict.from_json((yield from _call(context, "verify_outputs", STORAGE, plan)))
        if not verdict.undone:
            break
    if verdict.undone:
        raise StorageFailed(
            f"{verdict.undone} chunks are not stored as they were encoded",
            on=job.name,
            advice="replay the job",
        )
    if verdict.failed:
        raise NotConformant(
            f"{len(verdict.failed)} of {verdict.checked} rules are broken",
            on=job.name,
            advice="; ".join(verdict.failed)[:800],
        )

    # 5 manifests last: now the video is live
    _enter(context, clock, "publishing")
    yield from _call(context, "publish_manifests", STORAGE, plan)

    # 6 the stable names only; a failing purge never un-publishes
    _enter(context, clock, "purging")
    purge = yield from _purge(context, job)

    # 7 report, telemetry; report.json comes last of all files and so tells that the job has ended
    outcome = Outcome(
        status="published",
        name=job.name,
        master_path=paths.stable(job.name, paths.MASTER),
        manifest_path=paths.stable(job.name, paths.MANIFEST),
        purge=purge,
        stages=clock.finish(),
    )
    _enter(context, clock, "recording")
    yield from _call(context, "record_outcome", STORAGE, Ending(job=job, outcome=outcome))
    return outcome


def _encode(context: df.DurableOrchestrationContext, plan: Plan, child: str) -> Steps:
    """Encode audio and all rung groups side by side; tell of each group that is done.

    Args:
        child: names the sub-orchestrations of this round.
    """
    units = [
        AudioUnit(job=plan.job, video_start_s=plan.source.video.first_picture_s, audio=audio)
        for audio in plan.audio
    ]
    singles = [
        context.call_activity_with_retry("encode_audio", ENCODING, unit.to_json()) for unit in units
    ]
    groups = [
        context.call_sub_orchestrator(
            "encode_renditions",
            RungGroup(plan=plan, rung_keys=keys).to_json(),
            instance_id=f"{context.instance_id}:{child}-{number}",
        )
        for number, keys in enumerate(plan.groups)
    ]
    pending = [*singles, *groups]
    while pending:
        finished = yield context.task_any(pending)
        if isinstance(finished.result, Exception):
            raise finished.result
        _check_reply(finished.result)
        pending = [task for task in pending if task is not finished]
        groups_done = sum(group not in pending for group in groups)
        _set_status(context, "encoding", groups_done, len(groups))


def _purge(context: df.DurableOrchestrationContext, job: Job) -> Steps:
    """Start the purge and ask after it with durable timers; return how it went, in words."""
    token = ""
    try:
        for _ in range(_MAX_PURGE_POLLS):
            request = Purge(job=job, token=token)
            state = PurgeState.from_json((yield from _call(context, "purge_cdn", PURGE, request)))
            if state.status != "running":
                return f"{state.status}: {state.detail}"
            token = state.token
            wait = timedelta(seconds=max(1, state.wait_s))
            yield context.create_timer(context.current_utc_datetime + wait)
    except Exception as failure:  # as above: failed activities are plain Exceptions
        return f"failed: {read_failure(str(failure)).text}"
    return "failed: Front Door had not finished when the job stopped asking"


def _refuse(
    context: df.DurableOrchestrationContext, job: Job, refused: Refused, clock: StageClock
) -> Steps:
    outcome = Outcome(
        status="refused",
        name=job.name,
        detail=f"{refused.reason}: {refused.advice}",
        stages=clock.finish(),
    )
    ending = Ending(job=job, outcome=outcome)
    yield from _tolerate(context, _call(context, "dead_letter", STORAGE, ending))
    return outcome


def _call(
    context: df.DurableOrchestrationContext, name: str, policy: Backoff, message: Any
) -> Steps:
    reply = yield context.call_activity_with_retry(name, policy, message.to_json())
    return _check_reply(reply)


def _check_reply(reply: Any) -> Any:
    answer = Reply.from_json(reply)
    if answer.stopped:
        raise Superseded(answer.stopped)
    return answer.value


def _enter(
    context: df.DurableOrchestrationContext,
    clock: StageClock,
    phase: Phase,
    groups_total: int = 0,
) -> None:
    clock.enter(phase)
    _set_status(context, phase, 0, groups_total)
    log(context, "phase: %s", phase)


def _set_status(
    context: df.DurableOrchestrationContext, phase: Phase, groups_done: int, groups_total: int
) -> None:
    status = CustomStatus(phase=phase, groups_done=groups_done, groups_total=groups_total)
    context.set_custom_status(status.to_json())
