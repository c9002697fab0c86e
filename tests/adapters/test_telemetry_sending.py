"""Telemetry as Application Insights gets it: the real exporter, in a process of its own."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.identity_endpoint import IdentityEndpoint, write_certificate
from tests.ingestion import EXPORTER_SETTINGS, Ingestion

JOB_ID = "talks-a-mp4-7fe32905aa63b99718ce749d"

_APP = """
import logging, sys
def only_loopback(event, arguments):
    if event == "socket.connect" and arguments[1][0] != "127.0.0.1":
        print("connects to", arguments[1], file=sys.stderr)
sys.addaudithook(only_loopback)
from adapters.services import services
from adapters.telemetry import activity_span
from transcoding.job.events import JobEnded
from transcoding.job.messages import Job
tools = services()
job = Job(container="uploads", name="talks/a.mp4", etag="0x8D", run_id="run-1")
with activity_span("encode_unit", job):
    logging.getLogger("durable_vod").warning("a line")
for _ in range(19):
    with activity_span("encode_unit", job):
        pass
tools.events.tell(JobEnded("published", 93.5, 60.0))
"""


@pytest.fixture
def ingestion() -> Iterator[Ingestion]:
    with Ingestion() as running:
        yield running


def _run_app(ingestion: Ingestion, temporary: Path, **settings: str) -> str:
    """Run an app that logs, traces and measures once; return what it wrote to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", _APP],
        cwd=Path(__file__).parents[2],
        env={
            "PATH": os.defpath,
            "TMPDIR": str(temporary),
            "UPLOADS_STORAGE": "UseDevelopmentStorage=true",
            "DELIVERY_STORAGE": "UseDevelopmentStorage=true",
            "APPLICATIONINSIGHTS_CONNECTION_STRING": ingestion.connection_string,
            **EXPORTER_SETTINGS,
            **settings,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_application_insights_gets_span_metric_and_log(
    ingestion: Ingestion, tmp_path: Path
) -> None:
    """The real exporter sends all three there, every span of a burst, and nothing elsewhere."""
    said = _run_app(ingestion, tmp_path)
    assert "connects to" not in said
    spans = [item for item in ingestion.spans if item.data["name"] == "encode_unit"]
    assert [span.properties["vod.job_id"] for span in spans] == [JOB_ID] * 20
    (line,) = [item for item in ingestion.log_lines if item.data["message"] == "a line"]
    assert line.properties["job_id"] == JOB_ID
    measured = {metric.name: metric.value for metric in ingestion.metrics}
    assert measured["vod.job.duration"] == 93.5
    assert measured["vod.job.media_duration"] == 60.0
    assert measured["vod.jobs"] == 1
    assert "Item_Dropped_Count" not in measured
    assert set(ingestion.authorizations) == {""}


def test_nothing_is_sent_twice_when_the_worker_sends(ingestion: Ingestion, tmp_path: Path) -> None:
    """With the worker's own set-up switched on, the app leaves sending to it."""
    _run_app(ingestion, tmp_path, PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY="true")
    assert ingestion.texts == []


def test_telemetry_comes_with_the_app_s_identity(tmp_path: Path) -> None:
    """Application Insights that takes no key gets a token of the identity that is named."""
    certificate = write_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with Ingestion(tls) as ingestion, IdentityEndpoint() as identity:
        _run_app(
            ingestion,
            tmp_path,
            APPLICATIONINSIGHTS_AUTHENTICATION_STRING="Authorization=AAD;ClientId=an-identity",
            IDENTITY_ENDPOINT=identity.url,
            IDENTITY_HEADER="any",
            REQUESTS_CA_BUNDLE=str(certificate),
        )
    assert {metric.name for metric in ingestion.metrics} >= {"vod.jobs"}
    assert set(ingestion.authorizations) == {"Bearer a-token"}
    assert {asked["client_id"] for asked in identity.asked} == {"an-identity"}
    assert {asked["resource"] for asked in identity.asked} == {"https://monitor.azure.com/"}
