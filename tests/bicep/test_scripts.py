"""The scripts around a deployment, run by a shell with a stand-in for the Azure CLI."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.bicep.azure_cli import (
    EXPIRED,
    HOST_ERROR,
    IN_SUBSCRIPTION,
    NO_APP,
    NO_EVENTS,
    NO_GROUP,
    NO_NETWORK,
    NO_RIGHT,
    NO_RIGHT_ON_TOPIC,
    NO_SUBSCRIPTION,
    NOT_STARTED,
    NOT_VALIDATED,
    OTHER_CLOUD,
    OUTPUTS,
    SCRIPTS,
    SIGNED_OUT,
    run,
)
from tests.bicep.compiler import BICEP, ROOT


def test_events_are_subscribed_to_when_the_app_is_there(path: Path) -> None:
    """The key is asked for until it is there; then the second phase is deployed."""
    ran = run("subscribe_uploads.sh", path, **OUTPUTS, AZ_KEY_AFTER="2")
    assert ran.exit_code == 0, ran.said
    assert ran.waited == ["15", "15"]
    *waiting, deployed = [line for line in ran.asked if not line.startswith("sleep")]
    assert len(waiting) == 3
    assert deployed.startswith("deployment group create --resource-group rg-vod")
    template = re.search(r"--template-file (\S+)", deployed)
    assert template
    assert Path(template[1]).resolve() == BICEP / "upload-events.bicep"
    assert ran.said == "Uploads to vodup/uploads now start jobs.\n"


@pytest.mark.parametrize(
    "script", ["subscribe_uploads.sh", "check_deployment.sh", "publish_package.sh"]
)
def test_the_subscription_is_that_of_the_deployment(path: Path, script: str) -> None:
    """Whichever one the Azure CLI is set to: each question names it."""
    python = path / "python"
    python.write_text(
        '#!/bin/sh\ncase "$*" in *zipfile*) : > "$4" ;; *version*) echo 3.11 ;; esac\n', "utf-8"
    )
    python.chmod(0o755)
    ran = run(
        script, path, **OUTPUTS,
        PYTHON=str(python), HOST_ACCOUNT_NAME="vodhost", DEPLOYMENTS_CONTAINER="deployments",
    )  # fmt: skip
    assert ran.exit_code == 0, ran.said
    assert ran.asked
    assert all(IN_SUBSCRIPTION in question for question in ran.asked)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SIGNED_OUT, "not signed in: az login"),
        (EXPIRED, "not signed in: az login"),
        (NO_SUBSCRIPTION, "does not see the subscription"),
        (OTHER_CLOUD, "does not see the subscription"),
        (NO_RIGHT, "needs the role Contributor in rg-vod"),
        (NO_APP, "no app func-vod in rg-vod"),
        (NO_GROUP, "no app func-vod in rg-vod"),
    ],
)
def test_what_no_waiting_mends_ends_at_once(path: Path, error: str, said: str) -> None:
    """What az said, and then what to do; the app is not blamed."""
    ran = run("subscribe_uploads.sh", path, **OUTPUTS, AZ_KEYS_ERROR=error)
    assert ran.exit_code == 1
    assert ran.said.startswith(f"{error}\ndurable-vod: ")
    assert said in ran.said.splitlines()[-1]
    assert "has not started" not in ran.said
    assert len(ran.asked) == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NOT_STARTED, "the app has not started"),
        (HOST_ERROR, "the app has not started"),
        (NO_NETWORK, "az could not ask whether the app has started"),
    ],
)
def test_what_may_pass_is_waited_for(path: Path, error: str, said: str) -> None:
    """Twenty times; then what az said last, and what it means."""
    ran = run("subscribe_uploads.sh", path, **OUTPUTS, AZ_KEYS_ERROR=error)
    assert ran.exit_code == 1
    assert ran.said.startswith(f"{error}\ndurable-vod: {said}")
    assert len(ran.waited) == 19


def test_a_subscription_that_is_not_validated_is_tried_again(path: Path) -> None:
    """With growing waits, since it fails now and then (azure-functions-host issue 6402)."""
    ran = run(
        "subscribe_uploads.sh", path, **OUTPUTS, AZ_DEPLOY_AFTER="2", AZ_DEPLOY_ERROR=NOT_VALIDATED
    )
    assert ran.exit_code == 0, ran.said
    assert ran.waited == ["10", "20"]
    assert ran.said == "Uploads to vodup/uploads now start jobs.\n"


def test_an_event_subscription_is_not_taken_for_the_azure_subscription(path: Path) -> None:
    """Both are called that; one of Event Grid that Azure does not find yet is tried again."""
    ran = run(
        "subscribe_uploads.sh", path, **OUTPUTS, AZ_DEPLOY_AFTER="1", AZ_DEPLOY_ERROR=NO_EVENTS
    )
    assert ran.exit_code == 0, ran.said
    assert ran.waited == ["10"]


def test_a_subscription_that_is_never_validated_is_told_of(path: Path) -> None:
    """Five times; the last error is shown, without the key in the app's address."""
    ran = run(
        "subscribe_uploads.sh", path, **OUTPUTS, AZ_DEPLOY_AFTER="99", AZ_DEPLOY_ERROR=NOT_VALIDATED
    )
    assert ran.exit_code == 1
    assert ran.waited == ["10", "20", "40", "80"]
    assert "Webhook validation handshake failed" in ran.said
    assert "S3cret" not in ran.said
    heading = re.search(r'see "(.+)" in docs/deploy.md', ran.said)
    assert heading
    assert f"### {heading[1]}\n" in (ROOT / "docs" / "deploy.md").read_text("utf-8")


