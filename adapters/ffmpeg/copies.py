"""Copies of programs that may not be executed where they lie.

A deployment can lose the execute bits of all files, and lie on a mount that is read-only
(Azure/Azure-Functions issue 2537, Azure/functions-action issue 274). Such a program is copied into
the temp folder, once for all workers of the instance that share the folder. Other users may write
to that as well, so a copy lies in a folder that only this user can enter, and is compared with its
original before it is executed for the first time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from transcoding.errors import ToolFailed

Stamp = tuple[int, ...]


def executable(name: str, program: Path) -> Path:
    """Return where a program may be executed: its own path, or that of a copy, which may be made.

    Args:
        name: tells the copies of one program from those of others, such as "ffmpeg".

    Raises:
        ToolFailed: there is no room for a copy, or its folder is in other hands.
    """
    # A mount without exec counts as well; what is not there fails when it is started.
    if os.access(program, os.X_OK) or not program.is_file():
        return program
    try:
        with _own_folder() as folder:
            copy = folder / f"{name}-{digest(program)[:8]}"
            if not _is_copy(copy, program):
                _remove_others(folder, name)
                _place(copy, program)
                if not _is_copy(copy, program):
                    raise ToolFailed(f"the copy of {program} in {folder} differs from it")
            if not os.access(copy, os.X_OK):
                raise ToolFailed(
                    f"neither {program} nor its copy in {folder} may be executed where it lies"
                    " (is the temp folder mounted with noexec?)"
                )
            return copy
    except OSError as error:
        raise ToolFailed(
            f"{program} may not be executed where it lies, and no copy of it can be made in the "
            f"temp folder: {error.strerror} ({_room(program)})"
        ) from None


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex; it is read again only when it has changed.

    Raises:
        OSError: it cannot be read.
    """
    return _digest(path, stamp(path))


def stamp(path: Path) -> Stamp:
    """Return what changes when a file is written to or replaced.

    Raises:
        OSError: it is not there.
    """
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, _: Stamp) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _own_folder() -> Iterator[Path]:
    """Give the folder of this user's copies, for one process or thread at a time."""
    folder = Path(tempfile.gettempdir(), f"vod-programs-{os.geteuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    # Neither a link to a folder of somebody else's choice ...
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(descriptor)
        # ... nor a folder that was made before us.
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise ToolFailed(f"{folder} is open to other users: remove it")
        # Goes with the process, however that ends.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(descriptor)


def _is_copy(copy: Path, program: Path) -> bool:
    try:
        found = copy.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISREG(found.st_mode)
        and stat.S_IMODE(found.st_mode) == 0o500
        and found.st_size == program.stat().st_size
        and digest(copy) == digest(program)
    )


def _remove_others(folder: Path, name: str) -> None:
    """Remove what a killed process left half written, damaged copies and those of other builds.

    A worker of the other build that still runs makes its own again.
    """
    for path in folder.glob(f"{name}-*"):
        path.unlink()


def _place(copy: Path, program: Path) -> None:
    part = copy.with_suffix(".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, program.open("rb") as original:
            # A full disk is found out before it is filled up to the last byte.
            os.posix_fallocate(descriptor, 0, program.stat().st_size)
            shutil.copyfileobj(original, file, 2**20)
            os.fchmod(descriptor, 0o500)
        part.replace(copy)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _room(program: Path) -> str:
    free_mb = shutil.disk_usage(tempfile.gettempdir()).free // 10**6
    return f"it takes {program.stat().st_size // 10**6} MB, and {free_mb} MB are free"
