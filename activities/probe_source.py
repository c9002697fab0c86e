"""Activity: what was uploaded."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import prober
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.job.messages import Job

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def probe_source(message: dict) -> dict:
    """Job -> Probed."""
    job = Job.from_json(message)
    tools = services()
    return run_activity("probe_source", job, tools.store, lambda: prober.probe_source(tools, job))
