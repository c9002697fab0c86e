"""What the doctor thinks of an event subscription, and how it asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.doctor.events import subscription
from cli.doctor.patient import AzureNames
from cli.doctor.subscription import judge_subscription
from tests.cli.doctor.builders import NOBODY, a_visit, some_settings
from tests.management_api import SUBSCRIPTION_PATH, Answer, ManagementApi

APP = "https://func-vod-1.azurewebsites.net"
NAMES = AzureNames(
    topic="topic", resource_group="media", subscription="00000000-0000-0000-0000-000000000001"
)


def a_subscription(
    *, state: str = "Succeeded", endpoint: str = f"{APP}/runtime/webhooks/blobs", **filtered: Any
) -> dict[str, Any]:
    """Return the document of what bicep/upload-events.bicep makes."""
    return {
        "id": SUBSCRIPTION_PATH,
        "name": "uploads",
        "type": "Microsoft.EventGrid/systemTopics/eventSubscriptions",
        "properties": {
            "topic": SUBSCRIPTION_PATH.rpartition("/eventSubscriptions")[0],
            "provisioningState": state,
            "destination": {
                "endpointType": "WebHook",
                "properties": {"endpointBaseUrl": endpoint, "maxEventsPerBatch": 1},
            },
            "filter": {
                "subjectBeginsWith": "/blobServices/default/containers/uploads/",
                "subjectEndsWith": "",
                "includedEventTypes": ["Microsoft.Storage.BlobCreated"],
                "advancedFilters": [
                    {
                        "key": "data.api",
                        "operatorType": "StringIn",
                        "values": ["PutBlob", "PutBlockList", "CopyBlob", "FlushWithClose"],
                    }
                ],
                **filtered,
            },
            "eventDeliverySchema": "EventGridSchema",
        },
    }


def test_the_subscription_of_a_deployment_passes() -> None:
    """Events of the container lead to the app, whose address is compared without its case."""
    check = judge_subscription(json.dumps(a_subscription()), APP.upper(), "uploads")
    assert (check.status, check.found) == ("ok", "events of uploads lead to this app")


def test_a_wider_filter_passes() -> None:
    """All blobs of the account, of all kinds of events, are more than is needed."""
    wide = a_subscription(
        subjectBeginsWith="",
        includedEventTypes=None,
        advancedFilters=None,
        isSubjectCaseSensitive=0,
    )
    assert judge_subscription(json.dumps(wide), APP, "uploads").status == "ok"


@pytest.mark.parametrize(
    ("document", "found", "advice"),
    [
        (a_subscription(state="Failed"), "its state is Failed", "delete it in the portal"),
        (a_subscription(state="Creating"), "its state is Creating", "wait a minute"),
        (
            a_subscription(endpoint="https://other.example/runtime/webhooks/blobs"),
            "it leads to other.example, not to func-vod-1.azurewebsites.net",
            "AZURE_FUNCTION_APP_NAME",
        ),
        (a_subscription(endpoint=""), "it leads to WebHook, not to", "subscribe_uploads.sh"),
        (
            a_subscription(endpoint=f"{APP}/api/events"),
            "it leads to /api/events of the app",
            "subscribe_uploads.sh",
        ),
        (
            a_subscription(subjectBeginsWith="/blobServices/default/containers/old/"),
            "its filter /blobServices/default/containers/old/... leaves out uploads to uploads",
            "subscribe_uploads.sh",
        ),
        (a_subscription(subjectEndsWith=".mov"), "leaves out uploads to", "subscribe_uploads.sh"),
        (
            a_subscription(includedEventTypes=["Microsoft.Storage.BlobDeleted"]),
            "its filter leaves out Microsoft.Storage.BlobCreated",
            "subscribe_uploads.sh",
        ),
        (
            a_subscription(
                advancedFilters=[
                    {"key": "data.api", "operatorType": "StringIn", "values": ["PutBlob"]}
                ]
            ),
            "its filter leaves out PutBlockList",
            "subscribe_uploads.sh",
        ),
        ({"properties": []}, "what Azure says of it cannot be read", "subscribe_uploads.sh"),
        ("<html>", "what Azure says of it cannot be read", "subscribe_uploads.sh"),
    ],
)
def test_one_broken_thing_is_told_with_advice(document: Any, found: str, advice: str) -> None:
    """State, address, path and filter are each looked at."""
    check = judge_subscription(json.dumps(document), APP, "uploads")
    assert check.status == "failed"
    assert found in check.found
    assert advice in check.advice


@pytest.fixture
def api() -> Iterator[ManagementApi]:
    with ManagementApi() as running:
        yield running


def ask(api_url: str) -> Any:
    """Ask the management API at an address for the subscription."""
    settings = some_settings(front_door_management_url=api_url)
    return subscription(a_visit(settings, url=APP, names=NAMES))


def test_azure_is_asked_once_with_the_users_identity(api: ManagementApi) -> None:
    """One request for the subscription by name; a stand-in gets no real token."""
    api.to_subscription = Answer(200, a_subscription())
    assert ask(api.url).status == "ok"
    assert [(asked.method, asked.path) for asked in api.asked] == [("GET", SUBSCRIPTION_PATH)]
    assert api.asked[0].authorization == "Bearer development"


def test_a_subscription_of_another_name_is_asked_for(api: ManagementApi) -> None:
    """On a topic that was there before, each deployment has its own."""
    settings = some_settings(front_door_management_url=api.url)
    api.to_status = Answer(404, {})
    names = NAMES.model_copy(update={"event_subscription": "uploads-x"})
    check = subscription(a_visit(settings, url=APP, names=names))
    assert [asked.path for asked in api.asked] == [f"{SUBSCRIPTION_PATH}-x"]
    assert check.found == "there is none named uploads-x at topic topic"


@pytest.mark.parametrize(
    ("status", "found", "advice"),
    [
        (404, "there is none named uploads at topic topic", "subscribe_uploads.sh"),
        (403, "HTTP 403: you may not see it", "Reader"),
        (500, "Azure answers HTTP 500", "try again"),
    ],
)
def test_what_azure_refuses_is_told(
    api: ManagementApi, status: int, found: str, advice: str
) -> None:
    """A missing subscription, a missing role and an error of Azure's are told apart."""
    api.to_subscription = Answer(status, {"error": {"code": "X", "message": "no"}})
    check = ask(api.url)
    assert (check.status, check.found) == ("failed", found)
    assert advice in check.advice


def test_azure_that_is_out_of_reach_is_told() -> None:
    """No answer is no crash."""
    check = ask(NOBODY)
    assert check.status == "failed"
    assert check.found == "Azure does not answer (ServiceRequestError)"


def test_without_a_topic_there_is_nothing_to_ask_for() -> None:
    """Locally the host scans; the check says which names it would need."""
    check = subscription(a_visit(url=APP))
    assert check.status == "skipped"
    assert "UPLOADS_TOPIC_NAME" in check.found


def test_an_answer_without_an_end_is_cut(api: ManagementApi) -> None:
    """A megabyte where a document of two kilobytes is due is no document."""
    api.to_subscription = Answer(200, {**a_subscription(), "padding": "x" * 2**20})
    assert ask(api.url).found.startswith("what Azure says of it cannot be read")
