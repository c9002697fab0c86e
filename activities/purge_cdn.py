"""Activity: start a Front Door purge of the stable names, or ask after one."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import purger
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.job.messages import Purge

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def purge_cdn(message: dict) -> dict:
    """Purge -> PurgeState."""
    purge = Purge.from_json(message)
    tools = services()
    return run_activity("purge_cdn", purge.job, tools.store, lambda: purger.purge(tools, purge))
