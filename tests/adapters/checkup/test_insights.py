"""One item for Application Insights, against a stand-in of its ingestion endpoint."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.checkup.insights import try_insights
from tests.identity_endpoint import IdentityEndpoint, write_certificate
from tests.ingestion import Ingestion
from tests.transcoding.builders import NOW

KEY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def ingestion() -> Iterator[Ingestion]:
    with Ingestion() as running:
        yield running


def test_without_a_connection_string_nothing_is_tried() -> None:
    """Nobody wants telemetry there."""
    found = try_insights("", "", NOW)
    assert found.status == "skipped"
    assert "APPLICATIONINSIGHTS_CONNECTION_STRING" in found.found


def test_one_line_of_the_lowest_severity_is_sent(ingestion: Ingestion) -> None:
    """As the exporter writes it."""
    found = try_insights(ingestion.connection_string, "", NOW)
    assert found == ("ok", "telemetry is accepted, sent with the key", "")
    (text,) = ingestion.texts
    (envelope,) = json.loads(text)
    assert envelope["name"] == "Microsoft.ApplicationInsights.Message"
    assert envelope["iKey"] == KEY
    assert envelope["time"] == "2026-11-01T12:00:00+00:00"
    (item,) = ingestion.log_lines
    assert (item.data["message"], item.data["severityLevel"]) == ("a checkup", 0)
    assert ingestion.authorizations == [""]


def refusal(status: int, message: str) -> tuple[int, Any]:
    errors = [{"index": 0, "statusCode": status, "message": message}]
    return status, {"itemsReceived": 1, "itemsAccepted": 0, "errors": errors}


@pytest.mark.parametrize(
    ("answer", "found", "advice"),
    [
        (refusal(400, "Invalid instrumentation key"), "HTTP 400 Invalid", "copy APPLICATION"),
        (refusal(401, "Unauthorized"), "HTTP 401 Unauthorized", "give the app's identity the role"),
        (refusal(402, "Quota exceeded"), "HTTP 402 Quota exceeded", "raise the daily cap"),
        (refusal(403, "Forbidden"), "HTTP 403 Forbidden", "give the app's identity the role"),
        (refusal(439, "Too many"), "HTTP 439 Too many", "raise the daily cap"),
        (refusal(503, "Busy"), "HTTP 503 Busy", "ask again in a while"),
        ((206, refusal(402, "Quota")[1]), "HTTP 402 Quota", "raise the daily cap"),
        ((200, {"itemsReceived": 1, "itemsAccepted": 0}), "HTTP 200", "ask again in a while"),
        ((502, "a proxy's own page"), "HTTP 502", "ask again in a while"),
        ((400, {"errors": "none of ours"}), "HTTP 400", "copy APPLICATION"),
        ((400, {"errors": {"0": "none of ours"}}), "HTTP 400", "copy APPLICATION"),
        ((400, {"errors": [7]}), "HTTP 400", "copy APPLICATION"),
    ],
)
def test_a_refusal_is_told_with_its_reason(
    ingestion: Ingestion, answer: tuple[int, Any], found: str, advice: str
) -> None:
    """401 and 403 want a role, 402 and 439 a higher cap."""
    ingestion.refusal = answer
    tried = try_insights(ingestion.connection_string, "", NOW)
    assert tried.status == "failed"
    assert tried.found.startswith(f"telemetry sent with the key is refused: {found}")
    assert tried.advice.startswith(advice)
    assert KEY not in tried.found


def test_an_endpoint_that_does_not_answer_is_told() -> None:
    """Nothing listens there."""
    tried = try_insights(f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:9/", "", NOW)
    assert tried.status == "failed"
    assert "Connection refused" in tried.found
    assert "APPLICATIONINSIGHTS_CONNECTION_STRING" in tried.advice


SEND = """
import sys
from adapters.checkup.insights import try_insights
from tests.transcoding.builders import NOW
identity = "Authorization=AAD;ClientId=11111111-0000-0000-0000-000000000000"
print(try_insights(sys.argv[1], identity, NOW))
"""


def test_with_an_identity_its_token_is_shown(tmp_path: Path) -> None:
    """Of the app's user-assigned identity, for Azure Monitor; over https alone."""
    certificate = write_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with IdentityEndpoint() as identity, Ingestion(tls) as ingestion:
        done = subprocess.run(
            [sys.executable, "-c", SEND, ingestion.connection_string],
            env={
                **os.environ,
                "REQUESTS_CA_BUNDLE": str(certificate),
                "IDENTITY_ENDPOINT": identity.url,
                "IDENTITY_HEADER": "x",
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert "status='ok'" in done.stdout, done.stdout
        assert "sent with its identity" in done.stdout
        assert ingestion.authorizations == ["Bearer a-token"]
        assert [asked["resource"] for asked in identity.asked] == ["https://monitor.azure.com/"]
        assert identity.asked[0]["client_id"] == "11111111-0000-0000-0000-000000000000"
