"""Step: what only looking at the media tells."""

from __future__ import annotations

import azure.durable_functions as df

from activities.runner import run_step
from adapters.services import Services
from transcoding.plan.plan import Probed
from transcoding.source.measured import Measured

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def measure_source(message: dict) -> dict:
    """Probed -> Measured."""
    return run_step("measure_source", message, Probed, measure)


def measure(_services: Services, _probed: Probed) -> Measured:
    """Look at nothing yet: field order, loudness and quality samples come here."""
    return Measured()
