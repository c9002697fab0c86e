"""Programs that stand in for others on a test's path."""

from __future__ import annotations

from pathlib import Path


def write_program(path: Path, script: str) -> Path:
    """Write a shell script that can be started."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
