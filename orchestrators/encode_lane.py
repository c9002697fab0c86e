"""Run one lane: a list of units, one after the other."""

from __future__ import annotations

import azure.durable_functions as df

from orchestrators.retries import backoff_of
from orchestrators.steps import JobStopped, Steps
from transcoding.job.messages import Reply
from transcoding.plan.lanes import LaneWork, UnitName

blueprint = df.Blueprint()

UNITS_OF_A_HISTORY = 20
"""A lane continues as new after so many: each unit replays the history up to it."""


@blueprint.orchestration_trigger(context_name="context")
def encode_lane(context: df.DurableOrchestrationContext) -> Steps:
    """Encode the units of a lane; answer with a Reply, whose `stop` says why it ended early.

    Lanes bound what a job has in flight. All activities share one queue: whatever another job
    starts waits for as many units as this one has lanes, and not for all of its units.

    The parent waits for all lanes and hears of the first that fails at once. So a unit that has
    failed for good fails its lane. Every other stop is found by the units of all lanes.

    Raises:
        JobStopped: a unit has failed in a way that no retry can mend.
        Exception: a unit has failed at every attempt.
    """
    work = LaneWork.from_json(context.get_input())
    units, policy = work.units, backoff_of("encode_unit")

    # 1 a handful of units, one at a time
    for number in units[:UNITS_OF_A_HISTORY]:
        unit = UnitName(job=work.job, round=work.round, number=number)
        reply = yield context.call_activity_with_retry("encode_unit", policy, unit.to_json())
        stop = Reply.from_json(reply).stop
        if stop and stop.why == "failed":
            raise JobStopped(stop)
        if stop:
            return reply

    # 2 the rest with a fresh history
    if len(units) > UNITS_OF_A_HISTORY:
        position = work.position + UNITS_OF_A_HISTORY
        context.continue_as_new(work.model_copy(update={"position": position}).to_json())
        return None

    # 3 one word for the parent
    return Reply().to_json()
