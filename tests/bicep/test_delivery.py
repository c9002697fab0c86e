"""How Front Door serves the videos."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from adapters.setting_groups import DeliverySettings
from adapters.storage.files import IMMUTABLE_CACHE
from tests.bicep.compiler import Compiler
from tests.bicep.resources import IDENTITY, SETS, of_type, only, settings, snapshot
from transcoding.job.paths import STABLE_NAMES

pytestmark = pytest.mark.xdist_group("bicep")


def rule(name: str, parameters: str = "default") -> dict[str, Any]:
    """Return the properties of a delivery rule."""
    (found,) = [
        one["properties"]
        for one in of_type(parameters, "Microsoft.Cdn/profiles/ruleSets/rules")
        if one["name"].endswith(f"/{name}")
    ]
    properties: dict[str, Any] = found
    return properties


def cache(name: str) -> dict[str, Any]:
    """Return what a rule says of caching."""
    (action,) = rule(name)["actions"]
    assert action["name"] == "RouteConfigurationOverride"
    configuration: dict[str, Any] = action["parameters"]["cacheConfiguration"]
    return configuration


def test_media_is_cached_as_long_as_storage_says_and_errors_for_a_minute() -> None:
    """All but the stable names: the app writes a year beside them, storage nothing with errors."""
    (condition,) = rule("immutable")["conditions"]
    assert condition["name"] == "UrlFileName"
    assert condition["parameters"]["negateCondition"] is True
    assert tuple(condition["parameters"]["matchValues"]) == STABLE_NAMES
    assert cache("immutable") == {
        "cacheBehavior": "OverrideIfOriginMissing",
        "cacheDuration": "00:01:00",
        "isCompressionEnabled": "Disabled",
        "queryStringCachingBehavior": "UseQueryString",
    }
    assert IMMUTABLE_CACHE == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("parameters", SETS)
def test_a_query_has_an_answer_of_its_own_in_the_cache(parameters: str) -> None:
    """Storage gets it, and answers `?comp=metadata` without the file: nobody else may see that."""
    text = json.dumps(snapshot(parameters))
    found = re.findall(r'"queryStringCachingBehavior": "(\w+)"', text)
    assert found == ["UseQueryString"] * 3  # the route, and both rules on caching


@pytest.mark.parametrize("parameters", SETS)
def test_no_viewer_chooses_bytes_with_a_header_of_storage(parameters: str) -> None:
    """x-ms-range goes before Range, by which Front Door asks for pieces of 8 MB that it keeps."""
    requests = rule("requests", parameters)
    assert requests["conditions"] == []
    version, piece = (action["parameters"] for action in requests["actions"])
    assert {action["name"] for action in requests["actions"]} == {"ModifyRequestHeader"}
    assert (version["headerAction"], version["headerName"]) == ("Overwrite", "x-ms-version")
    assert (piece["headerAction"], piece["headerName"]) == ("Delete", "x-ms-range")


def test_stable_names_stay_at_the_edge_for_a_minute() -> None:
    """Exactly the names that are purged; browsers, which no purge reaches, are told 10 s."""
    (condition,) = rule("manifests")["conditions"]
    assert condition["name"] == "UrlFileName"
    assert tuple(condition["parameters"]["matchValues"]) == STABLE_NAMES
    assert cache("manifests")["cacheDuration"] == "00:01:00"
    assert settings("default")["VOD_MANIFEST_MAX_AGE_S"] == ""
    assert DeliverySettings.model_fields["manifest_max_age_s"].default == 10


def test_rules_do_not_meet() -> None:
    """Both on caching have the same names, one of them not: their order does not matter."""
    (immutable,) = rule("immutable")["conditions"]
    (manifests,) = rule("manifests")["conditions"]
    assert immutable["parameters"]["transforms"] == manifests["parameters"]["transforms"]
    assert manifests["parameters"].get("negateCondition", False) is False
    orders = [
        one["properties"]["order"]
        for one in of_type("default", "Microsoft.Cdn/profiles/ruleSets/rules")
    ]
    assert sorted(orders) == [1, 2, 3, 4]


def test_any_web_page_may_play() -> None:
    """Also from the cache: storage sends these headers only to requests that have an origin."""
    headers = {
        action["parameters"]["headerName"]: action["parameters"]["value"]
        for action in rule("anyOrigin")["actions"]
    }
    assert rule("anyOrigin")["conditions"] == []
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Range" in headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("parameters", SETS)
def test_only_videos_are_served_and_only_with_https(parameters: str) -> None:
    """One route, for one container, that sends plain HTTP on to HTTPS."""
    route = only(parameters, "Microsoft.Cdn/profiles/afdEndpoints/routes")["properties"]
    container = settings(parameters)["VOD_VIDEOS_CONTAINER"]
    assert container == ("films" if parameters == "existing-accounts" else "videos")
    assert route["patternsToMatch"] == [f"/{container}/*"]
    assert route["httpsRedirect"] == "Enabled"
    assert route["forwardingProtocol"] == "HttpsOnly"
    assert route["cacheConfiguration"] == {
        "queryStringCachingBehavior": "UseQueryString",
        "compressionSettings": {"isCompressionEnabled": False},
    }


def test_standard_has_no_firewall_and_premium_blocks() -> None:
    """The firewall covers the endpoint and the domain of one's own."""
    kind = "Microsoft.Network/frontDoorWebApplicationFirewallPolicies"
    assert of_type("default", kind) == []
    policy = only("premium", kind)["properties"]
    assert policy["policySettings"] == {"enabledState": "Enabled", "mode": "Prevention"}
    assert [one["ruleSetType"] for one in policy["managedRules"]["managedRuleSets"]] == [
        "Microsoft_DefaultRuleSet",
        "Microsoft_BotManagerRuleSet",
    ]
    security = only("premium", "Microsoft.Cdn/profiles/securityPolicies")["properties"]
    (association,) = security["parameters"]["associations"]
    assert len(association["domains"]) == 2


