"""Nobody gets in with a key, and nobody can do more than they need."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from tests.bicep.compiler import BICEP, SUBSCRIPTION, Compiler
from tests.bicep.resources import (
    OWN_ACCOUNTS,
    SETS,
    UNIQUE_PART,
    Resource,
    account,
    of_type,
    only,
    settings,
    snapshot,
)

pytestmark = pytest.mark.xdist_group("bicep")

BLOB_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
QUEUE_CONTRIBUTOR = "974c5e8b-45b9-4653-ba55-5f855dd0fb88"
TABLE_CONTRIBUTOR = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"
METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
DURABLE_CONTRIBUTOR = "0ad04412-c4d5-4796-b79c-f76d14c8d402"
IMAGE_PULLER = "7f951dda-4ed3-4680-a7ca-43fe172d538d"

ALWAYS = {
    ("vodhost", BLOB_OWNER): 1,
    ("vodhost", QUEUE_CONTRIBUTOR): 1,
    ("vodhost", TABLE_CONTRIBUTOR): 1,
    ("vodup", BLOB_CONTRIBUTOR): 2,  # the app, and Event Grid for what it cannot deliver
    ("vodup", QUEUE_CONTRIBUTOR): 1,
    ("vodout", BLOB_CONTRIBUTOR): 1,
    ("appi-vod-", METRICS_PUBLISHER): 1,
    ("afd-vod-", "purge"): 1,
    ("rg-vod", "purge results"): 1,
}
ARM_NAMES = uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
"""The namespace of ARM's guid()."""

ACCOUNTS = ("vodhost", "vodup", "vodout")
EXTRA = {
    # Front Door, on the one container.
    "private-delivery": {("videos", BLOB_READER): 1},
    "one-account": {("videos", BLOB_READER): 1},
    "durable-task-scheduler": {("dts-vod-", DURABLE_CONTRIBUTOR): 1},
    "spot": {("vodcr", IMAGE_PULLER): 1},
    # Somebody is named who uploads, and who publishes the code as a package.
    "premium": {("vodup", BLOB_CONTRIBUTOR): 3, ("vodhost", BLOB_CONTRIBUTOR): 1},
}


EACH_ACCOUNT = [
    "delivery-blob",
    "host-blob",
    "host-queue",
    "host-table",
    "uploads-blob",
    "uploads-queue",
]


def endpoints(parameters: str) -> list[str]:
    """Return the private endpoints by account and service."""
    found = of_type(parameters, "Microsoft.Network/privateEndpoints")
    return sorted(one["name"].split("-", 3)[3] for one in found)


def scope(assignment: Resource) -> str:
    """Return the id of what a role is given on.

    An assignment whose name waits for the principal has an expression for its id.
    """
    found: str = assignment["id"]
    if found.startswith("[extensionResourceId("):
        return found.split("'")[1]
    if found.startswith("[resourceId("):
        return f"/resourceGroups/{found.split(chr(39))[3]}"
    return found.partition("/providers/Microsoft.Authorization/")[0]


def grants(parameters: str) -> dict[tuple[str, str], int]:
    """Return how many have which role on which resource, by its name without the unique part."""
    custom = {
        one["name"]: one["properties"]["roleName"].partition(" ")[2].partition(" (")[0]
        for one in of_type(parameters, "Microsoft.Authorization/roleDefinitions")
    }
    found: dict[tuple[str, str], int] = {}
    for one in of_type(parameters, "Microsoft.Authorization/roleAssignments"):
        role = one["properties"]["roleDefinitionId"].rpartition("/")[2]
        on = scope(one).rpartition("/")[2].removesuffix(UNIQUE_PART)
        key = (on, custom.get(role, role))
        found[key] = found.get(key, 0) + 1
    return found


@pytest.mark.parametrize("parameters", OWN_ACCOUNTS)
def test_storage_takes_no_keys(parameters: str) -> None:
    """All three accounts want an identity, TLS 1.2 and HTTPS."""
    found = of_type(parameters, "Microsoft.Storage/storageAccounts")
    assert len(found) == 3
    for one in found:
        properties = one["properties"]
        assert properties["allowSharedKeyAccess"] is False
        assert properties["defaultToOAuthAuthentication"] is True
        assert properties["minimumTlsVersion"] == "TLS1_2"
        assert properties["supportsHttpsTrafficOnly"] is True
        assert properties["allowCrossTenantReplication"] is False
        assert properties["isLocalUserEnabled"] is False


@pytest.mark.parametrize("parameters", sorted(set(OWN_ACCOUNTS) - {"private-delivery"}))
def test_only_videos_are_public_and_nobody_lists_them(parameters: str) -> None:
    """Anonymous reading is for blobs of one container whose names one knows."""
    containers = of_type(parameters, "Microsoft.Storage/storageAccounts/blobServices/containers")
    access = {one["name"].rpartition("/")[2]: one["properties"] for one in containers}
    assert access.pop("videos") == {"publicAccess": "Blob"}
    assert set(access) == {"deployments", "uploads", "work", "failed", "lost-events"}
    assert all(properties == {"publicAccess": "None"} for properties in access.values())
    public = {name: account(parameters, name)["allowBlobPublicAccess"] for name in ACCOUNTS}
    assert public == {"vodhost": False, "vodup": False, "vodout": True}


