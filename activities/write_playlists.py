"""Step: media and I-frame playlists, beside their segments."""

from __future__ import annotations

import azure.durable_functions as df

from activities.collected import read_collected
from activities.runner import run_step
from adapters.services import Services
from transcoding.job import paths
from transcoding.job.messages import Done
from transcoding.manifests import hls
from transcoding.plan.plan import Plan

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def write_playlists(message: dict) -> dict:
    """Plan -> Done."""
    return run_step("write_playlists", message, Plan, write)


def write(services: Services, plan: Plan) -> Done:
    """Write the playlists of every track; they depend on the plan and its own segments alone.

    A track that is live has its playlists already, with the same text: those are left as they are.
    """
    renditions = read_collected(services, plan).renditions()
    target_s = plan.target_duration_s
    for track in plan.tracks:
        rendition = renditions[track.key]
        files = {paths.MEDIA_PLAYLIST: hls.media_playlist(rendition, target_s).encode()}
        if track.kind == "video":
            files[paths.IFRAME_PLAYLIST] = hls.iframe_playlist(rendition, target_s).encode()
        services.stores.renditions.write_beside(plan.folder(track.key), files)
    return Done(done=len(plan.tracks))
