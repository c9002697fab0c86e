"""Runs `make quick` on every Python that pyproject.toml allows and this machine has, but this one.

    make slow

Each gets an environment of its own below .setup/, so .venv stays as it is. A Python is looked for
on the path and among pyenv's versions; a line tells of each what became of it, also when it is not
there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent

_MINORS = range(100)
_ASK = "import ensurepip, sys; print(*sys.version_info[:3], sep='.')"
"""Debian keeps ensurepip in a package of its own, without which no environment can be made."""


def allowed() -> list[str]:
    """Return every Python that pyproject.toml allows, as "3.11", the oldest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    range_ = SpecifierSet(project["requires-python"])
    return [f"3.{minor}" for minor in _MINORS if range_.contains(f"3.{minor}.0")]


def find(version: str) -> tuple[str, str] | None:
    """Return where the newest Python of a version is and its full version, None where none is."""
    for candidate in _candidates(version):
        # One of pyenv's may stand on the path and only say that it was not chosen.
        asked = subprocess.run(  # noqa: S603
            [candidate, "-c", _ASK], capture_output=True, text=True, check=False
        )
        full = asked.stdout.strip()
        if asked.returncode == 0 and full.startswith(f"{version}."):
            return candidate, full
    return None


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    root = Path(os.environ.get("PYENV_ROOT") or "~/.pyenv").expanduser()
    kept = root.glob(f"versions/{version}.*/bin/python{version}")
    yield from map(str, sorted(kept, key=_patch, reverse=True))


def _patch(python: Path) -> int:
    patch = python.parents[1].name.rpartition(".")[2]
    return int(patch) if patch.isdecimal() else -1


def make_quick(version: str, python: str) -> bool:
    """Run `make quick` on a Python; return whether it passed."""
    folder = f".setup/python{version}"
    # What the make that runs this was told is not meant for that one.
    environment = {name: value for name, value in os.environ.items() if name[:4] != "MAKE"}
    done = subprocess.run(  # noqa: S603
        ["make", "quick", f"PYTHON={python}", f"SETUP={folder}", f"VENV={folder}/venv"],  # noqa: S607
        cwd=ROOT,
        env=environment,
        check=False,
    )
    return done.returncode == 0


def main() -> int:
    own = "{}.{}".format(*sys.version_info)
    lines, failed = [], False
    for version in allowed():
        if version == own:
            lines.append(f"Python {version}: the one that all else ran on")
        elif (found := find(version)) is None:
            lines.append(f"Python {version}: none is installed that can make environments: not run")
        else:
            python, full = found
            sys.stdout.write(f"make quick on Python {full}\n")
            sys.stdout.flush()
            passed = make_quick(version, python)
            failed = failed or not passed
            lines.append(f"Python {full}: {'passed' if passed else 'FAILED'} ({python})")
    sys.stdout.write("make quick on every Python:\n")
    sys.stdout.writelines(f"  {line}\n" for line in lines)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
