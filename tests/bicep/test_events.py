"""Which events reach the app, and where those go that cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.bicep.compiler import ROOT
from tests.bicep.resources import OWN_ACCOUNTS, only, settings
from tests.test_function_app import index


@pytest.fixture(scope="module")
def subscription() -> dict[str, Any]:
    """Give the subscription to events of the uploads account."""
    properties: dict[str, Any] = only(
        "upload-events", "Microsoft.EventGrid/systemTopics/eventSubscriptions"
    )["properties"]
    return properties


def test_only_whole_blobs_of_the_uploads_container_start_jobs(subscription: dict[str, Any]) -> None:
    """With the slash, a container whose name begins the same does not match."""
    found = subscription["filter"]
    assert found["subjectBeginsWith"] == "/blobServices/default/containers/uploads/"
    assert found["includedEventTypes"] == ["Microsoft.Storage.BlobCreated"]
    assert found["advancedFilters"] == [
        {
            "key": "data.api",
            "operatorType": "StringIn",
            "values": ["PutBlob", "PutBlockList", "CopyBlob", "FlushWithClose"],
        }
    ]


def test_events_go_to_the_blob_trigger(subscription: dict[str, Any]) -> None:
    """The webhook names a function that there is."""
    url = subscription["destination"]["properties"]["endpointUrl"]
    assert "/runtime/webhooks/blobs" in url
    assert "functionName=Host.Functions.on_upload&" in url
    assert "on_upload" in index()


def test_events_are_tried_for_a_day_and_then_kept(subscription: dict[str, Any]) -> None:
    """Thirty attempts within 1,440 minutes; then they lie in a container, written without a key."""
    assert subscription["retryPolicy"] == {
        "maxDeliveryAttempts": 30,
        "eventTimeToLiveInMinutes": 1440,
    }
    lost = subscription["deadLetterWithResourceIdentity"]
    assert lost["identity"] == {"type": "SystemAssigned"}
    assert lost["deadLetterDestination"]["properties"]["blobContainerName"] == "lost-events"


@pytest.mark.parametrize("parameters", OWN_ACCOUNTS)
def test_the_topic_is_that_of_the_uploads_account(parameters: str) -> None:
    """It has an identity, with which lost events are written."""
    topic = only(parameters, "Microsoft.EventGrid/systemTopics")
    assert topic["properties"]["topicType"] == "Microsoft.Storage.StorageAccounts"
    assert topic["identity"] == {"type": "SystemAssigned"}
    text = json.dumps(topic["properties"]["source"])
    assert "storage-" in text  # an output of the module: known at deployment
    assert "uploadsId" in text


def test_both_phases_agree_on_the_containers() -> None:
    """What the app is told, and what the events are filtered by."""
    assert settings("default")["VOD_UPLOADS_CONTAINER"] == "uploads"
    script = (ROOT / "scripts" / "subscribe_uploads.sh").read_text("utf-8")
    assert "uploadsContainer=${UPLOADS_CONTAINER:-uploads}" in script
