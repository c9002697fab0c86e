"""What every step does around its own work: reads its message, span, reply, note of its failure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from adapters.redaction import redact
from adapters.services import Services, services
from adapters.telemetry import activity_span
from transcoding.errors import (
    Cancelled,
    EncodeAgain,
    Permanent,
    PlanAgain,
    Stopped,
    StorageFailed,
    Superseded,
    ToolFailed,
    VodError,
)
from transcoding.job.events import StepFailed, StepRetried
from transcoding.job.messages import Job, Reply, Stop
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitFailure
from transcoding.plan.lanes import UnitName
from transcoding.values import Value

_log = logging.getLogger("durable_vod.activity")

_Message = TypeVar("_Message", bound=Value)


def run_step(
    name: str,
    message: Mapping[str, Any],
    kind: type[_Message],
    body: Callable[[Services, _Message], Value],
    make_services: Callable[[], Services] = services,
) -> dict[str, Any]:
    """Do a step's work and return its Reply as JSON.

    Args:
        message: JSON of a `kind`, which is a Job or has one as `job`.
        make_services: gives what the step works with; the worker's own unless given.

    Raises:
        VodError: the message cannot be read. That is noted in the job's work folder, if it tells
            the job.
        Exception: as `perform`.
    """
    try:
        tools = make_services()
    except Permanent as error:
        return _stop(error)
    return perform(tools, name, _read(tools, name, message, kind), body)


def _read(tools: Services, name: str, message: Mapping[str, Any], kind: type[_Message]) -> _Message:
    try:
        return kind.from_json(message)
    except ValidationError as error:
        # The errors alone: the text also shows the values.
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:3]
        )
        unreadable = VodError(
            f"the message of {name} cannot be read: {wrong}",
            advice="replay the job once all workers run the same version",
        )
        job = _job_of(message)
        if job:
            _note_failure(tools, job, _Step(name, name), unreadable)
        raise unreadable from None


def perform(
    tools: Services, name: str, message: _Message, body: Callable[[Services, _Message], Value]
) -> dict[str, Any]:
    """Do a step's work and return its Reply as JSON.

    That the job cannot go on as it is, and a failure that no retry can mend, are answers:
    retrying is no use. Everything else is written to the job's work folder in full, with the
    command and what it said, and raised for the host to retry. That note also tells the next
    attempt that it is one.

    The host keeps the text of what is raised; read URLs and keys are cut out of it.

    Whatever became of it, events that were told are kept before the host hears of the end: the
    instance may be gone right after.
    """
    try:
        return _attempt(tools, name, message, body)
    finally:
        tools.events.settle()


def _attempt(
    tools: Services, name: str, message: _Message, body: Callable[[Services, _Message], Value]
) -> dict[str, Any]:
    job = message if isinstance(message, Job) else message.job  # type: ignore[attr-defined]
    step = _Step(name, message.unit_id if isinstance(message, UnitName) else name)
    noted: UnitFailure | None = None
    try:
        with activity_span(name, job, unit=step.id):
            noted = _failed_before(tools, job, step)
            if noted:
                tools.events.tell(StepRetried(name))
            value = body(tools, message).to_json()
        if noted:
            _forget_failure(tools, job, step)
        return Reply(value=value).to_json()
    except Stopped as stop:
        _log.info("%s: %s stopped: %s", job.name, step.id, stop)
        if noted:
            _forget_failure(tools, job, step)
        return _stop(stop)
    except Permanent as error:
        _fail(tools, job, step, error)
        return _stop(error)
    except Exception as error:
        _fail(tools, job, step, error)
        if redact(str(error)) == str(error):
            raise
        raise VodError(f"{type(error).__name__} in {step.id}", advice=redact(str(error))) from None


class _Step(NamedTuple):
    """A step, and the name under which its failures are noted: that of a unit, or its own."""

    name: str
    id: str


_WHY: Mapping[type[VodError], str] = {
    Superseded: "superseded",
    Cancelled: "cancelled",
    PlanAgain: "plan_again",
    EncodeAgain: "encode_again",
}


def _stop(error: VodError) -> dict[str, Any]:
    why = _WHY.get(type(error), "failed")
    stop = Stop.model_validate({"why": why, "detail": redact(str(error))})
    return Reply(stop=stop).to_json()


def _failed_before(tools: Services, job: Job, step: _Step) -> UnitFailure | None:
    return tools.stores.notes.read_failure(WorkFolder.of(job), step.id)


def _forget_failure(tools: Services, job: Job, step: _Step) -> None:
    """Take the note of an earlier attempt away: nothing is tried again any more.

    What the step did is done, and told of: that it cannot be forgotten is no reason to repeat it.
    """
    try:
        tools.stores.notes.remove_failure(WorkFolder.of(job), step.id)
    except StorageFailed as failure:
        _log.warning("%s: the note of a failure of %s stays: %s", job.name, step.id, failure)


def _fail(tools: Services, job: Job, step: _Step, error: Exception) -> None:
    tools.events.tell(StepFailed(step.name, type(error).__name__))
    _note_failure(tools, job, step, error)


def _note_failure(tools: Services, job: Job, step: _Step, error: Exception) -> None:
    details = (
        {
            "command": tuple(map(redact, error.command)),
            "exit_code": error.exit_code,
            "stderr_tail": redact(error.stderr_tail),
        }
        if isinstance(error, ToolFailed)
        else {}
    )
    try:
        before = _failed_before(tools, job, step)
        failure = UnitFailure.model_validate(
            {
                "unit_id": step.id,
                "step": step.name,
                "attempt": before.attempt + 1 if before else 1,
                "failed_at": tools.clock.now(),
                "error": type(error).__name__,
                "message": redact(str(error)),
                **details,
            }
        )
        tools.stores.notes.write_failure(WorkFolder.of(job), failure)
    except StorageFailed as second:
        _log.warning(
            "%s: no note of the failure of %s could be written: %s", job.name, step.id, second
        )


def _job_of(message: Mapping[str, Any]) -> Job | None:
    """Return the job of a message of which the rest cannot be read."""
    try:
        given = message.get("job", message)
        return Job.from_json({name: given[name] for name in Job.model_fields if name in given})
    except (ValidationError, TypeError, AttributeError):
        return None
