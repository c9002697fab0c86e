"""What the subscription to upload events has to be, as Azure Resource Manager tells it.

Nothing is asked here. The document is that of Microsoft.EventGrid, 2025-02-15:
systemTopics/{topic}/eventSubscriptions/{name}.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from transcoding.reporting.checkup import Check

CHECK = "event subscription"

SUBSCRIBE = "run scripts/subscribe_uploads.sh, with azd's outputs in the environment"

_CREATED = "Microsoft.Storage.BlobCreated"
_WHOLE = frozenset({"PutBlob", "PutBlockList"})
"""The calls after which a blob is there that everybody uses."""


class _Part(BaseModel):
    """A part of the document: fields that are not named here are others' business."""

    model_config = ConfigDict(alias_generator=to_camel)


class _Endpoint(_Part):
    # The address without its query, which has a key; the whole one is never told.
    endpoint_base_url: str = ""


class _Destination(_Part):
    endpoint_type: str
    properties: _Endpoint = _Endpoint()


class _AdvancedFilter(_Part):
    key: str = ""
    operator_type: str = ""
    values: list[str | float] = []


class _Filter(_Part):
    subject_begins_with: str = ""
    subject_ends_with: str = ""
    included_event_types: list[str] | None = None
    advanced_filters: list[_AdvancedFilter] | None = None


class _Properties(_Part):
    provisioning_state: str
    destination: _Destination
    filter: _Filter = _Filter()


class _Subscription(_Part):
    properties: _Properties = Field()


def judge_subscription(document: str, app_url: str, container: str) -> Check:
    """Return whether events of new uploads reach this app.

    Args:
        document: what Azure Resource Manager answered, JSON.
        app_url: where the app answers.
        container: that is uploaded to.
    """
    try:
        told = _Subscription.model_validate_json(document).properties
    except ValidationError:
        return failed(f"what Azure says of it cannot be read: {document[:60]!r}", SUBSCRIBE)
    if told.provisioning_state != "Succeeded":
        return failed(
            f"its state is {told.provisioning_state}",
            f"wait a minute where it is being made; else delete it in the portal, and {SUBSCRIBE}",
        )
    # No webhook, no address: then it leads to nobody that is asked here.
    endpoint = told.destination.properties.endpoint_base_url
    if _host(endpoint) != _host(app_url):
        where = _host(endpoint) or told.destination.endpoint_type
        return failed(
            f"it leads to {where}, not to {_host(app_url)}",
            f"{SUBSCRIBE}: AZURE_FUNCTION_APP_NAME must be the app of --url",
        )
    if urlsplit(endpoint).path != "/runtime/webhooks/blobs":
        return failed(f"it leads to {urlsplit(endpoint).path} of the app", SUBSCRIBE)
    return _judge_filter(told.filter, container)


def _judge_filter(told: _Filter, container: str) -> Check:
    prefix = f"/blobServices/default/containers/{container}/"
    if not prefix.startswith(told.subject_begins_with) or told.subject_ends_with:
        shown = f"{told.subject_begins_with}...{told.subject_ends_with}"
        return failed(f"its filter {shown} leaves out uploads to {container}", SUBSCRIBE)
    types = told.included_event_types
    if types is not None and _CREATED not in types:
        return failed(f"its filter leaves out {_CREATED}", SUBSCRIBE)
    for rule in told.advanced_filters or ():
        is_understood = (rule.key, rule.operator_type) == ("data.api", "StringIn")
        if is_understood and not set(rule.values) >= _WHOLE:
            missing = ", ".join(sorted(_WHOLE - set(map(str, rule.values))))
            return failed(f"its filter leaves out {missing}", SUBSCRIBE)
    return Check(name=CHECK, status="ok", found=f"events of {container} lead to this app")


def failed(found: str, advice: str) -> Check:
    return Check(name=CHECK, status="failed", found=found, advice=advice)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
