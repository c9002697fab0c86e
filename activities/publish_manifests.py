"""Activity: the stable names; with them the video is live."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import publisher
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.plan.plan import Plan

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def publish_manifests(message: dict) -> dict:
    """Plan -> UnitDone."""
    plan = Plan.from_json(message)
    tools = services()
    return run_activity(
        "publish_manifests", plan.job, tools.store, lambda: publisher.publish_manifests(tools, plan)
    )
