"""Poster and storyboard: the pictures that a player shows before and beside the video."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from adapters.ffmpeg.scratch import scratch_folder
from adapters.services import Services
from transcoding.commands import commands
from transcoding.errors import StorageFailed, ToolFailed
from transcoding.job import paths
from transcoding.job.messages import UnitDone
from transcoding.job.paths import RenditionFolder
from transcoding.manifests.storyboard import plan_storyboard
from transcoding.plan.plan import Plan

_TIMEOUT_S = 300
_POSTER_AT = 10
"""A tenth into the video is past the titles and before the end."""


def make_poster(services: Services, plan: Plan) -> UnitDone:
    """Take the most typical picture of a moment early in the video, from the highest rung.

    What has been encoded can be decoded from any segment on, upright and in SDR; a seek into the
    source may find nothing.
    """
    folder = plan.poster_folder
    if services.store.videos.properties(folder.path(paths.POSTER)):
        return UnitDone(encoded=0, skipped=1)
    services.store.check_current(plan.job)
    rung = plan.rungs[-1]
    number = plan.timeline.segment_count // _POSTER_AT + 1
    width, height = commands.fit_long_side(rung.width, rung.height, commands.POSTER_LONG_SIDE_PX)
    with scratch_folder() as temporary:
        segment, output = Path(temporary, "segment.mp4"), Path(temporary, paths.POSTER)
        _collect_segments(services, plan.folder(rung.key), [number], segment)
        services.ffmpeg.run(
            commands.make_poster(str(segment), width, height, str(output)),
            what=f"make the poster of {plan.job.name}",
            stall_s=services.settings.stall_timeout_s,
            total_s=_TIMEOUT_S,
        )
        services.store.upload_files(folder, {paths.POSTER: _written(output, plan)})
    return UnitDone(encoded=1, skipped=0)


def make_storyboard(services: Services, plan: Plan) -> UnitDone:
    """Make thumbnail sheets from keyframes of the lowest rung: no second decode of the source."""
    folder = plan.storyboard_folder
    board = plan_storyboard(plan)
    sheets = board.sheet_files
    if services.store.videos.properties(folder.path(sheets[-1])):
        return UnitDone(encoded=0, skipped=1)
    services.store.check_current(plan.job)
    with scratch_folder() as temporary:
        keyframes = Path(temporary, "keyframes.mp4")
        _collect_segments(services, plan.folder(board.rung_key), board.segment_numbers, keyframes)
        services.ffmpeg.run(
            commands.make_sprites(
                str(keyframes),
                board.thumbnail_width,
                board.thumbnail_height,
                str(Path(temporary, "%05d.jpg")),
            ),
            what=f"make the storyboard of {plan.job.name}",
            stall_s=services.settings.stall_timeout_s,
            total_s=_TIMEOUT_S,
        )
        # The last sheet is the mark that all are there.
        for group in (sheets[:-1], sheets[-1:]):
            bodies = {file: _written(Path(temporary, file), plan) for file in group}
            services.store.upload_files(folder, bodies)
    return UnitDone(encoded=1, skipped=0)


def _written(file: Path, plan: Plan) -> bytes:
    """Read what FFmpeg wrote: it ends with 0 also where it found no picture."""
    if not file.is_file():
        raise ToolFailed(f"FFmpeg wrote no {file.name}", on=plan.job.name)
    return file.read_bytes()


def _collect_segments(
    services: Services, folder: RenditionFolder, numbers: Sequence[int], output: Path
) -> None:
    with output.open("wb") as stream:
        for file in [paths.INIT, *(paths.segment_file(number) for number in numbers)]:
            body = services.store.videos.read(folder.path(file))
            if body is None:
                raise StorageFailed("read segment", on=folder.path(file), advice="replay the job")
            stream.write(body)
