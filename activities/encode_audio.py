"""Activity: one audio track, whole."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import chunk_encoder
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.plan.plan import AudioUnit

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def encode_audio(message: dict) -> dict:
    """AudioUnit -> UnitDone."""
    unit = AudioUnit.from_json(message)
    tools = services()
    return run_activity(
        "encode_audio",
        unit.job,
        tools.store,
        lambda: chunk_encoder.encode_audio(tools, unit),
        unit_id=unit.unit_id,
    )
