"""Activity: thumbnails for the seek bar."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import stills
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.plan.plan import Plan

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def make_storyboard(message: dict) -> dict:
    """Plan -> UnitDone."""
    plan = Plan.from_json(message)
    tools = services()
    return run_activity(
        "make_storyboard", plan.job, tools.store, lambda: stills.make_storyboard(tools, plan)
    )
