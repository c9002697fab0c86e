"""Step: media and I-frame playlists, beside their segments."""

from __future__ import annotations

from functools import partial

import azure.durable_functions as df

from activities.collected import read_collected
from activities.live import is_live
from activities.runner import run_step
from adapters.services import Services
from transcoding.errors import EncodeAgain
from transcoding.job import paths
from transcoding.job.collected import Collected
from transcoding.job.messages import Done
from transcoding.manifests import hls
from transcoding.plan.plan import Plan
from transcoding.tracks.track import AudioTrack, VideoTrack

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def write_playlists(message: dict) -> dict:
    """Plan -> Done."""
    return run_step("write_playlists", message, Plan, write)


def write(services: Services, plan: Plan) -> Done:
    """Write the playlists of every track; they depend on the plan and its own segments alone.

    Raises:
        EncodeAgain: a chunk was encoded once more since they were joined.
    """
    collected = read_collected(services, plan)
    renditions = collected.renditions()
    target_s = plan.target_duration_s
    for track in plan.tracks:
        rendition = renditions[track.key]
        files = {paths.MEDIA_PLAYLIST: hls.media_playlist(rendition, target_s).encode()}
        if track.kind == "video":
            files[paths.IFRAME_PLAYLIST] = hls.iframe_playlist(rendition, target_s).encode()
        may_replace = partial(_may_replace, services, plan, track, collected)
        services.stores.renditions.write_beside(plan.folder(track.key), files, may_replace)
    return Done(done=len(plan.tracks))


def _may_replace(
    services: Services, plan: Plan, track: VideoTrack | AudioTrack, collected: Collected
) -> bool:
    """Tell whether another playlist that is there may be replaced: not where the track is live.

    An attempt that was frozen would write a playlist of segments that are long gone.
    """
    folder = plan.folder(track.key)
    state = services.stores.renditions.chunk_state(folder, track.timeline.chunks())
    if state.records != collected.records[track.key]:
        raise EncodeAgain("its chunks are others than those that were joined", on=folder.path())
    return not is_live(services, folder)
