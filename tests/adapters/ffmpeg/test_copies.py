"""Copies of programs that have lost their execute bit."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.ffmpeg.copies import executable
from adapters.ffmpeg.scratch import remove_orphans
from transcoding.errors import ToolFailed

ROOT = Path(__file__).parents[3]
PROGRAM = b"#!/bin/sh\necho ffmpeg version 9.0\n"
COPY = "ffmpeg-98d25c52"
"""By the digest of PROGRAM."""


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the temp folder, empty."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Give a program without its execute bit, in a folder that is not written to."""
    path = tmp_path / "deployed" / "ffmpeg"
    path.parent.mkdir()
    path.write_bytes(PROGRAM)
    path.chmod(0o444)
    path.parent.chmod(0o555)
    return path


def own_folder(temp: Path) -> Path:
    return temp / f"vod-programs-{os.geteuid()}"


def test_a_program_with_its_bit_runs_where_it_lies(temp: Path, program: Path) -> None:
    """Nothing is copied."""
    program.chmod(0o555)
    assert executable("ffmpeg", program) == program
    assert list(temp.iterdir()) == []


def test_a_program_that_is_not_there_is_left_to_whoever_starts_it(temp: Path) -> None:
    """That says it better than a copy that fails."""
    assert executable("ffmpeg", Path("/nowhere/ffmpeg")) == Path("/nowhere/ffmpeg")
    assert list(temp.iterdir()) == []


def test_a_program_without_its_bit_is_copied(temp: Path, program: Path) -> None:
    """Into a folder that only this user may enter, as a file that nobody writes to."""
    copy = executable("ffmpeg", program)
    assert copy == own_folder(temp) / COPY
    assert copy.read_bytes() == PROGRAM
    assert stat.S_IMODE(copy.stat().st_mode) == 0o500
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(program.stat().st_mode) == 0o444
    assert subprocess.run([copy], capture_output=True, check=True).stdout == b"ffmpeg version 9.0\n"


def test_the_copy_is_made_once(temp: Path, program: Path) -> None:
    """Whoever comes later is given the same file; that of the other program lies beside it."""
    first = executable("ffmpeg", program).stat()
    other = executable("ffprobe", program)
    assert executable("ffmpeg", program).stat() == first
    assert sorted(path.name for path in own_folder(temp).iterdir()) == [COPY, other.name]


def _cut_short(copy: Path) -> None:
    copy.write_bytes(PROGRAM[:-1])


def _damaged(copy: Path) -> None:
    copy.write_bytes(PROGRAM.replace(b"9.0", b"6.6"))
    copy.chmod(0o500)


def _without_its_bit(copy: Path) -> None:
    copy.write_bytes(PROGRAM)


def _written_by_all(copy: Path) -> None:
    copy.write_bytes(PROGRAM)
    copy.chmod(0o777)


def _half_written(copy: Path) -> None:
    copy.with_suffix(".part").write_bytes(PROGRAM[:5])


def _of_another_build(copy: Path) -> None:
    copy.with_name("ffmpeg-0a1b2c3d").write_bytes(b"another")


def _a_link(copy: Path) -> None:
    copy.symlink_to(copy.parent.parent / "theirs")


@pytest.mark.parametrize(
    "leave",
    [
        _cut_short,
        _damaged,
        _without_its_bit,
        _written_by_all,
        _half_written,
        _of_another_build,
        _a_link,
    ],
)
def test_what_is_no_copy_makes_room_for_one(
    temp: Path, program: Path, leave: Callable[[Path], None]
) -> None:
    """What a killed process, another build or the disk has left is neither run nor kept."""
    theirs = temp / "theirs"
    theirs.write_bytes(PROGRAM)
    theirs.chmod(0o500)
    own_folder(temp).mkdir(0o700)
    leave(own_folder(temp) / COPY)
    copy = executable("ffmpeg", program)
    assert [path.name for path in own_folder(temp).iterdir()] == [COPY]
    assert not copy.is_symlink()
    assert copy.read_bytes() == theirs.read_bytes() == PROGRAM
    assert stat.S_IMODE(copy.stat().st_mode) == 0o500