def test_private_delivery_has_nothing_public() -> None:
    """No account allows a public container, so no policy refuses one, and none is public."""
    containers = of_type(
        "private-delivery", "Microsoft.Storage/storageAccounts/blobServices/containers"
    )
    assert len(containers) == 6
    assert all(one["properties"] == {"publicAccess": "None"} for one in containers)
    public = {name: account("private-delivery", name)["allowBlobPublicAccess"] for name in ACCOUNTS}
    assert public == {"vodhost": False, "vodup": False, "vodout": False}


def test_front_door_reads_videos_and_lists_nothing() -> None:
    """Whatever a viewer asks for goes to storage with its identity, `?comp=list` too."""
    (reads,) = [
        one
        for one in of_type("private-delivery", "Microsoft.Authorization/roleAssignments")
        if one["properties"]["roleDefinitionId"].endswith(BLOB_READER)
    ]
    assert scope(reads).endswith("/blobServices/default/containers/videos")
    assert "frontDoor" in reads["properties"]["principalId"]
    assert reads["properties"]["conditionVersion"] == "2.0"
    assert reads["properties"]["condition"] == (
        "!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'}"
        " AND SubOperationMatches{'Blob.List'})"
    )


@pytest.mark.parametrize("parameters", SETS)
def test_an_identity_that_is_made_anew_gets_its_roles(parameters: str) -> None:
    """Azure does not give an assignment to somebody else: its name has the principal's id in it."""
    assignments = of_type(parameters, "Microsoft.Authorization/roleAssignments")
    assert len(assignments) >= 9
    for one in assignments:
        principal = one["properties"]["principalId"]
        if principal.startswith("["):
            found = re.search(r"format\('(\w+)-\{0\}'", principal)
            assert found
            # The rest of the expression differs with the depth of the deployment.
            assert f"format('{found[1]}-{{0}}'" in one["name"]
            assert one["name"].count(".outputs.principalId.value") == 1
        else:
            # Known before the deployment, so the name is one already: that of these three.
            parts = (
                scope(one),
                principal,
                one["properties"]["roleDefinitionId"].rpartition("/")[2],
            )
            assert one["name"] == str(uuid.uuid5(ARM_NAMES, "-".join(parts)))


@pytest.mark.parametrize("parameters", SETS)
def test_every_role_is_needed(parameters: str) -> None:
    """These roles on these resources, and no others: none on the subscription."""
    expected = ALWAYS | EXTRA.get(parameters, {})
    if parameters == "existing-accounts":
        there = {"vodup": "archiveaccount", "vodout": "siteaccount"}
        expected = {(there.get(on, on), role): many for (on, role), many in expected.items()}
    if parameters == "one-account":
        del expected["vodout", BLOB_CONTRIBUTOR]  # the app has the role once
        expected = {
            ("mediaaccount" if on == "vodup" else on, role): many
            for (on, role), many in expected.items()
        }
    assert grants(parameters) == expected


@pytest.mark.parametrize("parameters", SETS)
def test_what_is_granted_on_the_group_only_reads_results(parameters: str) -> None:
    """Azure keeps results of a purge beside the profile; the right to purge is on the profile."""
    actions = {
        one["properties"]["roleName"].partition(" (")[0]: one["properties"]["permissions"]
        for one in of_type(parameters, "Microsoft.Authorization/roleDefinitions")
    }
    assert actions["durable-vod purge"] == [
        {"actions": ["Microsoft.Cdn/profiles/afdendpoints/Purge/action"]}
    ]
    (results,) = actions["durable-vod purge results"]
    assert set(results) == {"actions"}
    assert all(
        re.fullmatch(r"Microsoft\.Cdn/operationresults/[a-z/]*read", action)
        for action in results["actions"]
    )


@pytest.mark.parametrize("parameters", SETS)
def test_the_app_is_reached_with_https_and_published_with_an_identity(parameters: str) -> None:
    """No plain HTTP, no FTP, no publishing passwords, TLS 1.2."""
    app = only(parameters, "Microsoft.Web/sites")["properties"]
    assert app["httpsOnly"] is True
    assert app["siteConfig"]["minTlsVersion"] == "1.2"
    assert app["siteConfig"]["scmMinTlsVersion"] == "1.2"
    assert app["siteConfig"]["ftpsState"] == "Disabled"
    policies = of_type(parameters, "Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert {one["name"].rpartition("/")[2]: one["properties"]["allow"] for one in policies} == {
        "ftp": False,
        "scm": False,
    }


