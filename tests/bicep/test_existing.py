"""Accounts that were there before keep all that they have."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.bicep.azure_cli import OUTPUTS, run
from tests.bicep.compiler import BICEP, ROOT, SUBSCRIPTION, Compiler
from tests.bicep.resources import (
    SETS,
    UNIQUE_PART,
    of_type,
    only,
    outputs,
    settings,
    snapshot,
)

pytestmark = pytest.mark.xdist_group("bicep")

PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
SECTION = PAGE.partition("\n## Accounts that are there already\n")[2].partition("\n## ")[0]
FOREIGN = ("rg-archive", "rg-site")


def in_other_groups() -> set[tuple[str, str]]:
    """Return type and name of all that is deployed outside the app's own group, but roles."""
    return {
        (one["type"].partition("/")[2], one["name"])
        for one in snapshot("existing-accounts")
        if any(f"/resourceGroups/{group}/" in one["id"] for group in FOREIGN)
        and "roleAssignments" not in one["type"]
    }


def test_an_existing_account_gets_containers_and_a_queue_and_no_more() -> None:
    """No account, lifecycle policy, blob service or topic: each would replace what is there."""
    container = "storageAccounts/blobServices/containers"
    assert in_other_groups() == {
        (container, "archiveaccount/default/incoming"),
        (container, "archiveaccount/default/work"),
        (container, "archiveaccount/default/failed"),
        (container, "archiveaccount/default/lost-events"),
        (container, "siteaccount/default/films"),
        (
            "storageAccounts/queueServices/queues",
            "archiveaccount/default/webjobs-blobtrigger-poison",
        ),
    }
    (host,) = of_type("existing-accounts", "Microsoft.Storage/storageAccounts")
    assert host["name"].startswith("vodhost")
    assert (
        of_type("existing-accounts", "Microsoft.Storage/storageAccounts/managementPolicies") == []
    )
    assert of_type("existing-accounts", "Microsoft.EventGrid/systemTopics") == []


def test_what_is_there_is_not_deployed_again(compiler: Compiler) -> None:
    """A container that people have made keeps its public access, and a queue what is in it."""
    built = json.loads(compiler.build("modules/existing-account.bicep").output)
    deployed = [one for one in built["resources"].values() if not one.get("existing")]
    assert len(deployed) == 2
    assert all(one["@options"] == {"onlyIfNotExists": []} for one in deployed)
    own = compiler.build("modules/storage-account.bicep").output
    assert "onlyIfNotExists" not in own


def test_the_app_is_told_of_existing_accounts() -> None:
    """Connections and containers are theirs; Front Door reads from the account that is there."""
    given = settings("existing-accounts")
    assert "archiveaccount" in given["UPLOADS_STORAGE__blobServiceUri"]
    assert "siteaccount" in given["DELIVERY_STORAGE__blobServiceUri"]
    assert "vodhost" in given["AzureWebJobsStorage__blobServiceUri"]
    assert given["VOD_UPLOADS_CONTAINER"] == "incoming"
    assert given["VOD_VIDEOS_CONTAINER"] == "films"
    origin = only("existing-accounts", "Microsoft.Cdn/profiles/originGroups/origins")["properties"]
    assert "'siteaccount'" in origin["hostName"]


def test_the_second_phase_finds_what_is_elsewhere(compiler: Compiler) -> None:
    """The subscription is deployed where the topic is; lost events go to where the account is."""
    events = json.loads(compiler.build("upload-events.bicep").output)
    module = events["resources"]["subscription"]
    assert module["resourceGroup"] == "[parameters('topicResourceGroup')]"
    account = module["properties"]["parameters"]["uploadsAccountId"]["value"]
    assert "parameters('uploadsResourceGroup')" in account
    script = (ROOT / "scripts" / "subscribe_uploads.sh").read_text("utf-8")
    assert "topicResourceGroup=${UPLOADS_TOPIC_RESOURCE_GROUP:-$AZURE_RESOURCE_GROUP}" in script
    assert "uploadsResourceGroup=${UPLOADS_RESOURCE_GROUP:-$AZURE_RESOURCE_GROUP}" in script


