"""Step: what to make of a source."""

from __future__ import annotations

from itertools import count

import azure.durable_functions as df

from activities.live import is_live
from activities.runner import run_step
from adapters.services import Services
from transcoding.errors import Cancelled
from transcoding.job.paths import WorkFolder
from transcoding.plan.keys import generation_key
from transcoding.plan.ladder import LADDER
from transcoding.plan.make_plan import make_plan
from transcoding.plan.plan import Plan, Planning
from transcoding.tracks.track import AudioTrack, VideoTrack

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def plan_job(message: dict) -> dict:
    """Planning -> Plan."""
    return run_step("plan_job", message, Planning, plan)


def plan(services: Services, planning: Planning) -> Plan:
    """Plan with the present settings and encoder, once for each round of the job.

    The plan lies in the job's work folder, where units find it. A second attempt finds that of the
    first: units that are under way need no other.

    A track that a release refers to and that is damaged gets a later generation: a folder of its
    own, so that nothing live is written or removed.

    Raises:
        Cancelled: the video is being removed, and its files with it.
    """
    work = WorkFolder.of(planning.job)
    notes = services.stores.notes
    there = notes.read_plan(work, planning.round, Plan)
    if there:
        return there
    # Before any file is looked at.
    removal = services.stores.releases.last_removal(planning.job.name, planning.job.source_key)
    if not removal.is_over:
        raise Cancelled(
            "the video is being removed",
            on=planning.job.name,
            advice=f"remove it to the end, then: vod replay '{planning.job.name}'",
        )
    first = _make(services, planning, {})
    generations = {
        track.key: generation
        for track in first.tracks
        if (generation := _generation(services, first, track)) > 1
    }
    made = _make(services, planning, generations) if generations else first
    made = made.model_copy(update={"removal": removal.number})
    if notes.create_plan(work, planning.round, made):
        return made
    return notes.read_plan(work, planning.round, Plan) or made


def _make(services: Services, planning: Planning, generations: dict[str, int]) -> Plan:
    return make_plan(
        planning,
        services.settings.options,
        LADDER,
        services.ffmpeg.version(),
        generations=generations,
    )


def _generation(services: Services, plan: Plan, track: VideoTrack | AudioTrack) -> int:
    """Return the first generation of a track that is not both live and damaged."""
    for generation in count(1):
        folder = plan.folder(generation_key(track.key, generation))
        if not is_live(services, folder):
            break
        state = services.stores.renditions.chunk_state(folder, track.timeline.chunks())
        if not state.undone:
            break
    return generation
