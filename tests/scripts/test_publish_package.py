"""A package is made with the Python that the app runs on, or not at all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.scripts.programs import write_program

SCRIPT = Path(__file__).parents[2] / "scripts" / "publish_package.sh"


def publish(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, folder / "app.zip"],
        env={"PATH": f"{folder}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "program"),
    [
        ({}, "python3.11"),
        ({"FUNCTIONS_PYTHON_VERSION": "3.13"}, "python3.13"),
        ({"FUNCTIONS_PYTHON_VERSION": "3.13", "PYTHON": "other"}, "other"),
        # As images of Python export their own.
        ({"PYTHON_VERSION": "3.13.5"}, "python3.11"),
    ],
)
def test_the_python_of_the_app_packages_it(
    environment: dict[str, str], program: str, tmp_path: Path
) -> None:
    """3.11 unless the deployment has another; its libraries are compiled for it."""
    version = environment.get("FUNCTIONS_PYTHON_VERSION", "3.11")
    record = f'echo "$@" >> {tmp_path}/asked; [ "$1" = -c ] && echo {version}; exit 0'
    write_program(tmp_path / program, record)
    done = publish(tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    _, install, pack = (tmp_path / "asked").read_text().splitlines()
    assert install.startswith("-m pip install --quiet --no-deps --require-hashes")
    assert pack.startswith(f"-m zipfile -c {tmp_path}/app.zip")


def test_another_python_packages_nothing(tmp_path: Path) -> None:
    """What it installs would not load in Azure."""
    write_program(tmp_path / "other", f'echo "$@" >> {tmp_path}/asked; echo 3.12')
    done = publish(tmp_path, PYTHON="other", FUNCTIONS_PYTHON_VERSION="3.13")
    assert done.returncode == 2
    assert done.stderr == "the app runs on Python 3.13, and other is another one: set PYTHON\n"
    assert len((tmp_path / "asked").read_text().splitlines()) == 1
