"""The Python in commands of the documentation runs where the app does."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bicep.compiler import ROOT

PROGRAMS = [
    (page.name, program)
    for page in sorted((ROOT / "docs").glob("*.md"))
    for program in re.findall(r"python3? -c '([^']+)'", page.read_text("utf-8"))
]
DEPLOY = (ROOT / "docs" / "deploy.md").read_text("utf-8")
AZ = """#!/bin/sh
echo '{"hosting": {"type": "String", "value": "flex"},
  "playbacK_BASE_URL": {"type": "String", "value": "https://x; echo $HOME"}}'
"""


@pytest.mark.parametrize(("page", "program"), PROGRAMS)
def test_inline_python_is_that_of_the_oldest_version(page: str, program: str) -> None:
    """No syntax that came after 3.11; quotes in an f-string only this version itself refuses."""
    ast.parse(program, page, feature_version=(3, 11))
    # From 3.12 on an f-string may have its own quotes inside.
    assert not re.search(r'f"[^"\n]*\{[^}"\n]*"', program), page


def test_outputs_of_a_deployment_come_into_the_shell(tmp_path: Path) -> None:
    """The command of the page, run by a shell: names in capitals, values as they are."""
    (tmp_path / "az").write_text(AZ, "utf-8")
    (tmp_path / "az").chmod(0o755)
    (tmp_path / "python3").symlink_to(sys.executable)
    (command,) = re.findall(r'^(eval "\$\(az deployment sub show.*?\)"\n)', DEPLOY, re.M | re.S)
    done = subprocess.run(
        ["sh", "-c", f'{command}\necho "$HOSTING|$PLAYBACK_BASE_URL"'],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == "flex|https://x; echo $HOME\n"
