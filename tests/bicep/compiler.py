"""The Bicep compiler, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BICEP = ROOT / "bicep"

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
"""The one that the snapshots are made for."""


class Ran(NamedTuple):
    exit_code: int
    output: str
    complaints: list[str]


class Compiler:
    """Runs the compiler on files of bicep/."""

    def __init__(self, program: str) -> None:
        self._program = program

    @classmethod
    def find(cls) -> Compiler | None:
        """Return the compiler that BICEP_CLI names, or the one on the PATH, or None."""
        program = shutil.which(os.environ.get("BICEP_CLI") or "bicep")
        return cls(program) if program else None

    def run(self, *arguments: str, folder: Path = BICEP, **environment: str) -> Ran:
        return self._start([self._program, *arguments], folder, environment)

    def compare_snapshots(self) -> Ran:
        """Run the script that writes the snapshots, so that it only compares."""
        return self._start([str(ROOT / "scripts" / "renew_snapshots.sh"), "validate"], BICEP, {})

    def _start(self, command: list[str], folder: Path, environment: dict[str, str]) -> Ran:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "BICEP_CLI": self._program, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr.splitlines())

    def build(self, file: str) -> Ran:
        return self.run("build", file, "--stdout")
