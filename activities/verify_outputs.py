"""Activity: the conformance gate."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import verifier
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.plan.plan import Plan

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def verify_outputs(message: dict) -> dict:
    """Plan -> Verdict."""
    plan = Plan.from_json(message)
    tools = services()
    return run_activity(
        "verify_outputs", plan.job, tools.store, lambda: verifier.verify_outputs(tools, plan)
    )