def test_a_subscription_that_may_not_be_made_is_not_tried_again(path: Path) -> None:
    """Waiting gives nobody a role."""
    ran = run(
        "subscribe_uploads.sh", path, **OUTPUTS, AZ_DEPLOY_AFTER="99", AZ_DEPLOY_ERROR=NO_RIGHT
    )
    assert ran.exit_code == 1
    assert ran.waited == []
    assert "needs the role Contributor" in ran.said


def test_the_group_is_named_in_which_a_right_is_missing(path: Path) -> None:
    """The topic of an account that was there before is in another one than the app."""
    ran = run(
        "subscribe_uploads.sh", path, **OUTPUTS, UPLOADS_TOPIC_RESOURCE_GROUP="rg-archive",
        AZ_DEPLOY_AFTER="99", AZ_DEPLOY_ERROR=NO_RIGHT_ON_TOPIC,
    )  # fmt: skip
    assert ran.exit_code == 1
    assert ran.said.endswith("it needs the role Contributor in rg-archive\n")


def test_azd_down_deletes_nobody_elses_group(path: Path) -> None:
    """azd deletes each group that a deployment put something into, with all that is there."""
    there = {"UPLOADS_RESOURCE_GROUP": "rg-archive", "UPLOADS_TOPIC_RESOURCE_GROUP": "rg-archive"}
    ran = run("check_removal.sh", path, **OUTPUTS, **there, DELIVERY_RESOURCE_GROUP="rg-vod")
    assert ran.exit_code == 1
    assert ran.said == (
        "durable-vod: azd down may delete all of rg-archive, too: az group delete --name rg-vod\n"
    )
    for name in ("DELIVERY_RESOURCE_GROUP", "EXISTING_DELIVERY_RESOURCE_GROUP"):
        assert "all of rg-site, too" in run("check_removal.sh", path, **{name: "rg-site"}).said


@pytest.mark.parametrize("name", ["EXISTING_UPLOADS_ACCOUNT", "EXISTING_DELIVERY_ACCOUNT"])
def test_azd_down_deletes_no_account_that_was_there(path: Path, name: str) -> None:
    """One in the group of the deployment goes with it."""
    ran = run("check_removal.sh", path, **OUTPUTS, **{name: "archive"})
    assert ran.exit_code == 1
    assert "archive was there before, and is in rg-vod" in ran.said