def _a_link_to_theirs(folder: Path) -> None:
    theirs = folder.with_name("theirs")
    theirs.mkdir(0o700)
    folder.symlink_to(theirs)


def _open_to_their_group(folder: Path) -> None:
    folder.mkdir(0o700)
    folder.chmod(0o720)


def _theirs(folder: Path) -> None:
    folder.mkdir(0o700)
    os.chown(folder, 65_534, 65_534)


# Only root can give a folder away.
TRICKS = [_a_link_to_theirs, _open_to_their_group] + [_theirs] * (os.geteuid() == 0)


@pytest.mark.parametrize("trick", TRICKS)
def test_a_folder_in_other_hands_is_not_used(
    temp: Path, program: Path, trick: Callable[[Path], None]
) -> None:
    """Whoever else may write there could put another program in the place of the copy."""
    trick(own_folder(temp))
    with pytest.raises(
        ToolFailed, match=r"vod-programs-\d+ is open to other users|Not a directory"
    ):
        executable("ffmpeg", program)
    assert [path for path in temp.rglob("*") if path.is_file()] == []


_CALLER = """
import resource, sys
from pathlib import Path
from adapters.ffmpeg.copies import executable
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
sys.stdin.readline()
copy = executable("ffmpeg", Path(sys.argv[1]))
print(copy, copy.stat().st_ino)
"""


def _caller(program: Path, temp: Path, *limit: str) -> subprocess.Popen[str]:
    """Start a process that asks for the copy as soon as it is told to."""
    return subprocess.Popen(
        [sys.executable, "-c", _CALLER, str(program), *limit],
        cwd=ROOT,
        env={"TMPDIR": str(temp)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_processes_that_come_at_once_share_a_copy(temp: Path, tmp_path: Path) -> None:
    """One makes it, and no other replaces it afterwards."""
    large = tmp_path / "large"
    large.write_bytes(os.urandom(20_000_000))
    callers = [_caller(large, temp) for _ in range(6)]
    for caller in callers:
        assert caller.stdin is not None
        caller.stdin.write("\n")
        caller.stdin.flush()
    told = [caller.communicate() for caller in callers]
    assert {errors for _, errors in told} == {""}
    assert len({out for out, _ in told}) == 1
    assert len(list(own_folder(temp).iterdir())) == 1


def test_a_full_disk_is_said_and_left_as_it_was(temp: Path, program: Path) -> None:
    """The error tells of both sizes; nothing half written takes what room there is."""
    _, errors = _caller(program, temp, "10").communicate("\n")
    last_line = errors.strip().rpartition("\n")[2]
    assert f"ToolFailed: {program} may not be executed where it lies, and no copy" in last_line
    assert "File too large (it takes 0 MB, and " in last_line
    assert list(own_folder(temp).iterdir()) == []


def test_the_copy_is_no_orphan(temp: Path, program: Path) -> None:
    """A worker that starts removes scratch folders; the copy is what it and others run."""
    copy = executable("ffmpeg", program)
    remove_orphans()
    assert copy.exists()


def test_a_temp_folder_that_executes_nothing_is_named(temp: Path, program: Path) -> None:
    """A copy there would not start either, and nobody would say why."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("a mount of one's own takes user namespaces")
    code = (
        "import sys; from pathlib import Path; from adapters.ffmpeg.copies import executable\n"
        "try: executable('ffmpeg', Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    mounted = 'mount -t tmpfs -o noexec none "$TMPDIR" && exec "$0" -c "$1" "$2"'
    told = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mounted, sys.executable, code, str(program)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temp)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.startswith(f"ToolFailed neither {program} nor its copy in {temp}/vod-programs-0 ")
    assert told.endswith("(is the temp folder mounted with noexec?)\n")
