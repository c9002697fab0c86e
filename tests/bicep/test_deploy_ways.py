"""What docs/deploy.md says before a deployment begins, for each way and each choice."""

from __future__ import annotations

import re

from tests.bicep.compiler import BICEP, ROOT
from tests.bicep.resources import SETS, snapshot
from tests.bicep.test_deploy_docs import PAGE

# Of every subscription from the start.
ALWAYS_THERE = {"Microsoft.Authorization", "Microsoft.Resources"}


def section(heading: str) -> str:
    """Return the text below a heading, on one line."""
    return " ".join(PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].split())


def namespaces(parameters: str) -> set[str]:
    """Return whose resources a parameter set deploys."""
    return {one["type"].partition("/")[0] for one in snapshot(parameters)} - ALWAYS_THERE


def test_every_provider_is_registered() -> None:
    """Those of each deployment without a word, and others with what they are for."""
    told = dict(re.findall(r"^az provider register --namespace (\S+)(?: +# (.+))?$", PAGE, re.M))
    assert {name for name, why in told.items() if not why} == {
        *namespaces("default"),
        "Microsoft.App",  # Flex itself
    }
    wanted = set().union(*map(namespaces, SETS)) - namespaces("default")
    assert {name for name, why in told.items() if why} == wanted
    assert "PRIVATE_NETWORKING" in told["Microsoft.Network"]
    assert "the spot lane" in told["Microsoft.Network"]
    assert "MONTHLY_BUDGET" in told["Microsoft.Consumption"]
    assert "DURABLE_BACKEND" in told["Microsoft.DurableTask"]


def test_what_github_cannot_do_is_told() -> None:
    """A hook ends a premium deployment there, and the doctor is not asked for."""
    told = section("From GitHub")
    hook = (ROOT / "scripts" / "check_deployment.sh").read_text("utf-8")
    assert "azd cannot publish to a premium app" in hook
    assert "[Premium](#premium) is not deployed from GitHub" in told
    workflow = (ROOT / ".github" / "workflows" / "azure-dev.yml").read_text("utf-8")
    assert "RUN_DOCTOR" not in workflow + (ROOT / "azure.yaml").read_text("utf-8")
    assert "`RUN_DOCTOR` is not carried to GitHub" in told


def test_the_image_has_the_python_of_the_app() -> None:
    """Both places that build it take the output."""
    argument = '--build-arg PYTHON_VERSION="$FUNCTIONS_PYTHON_VERSION"'
    assert argument in section("The spot lane")
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert argument in dockerfile.partition("ARG ")[0]
    assert "\nARG PYTHON_VERSION=" in dockerfile
    assert "output FUNCTIONS_PYTHON_VERSION " in (BICEP / "main.bicep").read_text("utf-8")


def test_who_else_needs_to_be_let_into_private_networking_is_told() -> None:
    """The doctor uploads, and a package is written to the host account."""
    told = section("Private networking")
    for script in ("scripts/doctor.sh", "scripts/publish_package.sh"):
        assert f"`{script}`" in told
        assert (ROOT / script).exists()
