"""Run one lane: a list of units, one after the other."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df

from orchestrators.retries import ENCODING
from transcoding.job.messages import Reply
from transcoding.plan.lanes import LaneWork

blueprint = df.Blueprint()

UNITS_OF_A_HISTORY = 20
"""A lane continues as new after so many: every step replays the history up to it."""


@blueprint.orchestration_trigger(context_name="context")
def encode_lane(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
    """Encode the units of a lane; answer with a Reply, whose `stop` ends the job's other lanes too.

    Lanes bound what a job has in flight. All activities share one queue: whatever another job
    starts waits for as many units as this one has lanes, and not for all of its units.
    """
    work = LaneWork.from_json(context.get_input())
    units = work.units

    # 1 a handful of units, one at a time
    for number in units[:UNITS_OF_A_HISTORY]:
        message = work.plan.unit(number).to_json()
        reply = yield context.call_activity_with_retry("encode_unit", ENCODING, message)
        if Reply.from_json(reply).stop:
            return reply

    # 2 the rest with a fresh history
    if len(units) > UNITS_OF_A_HISTORY:
        position = work.position + UNITS_OF_A_HISTORY
        context.continue_as_new(work.model_copy(update={"position": position}).to_json())
        return None

    # 3 one word for the parent
    return Reply().to_json()
