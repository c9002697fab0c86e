"""Step: hold what is stored against the done-markers, and join them."""

from __future__ import annotations

import logging

import azure.durable_functions as df

from activities.live import is_live
from activities.runner import run_step
from adapters.services import Services
from transcoding.errors import EncodeAgain, PlanAgain
from transcoding.job.collected import Collected
from transcoding.job.messages import Done
from transcoding.job.paths import RenditionFolder, WorkFolder
from transcoding.job.records import ChunkRecord
from transcoding.plan.plan import Plan
from transcoding.tracks.track import AudioTrack, VideoTrack

blueprint = df.Blueprint()

_log = logging.getLogger("durable_vod.collect")


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
        EncodeAgain: chunks have been taken away, or were never there.
        PlanAgain: chunks of a live track are damaged; they stay as they are.
    """
    records: dict[str, tuple[ChunkRecord, ...]] = {}
    undone: list[str] = []
    for track in plan.tracks:
        folder = plan.folder(track.key)
        state = services.stores.renditions.chunk_state(folder, track.timeline.chunks())
        if state.undone:
            undone += _heal(services, folder, track)
        records[track.key] = state.records
    if undone:
        raise EncodeAgain(
            f"{len(undone)} chunks are not stored as they were encoded",
            on=plan.job.name,
            advice="; ".join(undone[:3]),
        )
    collected = Collected(records=records)
    services.stores.notes.write_collected(WorkFolder.of(plan.job), collected)
    return Done(done=sum(len(chunks) for chunks in records.values()))


def _heal(services: Services, folder: RenditionFolder, track: VideoTrack | AudioTrack) -> list[str]:
    """Take away what cannot be used of a track; return what is wrong with each chunk."""
    if is_live(services, folder):
        raise PlanAgain("a track that is live is damaged", on=track.key)
    renditions = services.stores.renditions
    state = renditions.chunk_state(folder, track.timeline.chunks())
    renditions.remove_unusable(folder, state)
    wrong = [
        f"chunk {chunk.index} of {track.key}: {chunk.reason or 'it has no done-marker'}"
        for chunk in state.chunks
        if not chunk.record
    ]
    for line in wrong[:10]:
        _log.warning("to be encoded again: %s", line)
    return wrong
