"""Asks Azure Resource Manager for the subscription that brings events of uploads to the app."""

from __future__ import annotations

from urllib.parse import quote

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from adapters.identity import credential_for, is_stand_in
from cli.doctor.patient import AzureNames
from cli.doctor.storage import SIGN_IN
from cli.doctor.subscription import CHECK, SUBSCRIBE, failed, judge_subscription
from cli.doctor.visit import Visit
from transcoding.reporting.checkup import Check

_API_VERSION = "2025-02-15"
_TIMEOUT_S = 20
_MAX_BYTES = 256 * 1024
_READ = "Microsoft.EventGrid/systemTopics/eventSubscriptions/read"


def subscription(visit: Visit) -> Check:
    """Look at the subscription with the user's own identity."""
    names = visit.patient.names
    if not (names.topic and names.subscription and names.resource_group):
        return Check(
            name=CHECK,
            status="skipped",
            found="no topic is named (UPLOADS_TOPIC_NAME, AZURE_RESOURCE_GROUP and"
            " AZURE_SUBSCRIPTION_ID): then the app finds uploads by scanning",
        )
    path = (
        f"/subscriptions/{names.subscription}/resourceGroups/{names.resource_group}"
        f"/providers/Microsoft.EventGrid/systemTopics/{names.topic}"
        f"/eventSubscriptions/{names.event_subscription}"
    )
    try:
        status, body = _get(visit.patient.settings.front_door_management_url, path)
    except ClientAuthenticationError:
        return failed("Azure does not know who asks", SIGN_IN)
    except AzureError as error:
        return failed(
            f"Azure does not answer ({type(error).__name__})", "check the network, and try again"
        )
    if status == 200:
        container = visit.patient.settings.uploads_container
        return judge_subscription(body, visit.patient.url, container)
    return _refused(status, names)


def _refused(status: int, names: AzureNames) -> Check:
    if status == 404:
        return failed(
            f"there is none named {names.event_subscription} at topic {names.topic}",
            f"{SUBSCRIBE}; check AZURE_RESOURCE_GROUP, UPLOADS_TOPIC_NAME and"
            " UPLOADS_SUBSCRIPTION_NAME",
        )
    if status in (401, 403):
        return failed(
            f"HTTP {status}: you may not see it",
            f"have somebody give you Reader on the resource group ({_READ})",
        )
    return failed(f"Azure answers HTTP {status}", "try again; then look at Azure's status")


def _get(url: str, path: str) -> tuple[int, str]:
    """Return status and body of one request, without another try."""
    scope = f"{url.rstrip('/')}/.default"
    policies = [
        RetryPolicy.no_retries(),
        ARMChallengeAuthenticationPolicy(credential_for(url), scope),
    ]
    options = {"enforce_https": False} if is_stand_in(url) else {}
    client: ARMPipelineClient[HttpRequest, HttpResponse] = ARMPipelineClient(url, policies=policies)
    with client:
        response = client.send_request(
            HttpRequest("GET", url.rstrip("/") + quote(path), params={"api-version": _API_VERSION}),
            stream=True,
            connection_timeout=_TIMEOUT_S,
            read_timeout=_TIMEOUT_S,
            **options,
        )
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > _MAX_BYTES:
                break
        response.close()
        return response.status_code, bytes(body[:_MAX_BYTES]).decode("utf-8", "replace")
