"""Whether the folder for scratch files is there, and large enough."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from adapters.checkup.examination import Finding, failed, passed

_WRITTEN = b"checkup" * 1_000


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def try_temp(
    needed_bytes: int,
    *,
    folder: Path | None = None,
    free: Callable[[Path], int] = free_bytes,
) -> Finding:
    """Write a file and read it back, and see what room there is.

    Args:
        needed_bytes: what the largest unit may fill.
        folder: the system's for temporary files unless given.
        free: how much a folder has room for.
    """
    place = folder or Path(tempfile.gettempdir())
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(_WRITTEN)
            file.seek(0)
            is_kept = file.read() == _WRITTEN
        room = free(place)
    except OSError as error:
        return failed(
            f"{place} cannot be written to ({error.strerror})",
            "let TMPDIR name a folder that the app may write to, and make room there",
        )
    if not is_kept:
        return failed(f"{place} gives back other bytes", "replace the instance or its disk")
    if room < needed_bytes:
        return failed(
            f"{place} has {room / 1e6:.0f} MB free, and the largest unit may fill"
            f" {needed_bytes / 1e6:.0f} MB",
            "lower VOD_UNIT_BUDGET_S or VOD_CHUNK_S, set VOD_GROUPING=per_rendition, or use"
            " instances with more disk",
        )
    return passed(
        f"{place} has {room / 1e6:.0f} MB free; the largest unit may fill"
        f" {needed_bytes / 1e6:.0f} MB"
    )