def test_azd_down_deletes_what_the_deployment_made(path: Path) -> None:
    """All in one group, or nothing made yet."""
    groups = ("UPLOADS_RESOURCE_GROUP", "UPLOADS_TOPIC_RESOURCE_GROUP", "DELIVERY_RESOURCE_GROUP")
    ran = run("check_removal.sh", path, **OUTPUTS, **dict.fromkeys(groups, "rg-vod"))
    assert (ran.exit_code, ran.said) == (0, "")
    assert run("check_removal.sh", path).exit_code == 0


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
    ran = run("subscribe_uploads.sh", path, **OUTPUTS, AZ_KEY_AFTER="99", START_ATTEMPTS="3")
    assert ran.exit_code == 1
    assert ran.said.startswith("durable-vod: the app has not started")
    assert "docs/deploy.md" in ran.said
    assert ran.waited == ["15", "15"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_missing_output_is_named(path: Path, name: str) -> None:
    """Without azd around it, the script says what it wants."""
    ran = run("subscribe_uploads.sh", path, **{**OUTPUTS, name: ""})
    assert ran.exit_code != 0
    assert name in ran.said
    assert ran.asked == []


@pytest.mark.parametrize(
    ("environment", "said"),
    [
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


def test_a_sign_in_that_has_ended_is_said_first(path: Path) -> None:
    """With what az says of it, for the subscription that azd has chosen, if it has."""
    ran = run("check_deployment.sh", path, AZ_SIGN_IN_ERROR=EXPIRED)
    assert ran.exit_code == 1
    assert ran.said == f"{EXPIRED}\ndurable-vod: the Azure CLI is not signed in: az login\n"
    assert ran.asked == ["account get-access-token --output none"]
    ran = run("check_deployment.sh", path, **OUTPUTS, AZ_SIGN_IN_ERROR=NO_SUBSCRIPTION)
    assert ran.said.endswith("is not signed in to 00000000-0000-0000-0000-00000000vod1: az login\n")


@pytest.mark.parametrize("wanted", ["true", "false", ""])
def test_the_doctor_is_offered_after_a_deployment(path: Path, wanted: str) -> None:
    """It runs where that is wanted, else its command is printed; after a failure, neither."""
    scripts = path / "scripts"
    scripts.mkdir()
    for name in ("after_deploy.sh", "subscribe_uploads.sh"):
        shutil.copy(SCRIPTS / name, scripts / name)
    (scripts / "doctor.sh").write_text("#!/bin/sh\necho all is well\n", "utf-8")
    (scripts / "doctor.sh").chmod(0o755)
    script = str(scripts / "after_deploy.sh")
    *_, last = run(script, path, **OUTPUTS, RUN_DOCTOR=wanted).said.splitlines()
    assert last == "all is well" if wanted == "true" else last.endswith("scripts/doctor.sh")
    failed = run(script, path, **OUTPUTS, RUN_DOCTOR=wanted, AZ_KEYS_ERROR=NO_APP)
    assert failed.exit_code == 1
    assert "well" not in failed.said
    assert "doctor" not in failed.said


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
    own = {
        "BICEP_CLI", "DURABLE_VOD_KEY", "PWD", "PYTHON", "RUN_DOCTOR", "START_ATTEMPTS",
        "START_WAIT_S", "SUBSCRIBE_ATTEMPTS", "SUBSCRIBE_WAIT_S",
    }  # fmt: skip
    outputs.add("AZURE_SUBSCRIPTION_ID")  # azd's own
    for script in SCRIPTS.glob("*.sh"):
        used = set(re.findall(r"\$\{?([A-Z_]{3,})\b", script.read_text("utf-8")))
        assert used <= outputs | read | own, script.name


def test_azd_calls_scripts_that_there_are() -> None:
    """Hooks of azure.yaml are executable files; its infrastructure is bicep/main."""
    text = (ROOT / "azure.yaml").read_text("utf-8")
    hooks = re.findall(r"run: (\S+)", text)
    assert hooks == [
        "scripts/check_deployment.sh",
        "scripts/check_region.sh",
        "scripts/after_deploy.sh",
        "scripts/check_removal.sh",
    ]
    assert "  predown:\n    shell: sh\n    run: scripts/check_removal.sh\n" in text
    assert all(os.access(ROOT / hook, os.X_OK) for hook in hooks)
    assert re.search(r"^infra:\n  provider: bicep\n  path: bicep\n  module: main$", text, re.M)
    assert re.search(r"^    host: function$", text, re.MULTILINE)
