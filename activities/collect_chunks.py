"""Step: hold what is stored against the done-markers, and join them."""

from __future__ import annotations

import azure.durable_functions as df

from activities.healing import take_away
from activities.runner import run_step
from adapters.services import Services
from transcoding.errors import EncodeAgain
from transcoding.job.collected import Collected
from transcoding.job.messages import Done
from transcoding.job.paths import WorkFolder
from transcoding.job.records import ChunkRecord
from transcoding.plan.plan import Plan

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def collect_chunks(message: dict) -> dict:
    """Plan -> Done."""
    return run_step("collect_chunks", message, Plan, collect)


def collect(services: Services, plan: Plan) -> Done:
    """Join the markers of all tracks and keep them for the steps that follow.

    A chunk is done while its marker can be read, goes with the stored init segment, and every
    segment is stored with the size and MD5 that the marker says. Whatever is not done is taken
    away, as long as no release refers to it.

    Raises:
        EncodeAgain: chunks have been taken away, or were never there; or another attempt of this
            pass has joined others. Those stay: steps that follow may have read them.
        PlanAgain: chunks of a live track are damaged; they stay as they are.
    """
    records: dict[str, tuple[ChunkRecord, ...]] = {}
    undone: list[str] = []
    for track in plan.tracks:
        folder = plan.folder(track.key)
        state = services.stores.renditions.chunk_state(folder, track.timeline.chunks())
        undone += take_away(services, plan, track, state)
        records[track.key] = state.records
    if undone:
        raise EncodeAgain(
            f"{len(undone)} chunks are not stored as they were encoded",
            on=plan.job.name,
            advice="; ".join(undone[:3]),
        )
    collected = Collected(records=records)
    work = WorkFolder.of(plan.job)
    if not services.stores.notes.create_collected(work, plan.round, plan.pass_number, collected):
        raise EncodeAgain(
            "chunks have changed since they were joined",
            on=work.collected(plan.round, plan.pass_number),
        )
    return Done(done=sum(len(chunks) for chunks in records.values()))
