"""Step: the picture shown before the video plays."""

from __future__ import annotations

from pathlib import Path

import azure.durable_functions as df

from activities import stills
from activities.runner import run_step
from activities.unit_watch import check_wanted
from adapters.ffmpeg.scratch import scratch_folder
from adapters.services import Services
from transcoding.commands import stills as commands
from transcoding.errors import ToolFailed
from transcoding.job import paths
from transcoding.job.messages import Done
from transcoding.plan.plan import Plan

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def make_poster(message: dict) -> dict:
    """Plan -> Done."""
    return run_step("make_poster", message, Plan, poster)


def poster(services: Services, plan: Plan) -> Done:
    """Take the most typical picture of a segment, or the cover of a sound file."""
    if plan.poster is None:
        return Done(done=0)
    if stills.is_stored(services, plan, plan.poster.key, paths.POSTER):
        return Done(done=0, skipped=1)
    check_wanted(services, plan.job)
    what = f"make the poster of {plan.job.name}"
    size = plan.poster.width, plan.poster.height
    with scratch_folder() as temporary:
        output = Path(temporary, paths.POSTER)
        if plan.poster.track_key:
            segment = Path(temporary, "segment.mp4")
            numbers = [plan.poster.segment_number]
            stills.collect_segments(services, plan, plan.poster.track_key, numbers, segment)
            stills.run(services, commands.make_poster(str(segment), *size, str(output)), what)
        else:
            url = services.stores.uploads.read_url(plan.job.name)
            source = (url, plan.job.etag)
            command = commands.take_cover(source, plan.poster.stream_index, *size, str(output))
            try:
                stills.run(services, command, what, url)
            except ToolFailed:
                # A source that was replaced answers 412 to FFmpeg.
                check_wanted(services, plan.job)
                raise
        body = stills.written(output, plan)
    folder = plan.folder(plan.poster.key)
    services.stores.renditions.create_files(folder, {paths.POSTER: body})
    return Done(done=1)
