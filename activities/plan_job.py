"""Activity: what to make of a source."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import planner
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.plan.plan import Probed

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def plan_job(message: dict) -> dict:
    """Probed -> Plan; keeps a copy for those who ask after progress."""
    probed = Probed.from_json(message)
    tools = services()
    return run_activity(
        "plan_job", probed.job, tools.store, lambda: planner.plan_job(tools, probed)
    )
