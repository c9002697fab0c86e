"""Environments are made of the Python that is chosen; Python and pip are stand-ins here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scripts.programs import write_program

ROOT = Path(__file__).parent.parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what the Makefile depends on."""
    folder = tmp_path / "checkout"
    (folder / "tests" / "worker").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("requirements-dev.txt", "pyproject.toml"):
        (folder / name).touch()
    for name in ("requirements.txt", "requirements-1.2.txt"):
        (folder / "tests" / "worker" / name).touch()
    return folder


def make(folder: Path, target: str, python: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", target, f"PYTHON={python}"],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def a_python(path: Path, made: Path) -> Path:
    """Write a Python that is another one than all others, and notes the environments it makes."""
    return write_program(
        path,
        f"""
case "$*" in
  *base_prefix*) echo "{path.name}" ;;
  "-m venv"*) echo "{path.name} $4" >> {made}
    mkdir -p "$4/bin"; printf '#!/bin/sh\\n' > "$4/bin/pip"; chmod +x "$4/bin/pip" ;;
esac
""",
    )


@pytest.mark.parametrize(
    ("target", "environment"),
    [(".setup/python", ".venv"), (".setup/worker/ready", ".setup/worker")],
)
def test_another_python_makes_the_environment_anew(
    target: str, environment: str, checkout: Path, tmp_path: Path
) -> None:
    """And the same one, chosen again, leaves it as it is."""
    made = tmp_path / "made"
    first, second = (a_python(tmp_path / name, made) for name in ("first", "second"))
    for chosen in (first, first, second, second, first):
        done = make(checkout, target, chosen)
        assert done.returncode == 0, done.stderr
    of_this = [
        line.split()[0] for line in made.read_text().splitlines() if line.endswith(environment)
    ]
    assert of_this == ["first", "second", "first"]


def test_environments_of_another_place_leave_these_alone(checkout: Path, tmp_path: Path) -> None:
    """As `make slow` asks for them."""
    made = tmp_path / "made"
    python = a_python(tmp_path / "other", made)
    place = (".setup/python3.12", ".setup/python3.12/venv")
    done = subprocess.run(
        ["make", f"{place[0]}/python", f"PYTHON={python}", f"SETUP={place[0]}", f"VENV={place[1]}"],
        cwd=checkout,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert made.read_text() == f"other {place[1]}\n"
    assert not (checkout / ".venv").exists()
    assert [path.name for path in (checkout / ".setup").iterdir()] == ["python3.12"]


@pytest.mark.parametrize(
    ("version", "is_taken"),
    [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), True), ((3, 15), False)],
)
def test_a_python_of_another_range_is_refused(
    version: tuple[int, int], is_taken: bool, checkout: Path, tmp_path: Path
) -> None:
    """Before anything is made, with the way out."""
    python = write_program(
        tmp_path / "python",
        f'exec {sys.executable} -c "import sys; sys.version_info = {version}; $2"',
    )
    done = make(checkout, ".setup/interpreter", python)
    assert (done.returncode == 0) == is_taken, done.stderr
    said = "Python 3.11 to 3.14 is needed: make PYTHON=python3.13 ..."
    assert (said in done.stderr) == (not is_taken)
    assert (checkout / ".setup" / "interpreter").exists() == is_taken
