"""Step: thumbnails for the seek bar."""

from __future__ import annotations

from pathlib import Path

import azure.durable_functions as df

from activities import stills
from activities.runner import run_step
from activities.unit_watch import check_wanted
from adapters.ffmpeg.scratch import scratch_folder
from adapters.services import Services
from transcoding.commands import stills as commands
from transcoding.job import paths
from transcoding.job.messages import Done
from transcoding.plan.plan import Plan

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def make_storyboard(message: dict) -> dict:
    """Plan -> Done."""
    return run_step("make_storyboard", message, Plan, storyboard)


def storyboard(services: Services, plan: Plan) -> Done:
    """Make thumbnail sheets from keyframes of one rung: no second decode of the source."""
    board = plan.storyboard
    if board is None:
        return Done(done=0)
    folder = plan.folder(board.key)
    sheets = [paths.sprite_file(number) for number in range(1, board.sheet_count + 1)]
    if stills.is_stored(services, plan, board.key, sheets[-1]):
        return Done(done=0, skipped=1)
    check_wanted(services, plan.job)
    with scratch_folder() as temporary:
        keyframes = Path(temporary, "keyframes.mp4")
        stills.collect_segments(services, plan, board.track_key, board.segment_numbers, keyframes)
        command = commands.make_sprites(
            str(keyframes),
            board.thumbnail_width,
            board.thumbnail_height,
            str(Path(temporary, "%05d.jpg")),
        )
        stills.run(services, command, f"make the storyboard of {plan.job.name}")
        # The last sheet is the mark that all are there.
        for group in (sheets[:-1], sheets[-1:]):
            bodies = {file: stills.written(Path(temporary, file), plan) for file in group}
            services.stores.renditions.create_files(folder, bodies)
    return Done(done=1)
