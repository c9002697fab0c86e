"""Somebody who is not root: root may write where nobody may, and reads what is closed to others."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65_534


def as_ordinary_user(command: Sequence[str]) -> list[str]:
    """Return a command that does the same without root's rights; our own user is one already."""
    if os.geteuid() != 0:
        return list(command)
    leave = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
    # An interpreter in root's home can be read all the same, where root may grant that; it allows
    # neither to write nor to execute.
    reading = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
    granted = subprocess.run([*leave, *reading, "true"], capture_output=True, check=False)
    return [*leave, *(() if granted.returncode else reading), *command]


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a temporary folder that everybody may enter and write to, like /tmp itself."""
    with tempfile.TemporaryDirectory(prefix="vod-open-") as name:
        folder = Path(name)
        folder.chmod(0o1777)
        try:
            yield folder
        finally:
            for inner, _, _ in os.walk(folder):
                if os.access(inner, os.R_OK):
                    Path(inner).chmod(0o700)
