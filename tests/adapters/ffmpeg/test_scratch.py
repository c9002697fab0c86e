"""Temporary folders, and those of processes that were killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from adapters.ffmpeg.scratch import remove_orphans, scratch_folder


def test_a_folder_goes_with_its_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the unit fails."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ValueError, match="damage"), scratch_folder() as folder:
        Path(folder, "0.mp4").write_bytes(b"x")
        raise ValueError("damage")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_worker_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that runs and nothing of others is touched."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    gone = tmp_path / f"vod-unit-{ended.pid}-abc"
    ours = tmp_path / f"vod-unit-{os.getpid()}-abc"
    others = tmp_path / "vod-abc"
    for folder in (gone, ours, others):
        folder.mkdir()
        (folder / "0.mp4").write_bytes(b"x")
    remove_orphans()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ours.name, others.name])
