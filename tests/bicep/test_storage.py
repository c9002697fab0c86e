"""What is kept, where, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bicep.resources import SETS, Resource, of_type, only, settings
from tests.test_function_app import index


def rules() -> dict[str, dict[str, Any]]:
    """Return the lifecycle rules by name."""
    policy = only("default", "Microsoft.Storage/storageAccounts/managementPolicies")
    return {rule["name"]: rule["definition"] for rule in policy["properties"]["policy"]["rules"]}


def blob_service(prefix: str) -> Resource:
    (found,) = [
        one
        for one in of_type("default", "Microsoft.Storage/storageAccounts/blobServices")
        if one["name"].startswith(prefix)
    ]
    return found


def test_sources_grow_cold() -> None:
    """Cool after 30 days, archive after 90, never deleted; replaced versions after 30."""
    rule = rules()["sources"]
    assert rule["filters"] == {"blobTypes": ["blockBlob"], "prefixMatch": ["uploads/"]}
    assert rule["actions"] == {
        "baseBlob": {
            "tierToCool": {"daysAfterModificationGreaterThan": 30},
            "tierToArchive": {"daysAfterModificationGreaterThan": 90},
        },
        "version": {"delete": {"daysAfterCreationGreaterThan": 30}},
    }


def test_notes_of_jobs_go_after_a_week() -> None:
    """What they were overwritten from goes after a day: there is a version every few seconds."""
    rule = rules()["work"]
    assert rule["filters"]["prefixMatch"] == ["work/"]
    assert rule["actions"] == {
        "baseBlob": {"delete": {"daysAfterModificationGreaterThan": 7}},
        "version": {"delete": {"daysAfterCreationGreaterThan": 1}},
    }


def test_dead_letters_stay_for_half_a_year() -> None:
    """Those of jobs, and events that could not be delivered."""
    rule = rules()["failed"]
    assert rule["filters"]["prefixMatch"] == ["failed/", "lost-events/"]
    assert rule["actions"]["baseBlob"] == {"delete": {"daysAfterModificationGreaterThan": 180}}
    assert set(rules()) == {"sources", "work", "failed"}


def test_uploads_can_be_brought_back() -> None:
    """Versions of what is replaced, and 14 days for what is deleted."""
    properties = blob_service("vodup")["properties"]
    assert properties["isVersioningEnabled"] is True
    assert properties["deleteRetentionPolicy"] == {"enabled": True, "days": 14}
    assert properties["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 14}


def test_the_host_keeps_no_versions_of_its_leases() -> None:
    """They change every few seconds, for as long as the app runs."""
    properties = blob_service("vodhost")["properties"]
    assert properties["isVersioningEnabled"] is False
    assert properties["deleteRetentionPolicy"] == {"enabled": False}


def test_web_pages_may_read_videos() -> None:
    """Players of any origin, with Range; no other account says so."""
    (rule,) = blob_service("vodout")["properties"]["cors"]["corsRules"]
    assert rule["allowedOrigins"] == ["*"]
    assert rule["allowedMethods"] == ["GET", "HEAD", "OPTIONS"]
    assert rule["exposedHeaders"] == ["*"]
    for private in ("vodhost", "vodup"):
        assert blob_service(private)["properties"]["cors"] == {"corsRules": []}


def test_uploads_are_in_an_account_that_has_an_archive() -> None:
    """Zone-redundant accounts have no archive tier."""
    skus = {
        one["name"][:5]: one["sku"]["name"]
        for one in of_type("default", "Microsoft.Storage/storageAccounts")
    }
    assert skus["vodup"] == "Standard_LRS"


@pytest.mark.parametrize("parameters", SETS)
def test_the_poison_queue_is_there_before_the_app(parameters: str) -> None:
    """It is in the uploads account, and the one that on_poison listens to."""
    queue = only(parameters, "Microsoft.Storage/storageAccounts/queueServices/queues")
    uploads = settings(parameters)["UPLOADS_STORAGE__queueServiceUri"]
    assert queue["name"].partition("/")[0] in uploads
    assert f'"{queue["name"].rpartition("/")[2]}"' in str(index()["on_poison"]).replace("'", '"')


@pytest.mark.parametrize("parameters", SETS)
def test_every_container_of_a_setting_is_made(parameters: str) -> None:
    """The app makes none in Azure: those of its settings are there, in the right account."""
    made = {
        one["name"].replace("/default/", "/")
        for one in of_type(parameters, "Microsoft.Storage/storageAccounts/blobServices/containers")
    }
    given = settings(parameters)
    for setting in ("UPLOADS", "WORK", "FAILED", "VIDEOS"):
        address = given[
            f"{'DELIVERY' if setting == 'VIDEOS' else 'UPLOADS'}_STORAGE__blobServiceUri"
        ]
        (account,) = {name.partition("/")[0] for name in made if name.partition("/")[0] in address}
        assert f"{account}/{given[f'VOD_{setting}_CONTAINER']}" in made
