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
from tests.ingestion import EXPORTER_SETTINGS, WORKER_SETTINGS, Ingestion

JOB_ID = "talks-a-mp4-7fe32905aa63b99718ce749d"

_APP = """
import logging, sys
def watch(event, arguments):
    if event == "socket.connect" and arguments[1][0] != "127.0.0.1":
        print("connects to", arguments[1], file=sys.stderr)
sys.addaudithook(watch)
logging.getLogger().setLevel(logging.INFO)
import azure.monitor.opentelemetry as azure
configure, configured = azure.configure_azure_monitor, []
def count(**given):
    configured.append(given)
    configure(**given)
azure.configure_azure_monitor = count
from devhost.telemetry import configure_telemetry
configure_telemetry()
import os, requests, signal
import function_app
from adapters import telemetry
from adapters.services import services
from adapters.telemetry import activity_span
from transcoding.job.events import JobEnded
from transcoding.job.messages import Job
tools = services()
job = Job(container="uploads", name="talks/a.mp4", etag="0x8D", run_id="run-1")
def record():
    with activity_span("encode_unit", job):
        logging.getLogger("durable_vod").warning("a line")
    for _ in range(19):
        with activity_span("encode_unit", job):
            pass
    tools.events.tell(JobEnded("published", 93.5, 60.0))
"""
"""An app as the worker starts it: with telemetry set up before any of its modules is imported."""


@pytest.fixture
def ingestion() -> Iterator[Ingestion]:
    with Ingestion() as running:
        yield running


def _run_app(
    ingestion: Ingestion, temporary: Path, code: str = "record()", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run an app that logs, traces and measures."""
    return subprocess.run(
        [sys.executable, "-c", f"{_APP}\n{code}"],
        cwd=Path(__file__).parents[2],
        env={
            "PATH": os.defpath,
            "TMPDIR": str(temporary),
            "UPLOADS_STORAGE": "UseDevelopmentStorage=true",
            "DELIVERY_STORAGE": "UseDevelopmentStorage=true",
            "APPLICATIONINSIGHTS_CONNECTION_STRING": ingestion.connection_string,
            **WORKER_SETTINGS,
            **EXPORTER_SETTINGS,
            **settings,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _check_all_came(ingestion: Ingestion) -> None:
    spans = [item for item in ingestion.spans if item.data["name"] == "encode_unit"]
    assert [span.properties["vod.job_id"] for span in spans] == [JOB_ID] * 20
    (line,) = [item for item in ingestion.log_lines if item.data["message"] == "a line"]
    assert line.properties["job_id"] == JOB_ID
    measured = {metric.name: metric.value for metric in ingestion.metrics}
    assert measured["vod.job.duration"] == 93.5
    assert measured["vod.job.media_duration"] == 60.0
    assert measured["vod.jobs"] == 1


def test_application_insights_gets_span_metric_and_log(
    ingestion: Ingestion, tmp_path: Path
) -> None:
    """The real exporter sends all three there, every span of a burst, and nothing elsewhere."""
    ran = _run_app(ingestion, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "connects to" not in ran.stderr
    _check_all_came(ingestion)
    assert "Item_Dropped_Count" not in {metric.name for metric in ingestion.metrics}
    assert set(ingestion.authorizations) == {""}


def test_telemetry_is_set_up_once(ingestion: Ingestion, tmp_path: Path) -> None:
    """By the worker; the app, loaded and at work, does not do it again."""
    ran = _run_app(ingestion, tmp_path, "record(); tools.events.settle(); print(len(configured))")
    assert ran.stdout == "1\n", ran.stderr
    assert "Overriding of current" not in ran.stderr


def test_without_the_flag_the_app_sends_nothing(ingestion: Ingestion, tmp_path: Path) -> None:
    """It does not step in for the worker; a line tells what to set."""
    ran = _run_app(ingestion, tmp_path, PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY="")
    assert ingestion.texts == []
    assert "set PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY to true" in ran.stderr


def test_requests_to_storage_become_no_spans(ingestion: Ingestion, tmp_path: Path) -> None:
    """Nor do other requests, or the lines in which the SDK tells of them."""
    address = f"{ingestion.address}/account/uploads/a.mp4?sig=c2VjcmV0"
    ran = _run_app(
        ingestion,
        tmp_path,
        f"""
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient
with activity_span("encode_unit", job):
    requests.get({address!r})
    try:
        BlobClient.from_blob_url({address!r}, retry_total=0).exists()
    except HttpResponseError:
        pass
""",
    )
    assert ran.returncode == 0, ran.stderr
    assert [span.data["name"] for span in ingestion.spans] == ["encode_unit"]
    sent = "".join(ingestion.texts)
    assert "a.mp4?" not in sent
    assert "Request URL" not in sent
    assert "Transmission succeeded" not in sent


def test_a_flush_outlives_the_process(ingestion: Ingestion, tmp_path: Path) -> None:
    """What the step told of is there although the process is killed right after."""
    ran = _run_app(
        ingestion, tmp_path, "record(); tools.events.settle(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert ran.returncode == -9
    _check_all_came(ingestion)


def test_a_step_does_not_wait_for_telemetry_for_ever(ingestion: Ingestion, tmp_path: Path) -> None:
    """Where nothing is answered a flush gives up, and so does the one after it."""
    ingestion.answering.clear()
    code = "record(); print(telemetry.flush(0.5), telemetry.flush(0.5), flush=True); os._exit(0)"
    ran = _run_app(ingestion, tmp_path, code)
    ingestion.answering.set()
    assert (ran.returncode, ran.stdout) == (0, "False False\n")


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
