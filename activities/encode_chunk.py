"""Activity: one chunk, for all rungs of its unit."""

from __future__ import annotations

import azure.durable_functions as df

from adapters import chunk_encoder
from adapters.activity_run import run_activity
from adapters.services import services
from transcoding.plan.plan import EncodeUnit

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def encode_chunk(message: dict) -> dict:
    """EncodeUnit -> UnitDone."""
    unit = EncodeUnit.from_json(message)
    tools = services()
    return run_activity(
        "encode_chunk",
        unit.job,
        tools.store,
        lambda: chunk_encoder.encode_unit(tools, unit),
        unit_id=unit.unit_id,
    )
