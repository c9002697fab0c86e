"""Activity: the picture shown before the video plays."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import stills
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.plan.plan import Plan

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def make_poster(message: dict) -> dict:
    """Plan -> UnitDone."""
    plan = Plan.from_json(message)
    tools = services()
    return run_activity(
        "make_poster", plan.job, tools.store, lambda: stills.make_poster(tools, plan)
    )