def test_a_domain_of_ones_own_has_a_managed_certificate() -> None:
    """TLS 1.2 at least, and the same route as Front Door's own name."""
    domain = only("premium", "Microsoft.Cdn/profiles/customDomains")["properties"]
    assert domain["hostName"] == "video.example.com"
    assert domain["tlsSettings"] == {
        "certificateType": "ManagedCertificate",
        "minimumTlsVersion": "TLS12",
    }
    route = only("premium", "Microsoft.Cdn/profiles/afdEndpoints/routes")["properties"]
    assert len(route["customDomains"]) == 1
    assert of_type("default", "Microsoft.Cdn/profiles/customDomains") == []


def origin_group(parameters: str) -> dict[str, Any]:
    properties: dict[str, Any] = only(parameters, "Microsoft.Cdn/profiles/originGroups")[
        "properties"
    ]
    return properties


@pytest.mark.parametrize("parameters", sorted(set(SETS) - set(IDENTITY)))
def test_public_videos_need_no_identity(parameters: str) -> None:
    """Front Door has none, and sends no probes."""
    assert only(parameters, "Microsoft.Cdn/profiles").get("identity") is None
    group = origin_group(parameters)
    assert (group["authentication"], group["healthProbeSettings"]) == (None, None)


def test_private_videos_are_read_with_an_identity() -> None:
    """Its own, with a token for storage; Azure wants probes and forwarding over HTTPS for it."""
    profile = only("private-delivery", "Microsoft.Cdn/profiles")
    assert profile["identity"] == {"type": "SystemAssigned"}
    assert profile["sku"] == {"name": "Standard_AzureFrontDoor"}
    group = origin_group("private-delivery")
    assert group["authentication"] == {
        "type": "SystemAssignedIdentity",
        "scope": "https://storage.azure.com/.default",
    }
    assert group["healthProbeSettings"]["probeProtocol"] == "Https"
    assert group["healthProbeSettings"]["probeIntervalInSeconds"] == 255


@pytest.mark.parametrize(
    ("parameters", "access"),
    [("default", "Blob"), ("one-account", "Blob"), ("private-delivery", "None")],
)
def test_both_is_between_public_and_identity(parameters: str, access: str) -> None:
    """Front Door comes with its identity already, and the container is public still."""
    (videos,) = [
        one["properties"]
        for one in of_type(parameters, "Microsoft.Storage/storageAccounts/blobServices/containers")
        if one["name"].endswith("/videos")
    ]
    assert videos == {"publicAccess": access}
    has_token = origin_group(parameters)["authentication"] is not None
    assert has_token == (parameters != "default")


def test_an_identity_has_its_role_before_it_is_used(compiler: Compiler) -> None:
    """Storage refuses a token without a role even where it would let in anyone."""
    resources = json.loads(compiler.build("main.bicep").output)["resources"]
    assert "roles" in resources["frontDoor"]["dependsOn"]
    assert "frontDoorProfile" in resources["roles"]["dependsOn"]
    assert "frontDoor" not in resources["roles"]["dependsOn"]


def test_requests_name_a_version_of_storage() -> None:
    """Storage refuses tokens in requests that do not, and browsers do not."""
    action = rule("requests", "private-delivery")["actions"][0]
    # The first that takes tokens is 2017-11-09.
    assert action["parameters"]["value"] > "2017-11-09"


def test_an_identity_and_private_link_exclude_each_other(compiler: Compiler) -> None:
    """Front Door knows no identity on a private link: with one, delivery is reached without it."""
    origin = only("private-delivery", "Microsoft.Cdn/profiles/originGroups/origins")["properties"]
    assert origin["sharedPrivateLinkResource"] is None
    main = json.loads(compiler.build("main.bicep").output)
    assert main["variables"]["isDeliveryPrivate"] == (
        "[and(and(parameters('privateNetworking'),"
        " equals(parameters('frontDoorSku'), 'Premium_AzureFrontDoor')),"
        " not(variables('hasIdentity')))]"
    )
