"""From an upload to playback, as numbered steps."""

from __future__ import annotations

import azure.durable_functions as df

from orchestrators.purging import purge
from orchestrators.replay_log import log
from orchestrators.stages import StageClock
from orchestrators.steps import JobStopped, Steps, call, reason_of
from transcoding.errors import NotConformant, VodError
from transcoding.job import paths
from transcoding.job.messages import (
    Ending,
    Filed,
    Job,
    Outcome,
    Published,
    PurgeState,
    Refused,
    Reply,
    Stop,
    Verdict,
)
from transcoding.plan.lanes import lanes_of
from transcoding.plan.plan import Plan, Planning, Probed
from transcoding.reporting.status import CustomStatus, Phase
from transcoding.source.measured import Measured

blueprint = df.Blueprint()

_MAX_PLANS = 3
"""A job is planned anew twice: for another encoder, which a unit of a later plan asks for at its
last attempt only, and for damage, which is no reason to fail a job that met another encoder."""
_MAX_PASSES = 2
"""Chunks that are not stored as they were encoded are encoded once more."""
_RANKED = ("superseded", "cancelled", "failed", "plan_again", "encode_again")
"""Why lanes stop, by what counts first: nothing is mended for a job that has no future, and a
superseded one has to see to its successor."""


@blueprint.orchestration_trigger(context_name="context")
def publish_video(context: df.DurableOrchestrationContext) -> Steps:
    """Publish one upload; a failed job leaves a dead letter and ends as failed."""
    job = Job.from_json(context.get_input())
    clock = StageClock(context)
    try:
        made = yield from _make(context, job, clock)
    except JobStopped as stopped:
        outcome = yield from _end_stopped(context, job, stopped.stop, clock)
    except Exception as failure:  # the SDK raises every failed activity as a plain Exception
        outcome = yield from _fail(context, job, reason_of(failure), clock)
        is_told = type(failure) is Exception or isinstance(failure, VodError)
        if outcome.status == "failed" and not is_told:
            # A mistake of ours is told with its traceback.
            raise RuntimeError(outcome.detail) from failure
    else:
        if isinstance(made, Refused):
            outcome = yield from _refuse(context, job, made, clock)
        else:
            outcome = yield from _after_publishing(context, job, made.number, clock)
    log(context, "job ended: %s", outcome.status)
    if outcome.status == "failed":
        # The host's own text is kilobytes of noise.
        raise RuntimeError(outcome.detail) from None
    return outcome.to_json()


def _make(context: df.DurableOrchestrationContext, job: Job, clock: StageClock) -> Steps:
    """Bring the upload to where its video is live; return Published, or Refused."""
    # 1 what was uploaded
    _enter(context, clock, "probing")
    probed = Probed.from_json((yield from call(context, "probe_source", job)))
    if probed.source is None:
        return probed.refused

    # 2 what only looking at the media tells
    _enter(context, clock, "measuring")
    measured = Measured.from_json((yield from call(context, "measure_source", probed)))

    planning = Planning(job=job, source=probed.source, measured=measured)
    while True:
        try:
            return (yield from _make_planned(context, planning, clock))
        except JobStopped as stopped:
            if stopped.stop.why != "plan_again" or planning.round + 1 == _MAX_PLANS:
                raise
            log(context, "planned anew: %s", stopped.stop.detail)
            planning = planning.model_copy(update={"round": planning.round + 1})


def _make_planned(
    context: df.DurableOrchestrationContext, planning: Planning, clock: StageClock
) -> Steps:
    """Plan, and go over the plan's steps until its video is live; return Published."""
    # 3 what to make of it; recorded in history
    _enter(context, clock, "planning")
    plan = Plan.from_json((yield from call(context, "plan_job", planning)))

    while True:
        try:
            yield from _produce(context, plan, clock)

            # 8 a numbered release, manifests last: now the video is live
            _enter(context, clock, "publishing")
            return Published.from_json((yield from call(context, "publish_release", plan)))
        except JobStopped as stopped:
            number = plan.pass_number + 1
            if stopped.stop.why != "encode_again" or number == _MAX_PASSES:
                raise
            log(context, "encoded again: %s", stopped.stop.detail)
            plan = plan.model_copy(update={"pass_number": number})


def _produce(context: df.DurableOrchestrationContext, plan: Plan, clock: StageClock) -> Steps:
    """Make and check everything that a release refers to; what is done already is skipped."""
    # 4 every unit, in lanes
    _enter(context, clock, "encoding")
    yield from _encode(context, plan)

    # 5 what is stored is what was encoded; what is not is taken away, and encoded again
    yield from call(context, "collect_chunks", plan)

    # 6 pictures, of what was encoded
    if plan.poster:
        yield from call(context, "make_poster", plan)
    if plan.storyboard:
        yield from call(context, "make_storyboard", plan)

    # 7 nothing goes live that breaks a MUST
    _enter(context, clock, "verifying")
    yield from call(context, "write_playlists", plan)
    verdict = Verdict.from_json((yield from call(context, "verify_outputs", plan)))
    if verdict.failed:
        raise NotConformant(
            f"{len(verdict.failed)} of {verdict.checked} rules are broken",
            on=plan.job.name,
            advice="; ".join(verdict.failed)[:800],
        )