@pytest.mark.parametrize("parameters", SETS)
def test_no_setting_is_a_secret(parameters: str) -> None:
    """Connections are addresses and identities: there is no account key and no file share."""
    text = json.dumps(settings(parameters))
    assert not re.search(r"AccountKey|SharedAccessSignature|listKeys|[?&]sig=", text)
    assert "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING" not in text
    assert "AzureWebJobsStorage" not in settings(parameters)


@pytest.mark.parametrize("parameters", SETS)
def test_telemetry_is_sent_and_read_with_an_identity(parameters: str) -> None:
    """The key in the connection string is of no use."""
    insights = only(parameters, "Microsoft.Insights/components")["properties"]
    assert insights["DisableLocalAuth"] is True
    workspace = only(parameters, "Microsoft.OperationalInsights/workspaces")["properties"]
    assert workspace["features"] == {"disableLocalAuth": True}


def test_the_template_reads_no_account_keys(compiler: Compiler) -> None:
    """The only key there is belongs to the webhook of blob events, which takes nothing else."""
    main = compiler.build("main.bicep").output
    assert "listKeys" not in main
    assert "listAccountSas" not in main
    events = compiler.build("upload-events.bicep").output
    assert re.findall(r"listKeys\(.*?\)\.\w+\.\w+", events.replace("\\", "")) != []
    assert events.count("listKeys(") == 1
    assert "host/default" in events


def test_private_networking_closes_storage() -> None:
    """All accounts refuse the internet, but for the addresses that are named."""
    for name in ACCOUNTS:
        network = account("private-network", name)["networkAcls"]
        assert network["defaultAction"] == "Deny"
        assert network["ipRules"] == [{"action": "Allow", "value": "203.0.113.0/24"}]
    assert endpoints("private-network") == EACH_ACCOUNT
    origin = only("private-network", "Microsoft.Cdn/profiles/originGroups/origins")["properties"]
    assert origin["sharedPrivateLinkResource"]["groupId"] == "blob"


def test_the_app_finds_an_account_that_has_endpoints_elsewhere() -> None:
    """Its name leads to the zone of our network, though Front Door goes another way."""
    assert endpoints("existing-accounts") == EACH_ACCOUNT
    origin = only("existing-accounts", "Microsoft.Cdn/profiles/originGroups/origins")["properties"]
    assert origin["sharedPrivateLinkResource"] is None


def test_one_account_has_one_address_in_the_network() -> None:
    """Two endpoints for the same service of an account would write the same record."""
    assert endpoints("one-account") == [one for one in EACH_ACCOUNT if one != "delivery-blob"]
    zones = of_type("one-account", "Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
    assert len(zones) == 5


def test_private_networking_lets_event_grid_in() -> None:
    """The app refuses the internet too, but Event Grid has to reach its webhook."""
    app = only("private-network", "Microsoft.Web/sites")["properties"]
    rules = app["siteConfig"]["ipSecurityRestrictions"]
    assert app["siteConfig"]["ipSecurityRestrictionsDefaultAction"] == "Deny"
    assert [(rule["ipAddress"], rule.get("tag")) for rule in rules] == [
        ("AzureEventGrid", "ServiceTag"),
        ("203.0.113.0/24", None),
    ]


def test_the_spot_lane_is_closed() -> None:
    """Nothing starts a connection to a spot machine, and its registry knows no password."""
    group = only("spot", "Microsoft.Network/networkSecurityGroups")["properties"]
    (rule,) = group["securityRules"]
    assert (rule["properties"]["direction"], rule["properties"]["access"]) == ("Inbound", "Deny")
    assert rule["properties"]["sourceAddressPrefix"] == "*"
    registry = only("spot", "Microsoft.ContainerRegistry/registries")["properties"]
    assert registry == {"adminUserEnabled": False, "anonymousPullEnabled": False}


@pytest.mark.parametrize("parameters", SETS)
def test_snapshots_hold_no_real_names(parameters: str) -> None:
    """Subscription and principals are made up."""
    text = json.dumps(snapshot(parameters))
    own = {SUBSCRIPTION, "11111111-1111-1111-1111-111111111111"}
    assert set(re.findall(r"/subscriptions/([0-9a-f-]{36})", text)) <= own


def test_roles_are_given_in_one_file() -> None:
    """Whoever wants to know who may do what reads roles.bicep alone, which has all ids of roles."""
    giving = {
        path.name
        for path in BICEP.rglob("*.bicep")
        if "Microsoft.Authorization/roleAssignments@" in path.read_text("utf-8")
    }
    assert giving == {"roles.bicep", "account-roles.bicep"}
    calling = {
        path.name
        for path in BICEP.rglob("*.bicep")
        if "'account-roles.bicep'" in path.read_text("utf-8")
    }
    assert calling == {"roles.bicep"}
    table = (BICEP / "modules" / "account-roles.bicep").read_text("utf-8")
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", table)
