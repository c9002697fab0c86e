"""Activity: media and I-frame playlists, beside their segments."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import publisher
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.plan.plan import Plan

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def write_playlists(message: dict) -> dict:
    """Plan -> UnitDone."""
    plan = Plan.from_json(message)
    tools = services()
    return run_activity(
        "write_playlists", plan.job, tools.store, lambda: publisher.write_playlists(tools, plan)
    )