def test_one_account_for_both_gets_each_role_once(compiler: Compiler) -> None:
    """The second module of roles is left out, however the account's group is written."""
    roles = json.loads(compiler.build("modules/roles.bicep").output)
    assert roles["variables"]["isOneAccount"] == (
        "[equals(parameters('accounts').uploads.name, parameters('accounts').delivery.name)]"
    )
    assert roles["resources"]["onDelivery"]["condition"] == "[not(variables('isOneAccount'))]"
    grants = str(roles["resources"]["onUploads"]["properties"]["parameters"]["grants"])
    assert "union(variables('uploadsGrants'), variables('deliveryGrants'))" in grants


def test_a_new_topic_is_where_the_account_is() -> None:
    """Azure makes those that it makes by itself there, and documents no other place."""
    topic = only("one-account", "Microsoft.EventGrid/systemTopics")
    assert "/resourceGroups/rg-media/" in topic["id"]
    assert topic["name"] == f"evgt-vod-{UNIQUE_PART}"
    told = {name: outputs(name)["UPLOADS_TOPIC_RESOURCE_GROUP"] for name in SETS}
    assert told.pop("one-account") == "rg-media"
    assert told.pop("existing-accounts") == "rg-archive"
    assert set(told.values()) == {"rg-vod"}


def test_deployments_on_one_topic_have_subscriptions_of_their_own(path: Path) -> None:
    """With one name for all, the last deployment would take the events of the others."""
    told = {name: outputs(name)["UPLOADS_SUBSCRIPTION_NAME"] for name in SETS}
    assert told.pop("existing-accounts") == f"uploads-{UNIQUE_PART}"
    assert set(told.values()) == {"uploads"}
    ran = run("subscribe_uploads.sh", path, **OUTPUTS, UPLOADS_SUBSCRIPTION_NAME="uploads-x")
    assert " subscriptionName=uploads-x " in ran.asked[-1]
    ran = run("subscribe_uploads.sh", path, **OUTPUTS)
    assert " subscriptionName=uploads " in ran.asked[-1]


def test_one_account_keeps_uploads_and_videos_apart(compiler: Compiler, tmp_path: Path) -> None:
    """Videos in the container of uploads would start jobs, which publish."""
    copy = shutil.copytree(BICEP, tmp_path / "bicep")
    shutil.copy(BICEP.parent / "host.json", tmp_path)
    parameters = copy / "snapshots" / "one-account.bicepparam"
    parameters.write_text(parameters.read_text("utf-8") + "param videosContainer = 'uploads'\n")
    ran = compiler.run(
        "snapshot", "snapshots/one-account.bicepparam", "--mode", "overwrite",
        "--subscription-id", SUBSCRIPTION, folder=copy,
    )  # fmt: skip
    assert "their containers need names of their own" in "".join(ran.complaints)


def test_the_page_says_what_happens_to_an_account() -> None:
    """What is created, with its names, and the lifecycle that one has to bring."""
    assert SECTION
    for made in ("work", "failed", "lost-events", "webjobs-blobtrigger-poison"):
        assert f"`{made}`" in SECTION
    policy = only("default", "Microsoft.Storage/storageAccounts/managementPolicies")
    told = {
        re.sub(r"[`/]", "", prefix): int(days)
        for prefix, days in re.findall(r"^\| (`[a-z-]+/`) \| (\d+) days", SECTION, re.MULTILINE)
    }
    deployed = {
        prefix.strip("/"): rule["definition"]["actions"]["baseBlob"]["delete"][
            "daysAfterModificationGreaterThan"
        ]
        for rule in policy["properties"]["policy"]["rules"]
        for prefix in rule["definition"]["filters"]["prefixMatch"]
        if "delete" in rule["definition"]["actions"]["baseBlob"]
    }
    assert told == deployed == {"work": 7, "failed": 180, "lost-events": 180}
