"""What both steps that make pictures share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from activities.healing import encode_again
from adapters.services import Services
from transcoding.errors import ToolFailed
from transcoding.job import paths
from transcoding.plan.plan import Plan

TIMEOUT_S = 300


def collect_segments(
    services: Services, plan: Plan, key: str, numbers: Sequence[int], output: Path
) -> None:
    """Write segments of a track into one local file that can be decoded.

    Raises:
        EncodeAgain, PlanAgain: one of them is gone.
    """
    files = [paths.INIT, *(paths.segment_file(number) for number in numbers)]
    bodies = services.stores.renditions.read_files(plan.folder(key), files)
    missing = [file for file in files if file not in bodies]
    if missing:
        encode_again(services, plan, key, f"{missing[0]} is gone")
    output.write_bytes(b"".join(bodies[file] for file in files))


def is_stored(services: Services, plan: Plan, key: str, file: str) -> bool:
    """Tell whether a file of pictures has been made already."""
    path = plan.folder(key).path(file)
    return bool(services.stores.renditions.properties_of([path]))


def run(services: Services, arguments: tuple[str, ...], what: str, *secrets: str) -> None:
    """Run FFmpeg for pictures.

    Args:
        secrets: read URLs among the arguments.
    """
    services.ffmpeg.run(
        arguments,
        what=what,
        redact=secrets,
        stall_s=services.settings.stall_timeout_s,
        total_s=TIMEOUT_S,
    )


def written(file: Path, plan: Plan) -> bytes:
    """Read what FFmpeg wrote: it ends with 0 also where it found no picture."""
    if not file.is_file():
        raise ToolFailed(f"FFmpeg wrote no {file.name}", on=plan.job.name)
    return file.read_bytes()
