"""A region without Flex Consumption is found before anything is made there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.bicep.compiler import BICEP, ROOT

SCRIPT = ROOT / "scripts" / "check_region.sh"

# What Azure has, as `az ... --query '[].name' --output tsv` writes it; asks are noted.
AZ = """#!/bin/sh
echo "$*" >> "$AZ_LOG"
[ "${AZ_FAILS:-}" != yes ] || exit 1
case "$2" in
list-flexconsumption-locations) printf 'northeurope\\nwesteurope\\n' ;;
list-flexconsumption-runtimes) printf '3.13\\n3.12\\n3.11\\n3.10\\n' ;;
esac
"""


def check(folder: Path, **environment: str) -> tuple[int, str, list[str]]:
    """Return the script's exit code, what it wrote, and what it asked Azure."""
    az = folder / "az"
    az.write_text(AZ, "utf-8")
    az.chmod(0o755)
    log = folder / "asked"
    log.touch()
    done = subprocess.run(
        ["sh", str(SCRIPT)],
        env={"PATH": f"{folder}:{os.environ['PATH']}", "AZ_LOG": str(log), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, log.read_text("utf-8").splitlines()


def test_a_region_with_flex_is_let_through(tmp_path: Path) -> None:
    """As azd writes it, or as people do; the subscription that is deployed to is asked."""
    for region in ("westeurope", "West Europe"):
        code, said, asked = check(tmp_path, AZURE_LOCATION=region, AZURE_SUBSCRIPTION_ID="1-2")
        assert (code, said) == (0, "")
    assert len(asked) == 4
    assert all("--subscription 1-2" in line for line in asked)
    assert "--location westeurope --runtime python" in asked[-1]


def test_a_region_without_flex_is_named_with_those_that_have_it(tmp_path: Path) -> None:
    """One line, with the command that mends it."""
    code, said, _ = check(tmp_path, AZURE_LOCATION="antarctica")
    assert code == 1
    assert said == (
        "durable-vod: Flex Consumption does not have antarctica:"
        " azd env set AZURE_LOCATION to one of these: northeurope westeurope\n"
    )


def test_a_python_that_the_region_has_not_is_named(tmp_path: Path) -> None:
    """With those that there are."""
    code, said, _ = check(tmp_path, AZURE_LOCATION="westeurope", FUNCTIONS_PYTHON_VERSION="3.14")
    assert code == 1
    assert (
        "does not have 3.14: azd env set FUNCTIONS_PYTHON_VERSION to one of these: 3.13 3.12"
        in said
    )


def test_the_python_of_an_image_is_not_asked_for(tmp_path: Path) -> None:
    """Images of Python export PYTHON_VERSION, such as 3.11.14, which no region has."""
    code, said, _ = check(tmp_path, AZURE_LOCATION="westeurope", PYTHON_VERSION="3.11.14")
    assert (code, said) == (0, "")


@pytest.mark.parametrize(
    "environment",
    [{"AZURE_LOCATION": "antarctica", "HOSTING": "premium"}, {}],
    ids=["premium", "no region yet"],
)
def test_what_is_not_flex_is_not_asked_for(tmp_path: Path, environment: dict[str, str]) -> None:
    """Elastic Premium is in every region, and azd may not have asked for one yet."""
    assert check(tmp_path, **environment) == (0, "", [])


def test_a_question_without_an_answer_stops_nothing(tmp_path: Path) -> None:
    """Somebody may deploy who may not ask."""
    code, said, _ = check(tmp_path, AZURE_LOCATION="westeurope", AZ_FAILS="yes")
    assert code == 0
    assert "going on" in said


def test_the_check_knows_the_templates_default() -> None:
    """It asks for the version that is deployed when none is set."""
    template = (BICEP / "main.bicep").read_text("utf-8")
    default = re.search(r"^param pythonVersion \w+ = '([\d.]+)'$", template, re.MULTILINE)
    assert default
    assert f"${{FUNCTIONS_PYTHON_VERSION:-{default[1]}}}" in SCRIPT.read_text("utf-8")


def test_azd_runs_it_when_the_region_is_known() -> None:
    """Before `azd provision`: in `azd up` that is after the question for the region."""
    hooks = (ROOT / "azure.yaml").read_text("utf-8")
    assert "  preprovision:\n    shell: sh\n    run: scripts/check_region.sh\n" in hooks
    assert os.access(SCRIPT, os.X_OK)
