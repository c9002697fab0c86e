"""`make slow` runs `make quick` on the other Pythons; here they and make are stand-ins."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.quick_on_other_pythons import allowed
from tests.scripts.programs import write_program

SCRIPT = Path(__file__).parents[2] / "scripts" / "quick_on_other_pythons.py"
OWN = "{}.{}".format(*sys.version_info)
FIRST, SECOND, THIRD = [version for version in allowed() if version != OWN]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """One Python on the path, two of another version in pyenv's folder, and a shim of a third."""
    write_program(tmp_path / "bin" / f"python{FIRST}", f"echo {FIRST}.9")
    for patch in (2, 10):
        full = f"{SECOND}.{patch}"
        write_program(
            tmp_path / "pyenv" / "versions" / full / "bin" / f"python{SECOND}", f"echo {full}"
        )
    write_program(tmp_path / "bin" / f"python{THIRD}", "echo 'not chosen' >&2; exit 127")
    write_program(tmp_path / "bin" / "make", f'echo "$@" >> {tmp_path}/made; exit 0')
    return tmp_path


def run(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT],
        env={
            "PATH": f"{machine}/bin:/usr/bin:/bin",
            "PYENV_ROOT": f"{machine}/pyenv",
            "MAKEFLAGS": "PYTHON=another",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_allowed_python_is_known() -> None:
    """The range of pyproject.toml, one by one."""
    assert allowed() == ["3.11", "3.12", "3.13", "3.14"]


def test_make_quick_runs_on_each_that_is_there(machine: Path) -> None:
    """The newest of a version, in an environment of its own; never on the one that runs this."""
    done = run(machine)
    assert done.returncode == 0, done.stderr
    newest = f"{machine}/pyenv/versions/{SECOND}.10/bin/python{SECOND}"
    assert (machine / "made").read_text().splitlines() == [
        f"quick PYTHON={machine}/bin/python{FIRST}"
        f" SETUP=.setup/python{FIRST} VENV=.setup/python{FIRST}/venv",
        f"quick PYTHON={newest} SETUP=.setup/python{SECOND} VENV=.setup/python{SECOND}/venv",
    ]


def test_each_is_told_by_name(machine: Path) -> None:
    """Also the one that is not there."""
    told = run(machine).stdout
    summary = told.partition("make quick on every Python:\n")[2].splitlines()
    assert sorted(summary) == sorted(
        [
            f"  Python {OWN}: the one that all else ran on",
            f"  Python {FIRST}.9: passed ({machine}/bin/python{FIRST})",
            f"  Python {SECOND}.10: passed"
            f" ({machine}/pyenv/versions/{SECOND}.10/bin/python{SECOND})",
            f"  Python {THIRD}: none is installed that can make environments: not run",
        ]
    )


def test_one_that_fails_fails_all(machine: Path) -> None:
    """The others are run all the same."""
    write_program(machine / "bin" / "make", f'echo "$@" >> {machine}/made; exit 2')
    done = run(machine)
    assert done.returncode == 1
    assert len((machine / "made").read_text().splitlines()) == 2
    assert f"Python {FIRST}.9: FAILED" in done.stdout
