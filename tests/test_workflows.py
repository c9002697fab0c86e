"""What GitHub does with the repository, read from its files: none of it can be run here."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".github" / "workflows"
NAMES = ("azure-dev.yml", "test.yml")
TEXTS = {name: (FOLDER / name).read_text("utf-8") for name in NAMES}
# YAML 1.1 reads the key `on` as true.
TEST: dict[Any, Any] = yaml.safe_load(TEXTS["test.yml"])
DEPLOY: dict[Any, Any] = yaml.safe_load(TEXTS["azure-dev.yml"])
AZURE_YAML = yaml.safe_load((ROOT / "azure.yaml").read_text("utf-8"))
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
PARAMETERS = (ROOT / "bicep" / "main.bicepparam").read_text("utf-8")

SET_BY_AZD = {
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_ENV_NAME",
    "AZURE_LOCATION",
}
"""Variables that `azd pipeline config` makes by itself (azure-dev, github_provider.go)."""


def deploy_step(name: str) -> dict[str, Any]:
    (step,) = [one for one in DEPLOY["jobs"]["deploy"]["steps"] if one.get("name") == name]
    return dict(step)


def test_the_deployment_has_the_name_that_azd_looks_for() -> None:
    """azd takes .github/workflows/azure-dev.yml, and would offer to write one of its own."""
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(NAMES)


def test_the_deployment_runs_in_an_environment() -> None:
    """Of one name, on tags and by hand; the page has the credential of that environment."""
    assert set(DEPLOY[True]) == {"workflow_dispatch", "push"}
    assert DEPLOY[True]["push"] == {"tags": ["v*"]}
    environment = DEPLOY["jobs"]["deploy"]["environment"]
    assert environment == "production"
    command = r"az ad app federated-credential create .*?--parameters '(\{.+?\})'"
    (told,) = re.findall(command, PAGE, re.DOTALL)
    assert json.loads(told) == {
        "name": "github-production",
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": f"repo:OWNER/NAME:environment:{environment}",
        "audiences": ["api://AzureADTokenExchange"],
    }
    assert f"/environments/{environment}\n" in PAGE


def test_only_the_deployment_gets_a_token() -> None:
    """Everything else may read the repository and no more; nothing is a secret."""
    assert DEPLOY["permissions"] == TEST["permissions"] == {"contents": "read"}
    jobs = {**DEPLOY["jobs"], "tests": TEST["jobs"]["test"]}
    asked = {name: job.get("permissions", {}) for name, job in jobs.items()}
    assert asked == {
        "test": {"contents": "read"},
        "deploy": {"contents": "read", "id-token": "write"},
        "tests": {},
    }
    assert not any("secrets." in text for text in TEXTS.values())


def test_the_deployment_comes_after_the_tests_and_signs_in_twice() -> None:
    """azd for itself, the Azure CLI for the hooks."""
    assert DEPLOY["jobs"]["test"]["uses"] == "./.github/workflows/test.yml"
    assert DEPLOY["jobs"]["deploy"]["needs"] == "test"
    assert "--federated-credential-provider github" in deploy_step("Sign in azd")["run"]
    used = deploy_step("Sign in the Azure CLI, for the hooks")["uses"]
    assert used.startswith("azure/login@")


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_pinned(name: str) -> None:
    """By the digest of a commit, with the version beside it for people and for Dependabot."""
    used = re.findall(r"^ +-? *uses: (.+)$", TEXTS[name], re.MULTILINE)
    foreign = [one for one in used if not one.startswith("./")]
    assert len(foreign) == 3
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in foreign)


def test_every_parameter_comes_from_a_variable() -> None:
    """What main.bicepparam reads is what azd hands to GitHub, and what the workflow takes back."""
    read = set(re.findall(r"readEnvironmentVariable\('(\w+)'", PARAMETERS))
    # The one who deploys, whom azd knows.
    read -= {"AZURE_PRINCIPAL_ID", "AZURE_PRINCIPAL_TYPE"}
    handed = AZURE_YAML["pipeline"]["variables"]
    assert set(handed) == read - SET_BY_AZD
    job = DEPLOY["jobs"]["deploy"]
    given = {**job["env"], **deploy_step("Deploy")["env"]}
    assert given.pop("AZURE_PRINCIPAL_TYPE") == "ServicePrincipal"
    assert given == {name: f"${{{{ vars.{name} }}}}" for name in SET_BY_AZD | set(handed)}


def test_the_variables_are_those_of_the_page() -> None:
    """docs/deploy.md names each one that is used."""
    used = set(re.findall(r"vars\.(\w+)", TEXTS["azure-dev.yml"]))
    assert len(used) >= 10
    assert [name for name in sorted(used) if f"`{name}`" not in PAGE] == []


def test_a_variable_that_is_not_set_keeps_its_default(tmp_path: Path) -> None:
    """It arrives empty, and is gone before azd runs; the others stay."""
    azd = tmp_path / "azd"
    azd.write_text('#!/bin/sh\necho "$*"\nenv\n', "utf-8")
    azd.chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", deploy_step("Deploy")["run"]],
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "HOSTING": "",
            "MAXIMUM_INSTANCE_COUNT": "7",
            "SPOT_SSH_PUBLIC_KEY": "ssh-ed25519 AAAA=",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    command, *environment = done.stdout.splitlines()
    assert command == "up --no-prompt"
    assert "MAXIMUM_INSTANCE_COUNT=7" in environment
    assert "SPOT_SSH_PUBLIC_KEY=ssh-ed25519 AAAA=" in environment
    assert not any(line.startswith("HOSTING") for line in environment)


def test_the_tests_run_on_every_python_that_is_supported() -> None:
    """The slow ones once; the list of what is deployed comes out of the same run."""
    job = TEST["jobs"]["test"]
    versions = job["strategy"]["matrix"]["python"]
    assert versions == ["3.11", "3.12", "3.13"]
    assert job["container"] == "python:${{ matrix.python }}-bookworm"
    runs = {step["run"]: step.get("if") for step in job["steps"] if "run" in step}
    assert runs["make test"] is None
    assert runs["make slow"] == runs["make sbom"] == "matrix.python == '3.11'"
    (kept,) = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
    assert kept["with"]["path"] == "sbom.json"


def test_the_compiler_is_checked_before_it_is_installed(tmp_path: Path) -> None:
    """A package with another program than the one that the sum is of ends the job."""
    (step,) = [
        one
        for one in TEST["jobs"]["test"]["steps"]
        if one.get("name") == "Install the Bicep compiler"
    ]
    made = subprocess.run(
        ["python3", "-m", "zipfile", "-c", "package", "tools"],
        cwd=_with_program(tmp_path),
        check=False,
    )
    assert made.returncode == 0
    for name, body in (
        ("curl", 'cp package "$3"'),
        ("install", "touch installed"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", **step["env"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "bicep-package/tools/bicep: FAILED" in done.stdout
    assert not (tmp_path / "installed").exists()


def _with_program(folder: Path) -> Path:
    (folder / "tools").mkdir()
    (folder / "tools" / "bicep").write_text("another program", "utf-8")
    return folder


def test_dependabot_watches_every_kind_of_dependency() -> None:
    """Packages of Python and Node, the image, and the actions."""
    watched = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text("utf-8"))
    kinds = {entry["package-ecosystem"] for entry in watched["updates"]}
    assert kinds == {"pip", "npm", "docker", "github-actions"}


def test_make_lint_runs_every_check() -> None:
    """The last of them know workflows, Dependabot's file and the image without running any."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    lint = makefile.partition("\nlint:")[2].partition("\n\n")[0]
    commands = re.findall(r"^\t\$\(BIN\)/(.+)$", lint, re.MULTILINE)
    assert [command.split()[0] for command in commands] == [
        "ruff", "ruff", "mypy", "python", "python", "hadolint", "check-jsonschema",
        "check-jsonschema", "zizmor",
    ]  # fmt: skip
    assert "--offline" in commands[-1]
