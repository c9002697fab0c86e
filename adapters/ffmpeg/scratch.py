"""Temporary folders that do not outlive the process that made them by much."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

_OURS = re.compile(r"vod-unit-(\d+)-\w+")


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for one unit's files; as a context manager it removes itself."""
    return tempfile.TemporaryDirectory(prefix=f"vod-unit-{os.getpid()}-")


def remove_orphans() -> None:
    """Remove the folders of processes that are gone.

    The host kills a worker whose function timed out. The next worker on the instance has the same
    small disk, and without this what the last one left there.
    """
    for folder in Path(tempfile.gettempdir()).glob("vod-unit-*"):
        made_by = _OURS.fullmatch(folder.name)
        if made_by and not _is_running(int(made_by[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
