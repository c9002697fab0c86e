"""How Front Door serves the videos."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bicep.resources import SETS, of_type, only
from transcoding.job.paths import STABLE_NAMES


def rule(name: str) -> dict[str, Any]:
    """Return the properties of a delivery rule."""
    (found,) = [
        one["properties"]
        for one in of_type("default", "Microsoft.Cdn/profiles/ruleSets/rules")
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


def test_media_is_cached_for_a_year() -> None:
    """Segments and init segments have names that never change their content."""
    (condition,) = rule("segments")["conditions"]
    assert condition["name"] == "UrlFileExtension"
    assert condition["parameters"]["matchValues"] == ["m4s", "mp4"]
    assert cache("segments") == {
        "cacheBehavior": "OverrideAlways",
        "cacheDuration": "365.00:00:00",
        "isCompressionEnabled": "Disabled",
        "queryStringCachingBehavior": "IgnoreQueryString",
    }


def test_stable_names_are_cached_for_seconds() -> None:
    """Exactly the names that are purged; 10 s is what the app itself says."""
    (condition,) = rule("manifests")["conditions"]
    assert condition["name"] == "UrlFileName"
    assert tuple(condition["parameters"]["matchValues"]) == STABLE_NAMES
    assert cache("manifests")["cacheDuration"] == "00:00:10"


def test_rules_do_not_meet() -> None:
    """No stable name has the extension of media, so their order does not matter."""
    assert not any(name.endswith((".m4s", ".mp4")) for name in STABLE_NAMES)
    orders = [
        one["properties"]["order"]
        for one in of_type("default", "Microsoft.Cdn/profiles/ruleSets/rules")
    ]
    assert sorted(orders) == [1, 2, 3]


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
    assert route["patternsToMatch"] == ["/videos/*"]
    assert route["httpsRedirect"] == "Enabled"
    assert route["forwardingProtocol"] == "HttpsOnly"
    assert route["cacheConfiguration"] == {
        "queryStringCachingBehavior": "IgnoreQueryString",
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
