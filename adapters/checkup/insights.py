"""Whether Application Insights takes telemetry: one item is sent as the exporter sends its own.

POST {IngestionEndpoint}/v2.1/track with a JSON list of envelopes; the answer counts those that were
accepted (the Breeze protocol, as azure-monitor-opentelemetry-exporter speaks it).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    RedirectPolicy,
)
from azure.core.rest import HttpRequest, HttpResponse

from adapters.checkup.examination import Finding, failed, passed, skipped
from adapters.identity import app_credential

_DEFAULT_ENDPOINT = "https://dc.services.visualstudio.com"
_DEFAULT_AUDIENCE = "https://monitor.azure.com/"
_VERBOSE = 0

_COPY = "copy APPLICATIONINSIGHTS_CONNECTION_STRING whole from the resource's overview"
_ROLE = (
    "give the app's identity the role Monitoring Metrics Publisher on the Application Insights"
    " resource, and set APPLICATIONINSIGHTS_AUTHENTICATION_STRING to Authorization=AAD with its"
    " ClientId"
)
_CAP = "raise the daily cap of Application Insights or its workspace, or wait until it is reset"
_ADVICE: Mapping[int, str] = {400: _COPY, 401: _ROLE, 403: _ROLE, 402: _CAP, 404: _COPY, 439: _CAP}


def try_insights(connection_string: str, identity: str, now: datetime) -> Finding:
    """Send one line of the lowest severity.

    Args:
        connection_string: "" where telemetry is not sent.
        identity: as whom, `Authorization=AAD[;ClientId=...]`; "" for the key in the connection
            string.
    """
    if not connection_string:
        return skipped("APPLICATIONINSIGHTS_CONNECTION_STRING is not set: nothing is sent")
    given = _parts(connection_string)
    endpoint = given.get("ingestionendpoint", _DEFAULT_ENDPOINT).rstrip("/")
    policies: list[Any] = [RedirectPolicy()]
    if identity:
        audience = given.get("aadaudience", _DEFAULT_AUDIENCE)
        credential = app_credential(_parts(identity).get("clientid", ""))
        policies.append(BearerTokenCredentialPolicy(credential, f"{audience}/.default"))
    envelope = _envelope(given.get("instrumentationkey", ""), now)
    request = HttpRequest("POST", f"{endpoint}/v2.1/track", json=[envelope])
    try:
        with PipelineClient[HttpRequest, HttpResponse](endpoint, policies=policies) as client:
            answer = client.send_request(request, connection_timeout=5, read_timeout=15)
            return _judged(answer, "its identity" if identity else "the key")
    except AzureError as error:
        # What the libraries say of tokens is long, and its first line says it.
        return failed(
            str(error).partition("\n")[0],
            "see that the app has its identity, and reaches the ingestion endpoint of"
            " APPLICATIONINSIGHTS_CONNECTION_STRING",
        )


def _judged(answer: HttpResponse, who: str) -> Finding:
    told = _json(answer)
    accepted = told.get("itemsAccepted")
    if answer.status_code in (200, 206) and accepted == 1:
        return passed(f"telemetry is accepted, sent with {who}")
    errors = told.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    code, message = answer.status_code, ""
    if isinstance(first, dict):
        code = int(first.get("statusCode") or code)
        message = str(first.get("message") or "")
    return failed(
        f"telemetry sent with {who} is refused: HTTP {code} {message}".rstrip(),
        _ADVICE.get(code, "ask again in a while; Azure's status page tells of outages"),
    )


def _json(answer: HttpResponse) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _envelope(key: str, now: datetime) -> dict[str, Any]:
    return {
        "name": "Microsoft.ApplicationInsights.Message",
        "time": now.isoformat(),
        "iKey": key,
        "data": {
            "baseType": "MessageData",
            "baseData": {"ver": 2, "message": "a checkup", "severityLevel": _VERBOSE},
        },
    }


def _parts(connection_string: str) -> dict[str, str]:
    parts = [part.partition("=") for part in connection_string.split(";")]
    return {name.strip().lower(): value.strip() for name, _, value in parts}
