"""Activity: the dead letter of a refused or failed job."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import dead_letters
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.job.messages import Ending

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def dead_letter(message: dict) -> dict:
    """Ending -> Filed."""
    ending = Ending.from_json(message)
    tools = services()
    return run_activity(
        "dead_letter",
        ending.job,
        tools.store,
        lambda: dead_letters.write_dead_letter(tools, ending),
    )
