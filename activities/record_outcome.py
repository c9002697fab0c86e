"""Activity: report.json and telemetry of a job that ended."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import outcomes
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.job.messages import Ending

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def record_outcome(message: dict) -> dict:
    """Ending -> Filed."""
    ending = Ending.from_json(message)
    tools = services()
    return run_activity(
        "record_outcome", ending.job, tools.store, lambda: outcomes.record_outcome(tools, ending)
    )