def _encode(context: df.DurableOrchestrationContext, plan: Plan) -> Steps:
    """Run all lanes of a plan to their ends, or to the first that fails.

    Of lanes that were stopped for several reasons the one that counts most has the word.

    What a failed lane leaves running ends with the job's dead letter, which cancels the run. Ids
    carry the run: a replay never collides with what is left of the run before.
    """
    prefix = f"{context.instance_id}:{plan.job.run_id}:{plan.round}.{plan.pass_number}"
    replies = yield context.task_all(
        [
            context.call_sub_orchestrator(
                "encode_lane", lane.to_json(), instance_id=f"{prefix}.{lane.lane}"
            )
            for lane in lanes_of(plan)
        ]
    )
    stops = [stop for reply in replies if (stop := Reply.from_json(reply).stop)]
    if stops:
        raise JobStopped(min(stops, key=lambda stop: _RANKED.index(stop.why)))


def _after_publishing(
    context: df.DurableOrchestrationContext,
    job: Job,
    number: int,
    clock: StageClock,
    *,
    warnings: tuple[str, ...] = (),
) -> Steps:
    """Do what is left once a release is live: nothing here turns the outcome into a failure."""
    # 9 the stable names only; a failing purge never un-publishes
    _enter(context, clock, "purging")
    purged: PurgeState = yield from purge(context, job)
    if purged.status == "failed":
        warnings = (*warnings, f"the purge failed: {purged.detail}")

    # 10 report and telemetry, which tell of the stages before
    outcome = Outcome(
        status="published",
        name=job.name,
        release=number,
        master_path=paths.stable(job.name, paths.MASTER),
        manifest_path=paths.stable(job.name, paths.MANIFEST),
        purge=f"{purged.status}: {purged.detail}",
        warnings=warnings,
        stages=clock.finish(),
    )
    _enter(context, clock, "recording")
    return (yield from _record(context, job, outcome))


def _end_stopped(
    context: df.DurableOrchestrationContext, job: Job, stop: Stop, clock: StageClock
) -> Steps:
    """End a job that a step has stopped; a superseded one makes sure that it has a successor."""
    if stop.why not in ("superseded", "cancelled"):
        return (yield from _fail(context, job, stop.detail, clock))
    status = "superseded" if stop.why == "superseded" else "cancelled"
    outcome = Outcome(status=status, name=job.name, detail=stop.detail, stages=clock.finish())
    if status == "superseded":
        outcome = yield from _try(context, "start_successor", job, outcome)
    return (yield from _record(context, job, outcome))


def _fail(
    context: df.DurableOrchestrationContext, job: Job, detail: str, clock: StageClock
) -> Steps:
    """Leave a dead letter; where the job's release is live after all, it has not failed."""
    log(context, "job failed at %s: %s", clock.current or "start", detail)
    outcome = Outcome(status="failed", name=job.name, detail=detail, stages=clock.finish())
    try:
        ending = Ending(job=job, outcome=outcome)
        filed = Filed.from_json((yield from call(context, "dead_letter", ending)))
    except Exception as failure:  # as above; the job's own reason is what counts
        log(context, "no dead letter could be written: %s", reason_of(failure))
        return outcome
    if not filed.live:
        return outcome
    warnings = (f"the job went on to fail: {detail}",)
    return (yield from _after_publishing(context, job, filed.live, clock, warnings=warnings))


def _refuse(
    context: df.DurableOrchestrationContext, job: Job, refused: Refused, clock: StageClock
) -> Steps:
    outcome = Outcome(
        status="refused",
        name=job.name,
        detail=f"{refused.reason}: {refused.advice}",
        stages=clock.finish(),
    )
    return (yield from _try(context, "dead_letter", Ending(job=job, outcome=outcome), outcome))


def _record(context: df.DurableOrchestrationContext, job: Job, outcome: Outcome) -> Steps:
    return (yield from _try(context, "end_job", Ending(job=job, outcome=outcome), outcome))


def _try(
    context: df.DurableOrchestrationContext, name: str, message: Job | Ending, outcome: Outcome
) -> Steps:
    """Call a step that cannot change how the job ended; where it fails, the outcome tells of it."""
    try:
        yield from call(context, name, message)
    except Exception as failure:  # as above
        warning = f"{name} failed: {reason_of(failure, step=name)}"
        log(context, "%s", warning)
        return outcome.model_copy(update={"warnings": (*outcome.warnings, warning)})
    return outcome


def _enter(context: df.DurableOrchestrationContext, clock: StageClock, phase: Phase) -> None:
    clock.enter(phase)
    context.set_custom_status(CustomStatus(phase=phase).to_json())
    log(context, "phase: %s", phase)
