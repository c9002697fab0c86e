"""Check all shell of the repository with shellcheck.

    python -m scripts.check_shell

That is the scripts, the scripts that scripts write, the steps of workflows and the hooks of azd.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parent.parent
SHELLCHECK = Path(sys.executable).parent / "shellcheck"

_SCRIPT_IN_SCRIPT = re.compile(r"<<'(\w+)'\n(#!.*?\n)\1\n", re.DOTALL)
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}")


class Shell(NamedTuple):
    """A piece of shell: where it stands, the shell that runs it, and its text."""

    place: str
    shell: str
    text: str


def pieces(root: Path) -> Iterator[Shell]:
    """Yield every piece of shell below a checkout."""
    for pattern in (".ci/run", "scripts/*.sh", "bicep/modules/*.sh"):
        for file in sorted(root.glob(pattern)):
            yield from _scripts(file.relative_to(root).as_posix(), file.read_text("utf-8"))
    for file in sorted(root.glob(".github/workflows/*.yml")):
        yield from _steps(file.name, yaml.safe_load(file.read_text("utf-8")))
    for name, hook in yaml.safe_load((root / "azure.yaml").read_text("utf-8"))["hooks"].items():
        yield Shell(f"azure.yaml, {name}", hook["shell"], hook["run"])


def _scripts(name: str, text: str) -> Iterator[Shell]:
    shell = "bash" if "bash" in text.partition("\n")[0] else "sh"
    yield Shell(name, shell, text)
    for _, inner in _SCRIPT_IN_SCRIPT.findall(text):
        yield from _scripts(f"{name}, inside", inner)


def _steps(name: str, workflow: dict[str, Any]) -> Iterator[Shell]:
    for job in workflow["jobs"].values():
        for step in job.get("steps", ()):
            if "run" in step:
                # GitHub fills expressions in before any shell sees them.
                text = _EXPRESSION.sub("expression", step["run"])
                yield Shell(f"{name}, {step.get('name', text)}", step.get("shell", "bash"), text)


def complaints(piece: Shell) -> str:
    """Return what shellcheck says of a piece; nothing is good."""
    done = subprocess.run(  # noqa: S603  # a fixed program on text of this repository
        [str(SHELLCHECK), "--shell", piece.shell, "--color=never", "-"],
        input=piece.text,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def main() -> int:
    """Print the complaints; return the exit code."""
    found = [(piece, said) for piece in pieces(ROOT) if (said := complaints(piece))]
    for piece, said in found:
        sys.stderr.write(f"{piece.place}:\n{said}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
