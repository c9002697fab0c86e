"""Encode one rung group: every chunk of it at once."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df

from orchestrators.retries import ENCODING
from transcoding.job.messages import Reply
from transcoding.plan.plan import EncodeUnit, Plan, RungGroup

blueprint = df.Blueprint()


@blueprint.orchestration_trigger(context_name="context")
def encode_renditions(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
    """Fan a rung group out over its chunks, and in again.

    All units are scheduled at once and awaited together: a sliding window would replay the
    history at every completion.
    """
    group = RungGroup.from_json(context.get_input())

    # 1 one unit for each chunk, carrying all rungs of the group
    units = units_of(group.plan, group.rung_keys)

    # 2 all at once
    replies = yield context.task_all(
        [
            context.call_activity_with_retry("encode_chunk", ENCODING, unit.to_json())
            for unit in units
        ]
    )

    # 3 one word for the parent: done, or stopped and why
    stopped = [Reply.from_json(reply).stopped for reply in replies]
    return Reply(stopped=next(filter(None, stopped), "")).to_json()


def units_of(plan: Plan, rung_keys: tuple[str, ...]) -> tuple[EncodeUnit, ...]:
    """Return the units of a rung group, in chunk order."""
    return tuple(
        EncodeUnit(
            job=plan.job,
            video=plan.source.video,
            timeline=plan.timeline,
            chunk=chunk,
            rungs=tuple(plan.rung(key) for key in rung_keys),
        )
        for chunk in plan.timeline.chunks()
    )
