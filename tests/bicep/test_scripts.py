"""The scripts around a deployment, run by a shell with a stand-in for the Azure CLI."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bicep.compiler import BICEP, ROOT

SCRIPTS = ROOT / "scripts"
OUTPUTS = {
    "AZURE_RESOURCE_GROUP": "rg-vod",
    "AZURE_FUNCTION_APP_NAME": "func-vod",
    "UPLOADS_TOPIC_NAME": "evgt-vod",
    "UPLOADS_ACCOUNT_NAME": "vodup",
}

# Notes its arguments; says that the app has its key when it has been asked often enough.
AZ = """#!/bin/sh
echo "$*" >> "$AZ_LOG"
case "$1 $2" in
'account show') exit "${AZ_SIGNED_IN:-0}" ;;
'functionapp keys')
  asked=$(grep -c 'functionapp keys' "$AZ_LOG")
  [ "$asked" -gt "${AZ_KEY_AFTER:-0}" ] && echo true ;;
esac
"""


class Ran(NamedTuple):
    exit_code: int
    said: str
    asked: list[str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a folder with the stand-in for az."""
    az = tmp_path / "az"
    az.write_text(AZ, "utf-8")
    az.chmod(0o755)
    return tmp_path


def run(script: str, path: Path, **environment: str) -> Ran:
    log = path / "asked"
    log.touch()
    done = subprocess.run(
        ["sh", str(SCRIPTS / script)],
        env={"PATH": f"{path}:{os.environ['PATH']}", "AZ_LOG": str(log), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout + done.stderr, log.read_text("utf-8").splitlines())


def test_events_are_subscribed_to_when_the_app_is_there(path: Path) -> None:
    """The key is asked for until it is there; then the second phase is deployed."""
    ran = run("subscribe_uploads.sh", path, **OUTPUTS, AZ_KEY_AFTER="2", SUBSCRIBE_WAIT_S="0")
    assert ran.exit_code == 0, ran.said
    *waiting, deployed = ran.asked
    assert len(waiting) == 3
    assert deployed.startswith("deployment group create --resource-group rg-vod")
    template = re.search(r"--template-file (\S+)", deployed)
    assert template
    assert Path(template[1]).resolve() == BICEP / "upload-events.bicep"
    assert ran.said == "Uploads to vodup/uploads now start jobs.\n"


def test_every_parameter_of_the_second_phase_is_given(path: Path) -> None:
    """Each parameter that has no default, and no name that the template does not have."""
    ran = run("subscribe_uploads.sh", path, **OUTPUTS)
    given = set(re.findall(r"(\w+)=", ran.asked[-1]))
    text = (BICEP / "upload-events.bicep").read_text("utf-8")
    declared = dict(re.findall(r"^param (\w+) \w+( =)?", text, re.MULTILINE))
    assert given <= set(declared)
    assert {name for name, default in declared.items() if not default} <= given


def test_an_app_that_does_not_start_is_told_of(path: Path) -> None:
    """After the last attempt: exit code 1, and where to read on; nothing is deployed."""
    ran = run(
        "subscribe_uploads.sh", path, **OUTPUTS,
        AZ_KEY_AFTER="99", SUBSCRIBE_ATTEMPTS="3", SUBSCRIBE_WAIT_S="0",
    )  # fmt: skip
    assert ran.exit_code == 1
    assert "docs/deploy.md" in ran.said
    assert len(ran.asked) == 3


def test_a_missing_output_is_named(path: Path) -> None:
    """Without azd around it, the script says what it wants."""
    ran = run("subscribe_uploads.sh", path, **{**OUTPUTS, "UPLOADS_TOPIC_NAME": ""})
    assert ran.exit_code != 0
    assert "UPLOADS_TOPIC_NAME" in ran.said
    assert ran.asked == []


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AZ_SIGNED_IN": "1"}, "az login"),
        ({"HOSTING": "premium"}, "scripts/publish_package.sh"),
        ({"SPOT_INSTANCE_COUNT": "3"}, "azd env set SPOT_SSH_PUBLIC_KEY"),
    ],
)
def test_what_would_fail_later_is_said_first(
    path: Path, environment: dict[str, str], said: str
) -> None:
    """Before anything is deployed: one line that says what to do."""
    ran = run("check_deployment.sh", path, **environment)
    assert ran.exit_code == 1
    assert said in ran.said
    assert ran.said.count("\n") == 1


def test_a_deployment_that_can_work_is_let_through(path: Path) -> None:
    """Flex, signed in, no spot lane: nothing to say."""
    ran = run("check_deployment.sh", path)
    assert (ran.exit_code, ran.said) == (0, "")


def test_outputs_that_scripts_read_are_given() -> None:
    """Every variable in capitals is an output of main.bicep, a parameter, or the script's own."""
    main = (BICEP / "main.bicep").read_text("utf-8")
    outputs = set(re.findall(r"^output ([A-Z_]+) ", main, re.MULTILINE))
    read = set(
        re.findall(r"readEnvironmentVariable\('(\w+)'", (BICEP / "main.bicepparam").read_text())
    )
    own = {"PWD", "PYTHON", "SUBSCRIBE_ATTEMPTS", "SUBSCRIBE_WAIT_S", "BICEP_CLI"}
    for script in SCRIPTS.glob("*.sh"):
        used = set(re.findall(r"\$\{?([A-Z_]{3,})\b", script.read_text("utf-8")))
        assert used <= outputs | read | own, script.name


def test_azd_calls_scripts_that_there_are() -> None:
    """Hooks of azure.yaml are executable files; its infrastructure is bicep/main."""
    text = (ROOT / "azure.yaml").read_text("utf-8")
    hooks = re.findall(r"run: (\S+)", text)
    assert hooks == ["scripts/check_deployment.sh", "scripts/subscribe_uploads.sh"]
    assert all(os.access(ROOT / hook, os.X_OK) for hook in hooks)
    assert re.search(r"^infra:\n  provider: bicep\n  path: bicep\n  module: main$", text, re.M)
    assert re.search(r"^    host: function$", text, re.MULTILINE)


def test_workflows_hold_no_secrets() -> None:
    """The deployment signs in with OpenID Connect, after all tests have passed."""
    folder = ROOT / ".github" / "workflows"
    texts = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    assert set(texts) == {"test.yml", "deploy.yml"}
    assert not any("secrets." in text for text in texts.values())
    assert "run: make test" in texts["test.yml"]
    assert "id-token: write" in texts["deploy.yml"]
    assert "needs: test" in texts["deploy.yml"]
    assert "federated-credential-provider github" in texts["deploy.yml"]
