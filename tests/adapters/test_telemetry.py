"""Spans, metrics and log lines, as OpenTelemetry's readers and Application Insights get them."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from adapters.telemetry import (
    activity_span,
    configure,
    record_encode,
    record_job,
    record_retry,
)
from transcoding.errors import Superseded, ToolFailed
from transcoding.messages import Job

JOB = Job(container="uploads", name="talks/a.mp4", etag="0x8D", run_id="run-1")
JOB_ID = "talks-a-mp4-7fe32905aa63b99718ce749d"
READ_URL = "https://acct.blob.core.windows.net/uploads/a.mp4?sv=2024&sig=c2VjcmV0"


class Point(NamedTuple):
    """One measured value: a counter's sum, or a histogram's."""

    value: float
    attributes: dict[str, Any]
    unit: str


class Recorded:
    """What OpenTelemetry has been given since the test began."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        trace.set_tracer_provider(tracers)
        delta = AggregationTemporality.DELTA
        self._reader = InMemoryMetricReader({Counter: delta, Histogram: delta})
        metrics.set_meter_provider(MeterProvider([self._reader]))

    def clear(self) -> None:
        self._exporter.clear()
        self._reader.get_metrics_data()

    def span(self) -> ReadableSpan:
        (span,) = self._exporter.get_finished_spans()
        return span

    def metrics(self) -> dict[str, list[Point]]:
        data = self._reader.get_metrics_data()
        found: dict[str, list[Point]] = {}
        if data is None:
            return found
        for resource in data.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        value = point.sum if hasattr(point, "sum") else point.value
                        attributes = dict(point.attributes or {})
                        found.setdefault(metric.name, []).append(
                            Point(value, attributes, metric.unit or "")
                        )
        return found


@pytest.fixture(scope="session")
def _all_recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def recorded(_all_recorded: Recorded) -> Recorded:
    _all_recorded.clear()
    return _all_recorded


def test_an_activity_is_a_span_with_its_job(recorded: Recorded) -> None:
    """Name, job id, blob, run and what the activity adds are on the span."""
    with activity_span("encode_chunk", JOB, unit="1080p-00003") as span:
        span.set(frames=48, kept=True)
    assert recorded.span().name == "encode_chunk"
    assert dict(recorded.span().attributes or {}) == {
        "vod.job_id": JOB_ID,
        "vod.container": "uploads",
        "vod.blob": "talks/a.mp4",
        "vod.run_id": "run-1",
        "vod.unit": "1080p-00003",
        "vod.frames": 48,
        "vod.kept": True,
        "vod.status": "ok",
    }


def test_an_activity_is_timed(recorded: Recorded) -> None:
    """Its duration counts in seconds by activity and status; nothing has failed."""
    with activity_span("probe_source", JOB):
        pass
    found = recorded.metrics()
    assert set(found) == {"vod.activity.duration"}
    (duration,) = found["vod.activity.duration"]
    assert duration.value > 0
    assert duration.attributes == {"activity": "probe_source", "status": "ok"}
    assert duration.unit == "s"


def test_a_failure_is_recorded_and_goes_on(recorded: Recorded) -> None:
    """The exception is on the span, counted by activity and class, and still raised."""
    with pytest.raises(ToolFailed), activity_span("encode_audio", JOB):
        raise ToolFailed("encode audio: ffmpeg exited with code 1")
    span = recorded.span()
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "ToolFailed: encode audio: ffmpeg exited with code 1"
    (event,) = span.events
    assert event.name == "exception"
    assert (event.attributes or {})["exception.type"] == "transcoding.errors.ToolFailed"
    assert (span.attributes or {})["vod.status"] == "failed"
    found = recorded.metrics()
    assert found["vod.activity.failures"] == [
        Point(1, {"activity": "encode_audio", "error": "ToolFailed"}, "1")
    ]
    assert found["vod.activity.duration"][0].attributes["status"] == "failed"


def test_an_overtaken_job_is_no_failure(recorded: Recorded) -> None:
    """A newer upload stops an activity; nobody needs to be alarmed."""
    with pytest.raises(Superseded), activity_span("encode_chunk", JOB):
        raise Superseded("the source was replaced")
    assert recorded.span().status.status_code is StatusCode.UNSET
    found = recorded.metrics()
    assert "vod.activity.failures" not in found
    assert found["vod.activity.duration"][0].attributes["status"] == "stopped"


def test_no_read_url_reaches_a_span(recorded: Recorded) -> None:
    """Signatures and keys are cut out of attributes, messages and stack traces."""
    with pytest.raises(ValueError, match="sig="), activity_span("probe", JOB, url=READ_URL):
        raise ValueError(f"cannot read {READ_URL} with AccountKey=a2V5;EndpointSuffix=x")
    exported = recorded.span().to_json()
    assert "https://acct.blob.core.windows.net/uploads/a.mp4?<removed>" in exported
    assert "AccountKey=<removed>" in exported
    assert "c2VjcmV0" not in exported
    assert "a2V5" not in exported


def test_an_encode_counts_speed_and_bytes(recorded: Recorded) -> None:
    """8 s of video encoded in 2 s is four times real time."""
    record_encode("1080p", media_s=8.0, encode_s=2.0, size_bytes=5_000_000)
    record_encode("audio en", media_s=60.0, encode_s=1.0, size_bytes=960_000, kind="audio")
    found = recorded.metrics()
    assert found["vod.encode.realtime_factor"] == [
        Point(4.0, {"rung": "1080p"}, "1"),
        Point(60.0, {"rung": "audio en"}, "1"),
    ]
    assert found["vod.encode.bytes"] == [
        Point(5_000_000, {"kind": "video"}, "By"),
        Point(960_000, {"kind": "audio"}, "By"),
    ]


def test_jobs_and_retries_are_counted(recorded: Recorded) -> None:
    """A job counts by how it ended, with its duration; an attempt by its activity."""
    record_job("published", 93.5)
    record_job("refused", 1.5)
    record_retry("encode_chunk")
    record_retry("encode_chunk")
    found = recorded.metrics()
    assert found["vod.jobs"] == [
        Point(1, {"status": "published"}, "1"),
        Point(1, {"status": "refused"}, "1"),
    ]
    assert found["vod.job.duration"] == [
        Point(93.5, {"status": "published"}, "s"),
        Point(1.5, {"status": "refused"}, "s"),
    ]
    assert found["vod.activity.retries"] == [Point(2, {"activity": "encode_chunk"}, "1")]


def test_log_lines_within_a_span_carry_the_job_id(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever logs, the line tells its job; outside there is no id."""
    configure("", worker_configures=False)
    configure("", worker_configures=False)
    log = logging.getLogger("some.library")
    with caplog.at_level(logging.INFO, "some.library"):
        log.info("before")
        with activity_span("probe_source", JOB):
            log.info("within")
        log.info("after")
    assert [getattr(record, "job_id", None) for record in caplog.records] == [None, JOB_ID, None]


def test_azures_request_log_is_silenced() -> None:
    """The Azure SDK logs every request at INFO; only warnings pass."""
    configure("", worker_configures=False)
    assert logging.getLogger("azure.storage.blob").getEffectiveLevel() == logging.WARNING


_APP = """
import logging, sys
def only_loopback(event, arguments):
    if event == "socket.connect" and arguments[1][0] != "127.0.0.1":
        print("connects to", arguments[1], file=sys.stderr)
sys.addaudithook(only_loopback)
from adapters.telemetry import activity_span, configure, record_job
from transcoding.messages import Job
configure(sys.argv[1], worker_configures=sys.argv[2] == "worker")
job = Job(container="uploads", name="talks/a.mp4", etag="0x8D", run_id="run-1")
with activity_span("encode_chunk", job):
    logging.getLogger("durable_vod").warning("a line")
for _ in range(19):
    with activity_span("encode_chunk", job):
        pass
record_job("published", 93.5)
"""


class Ingestion(NamedTuple):
    connection_string: str
    envelopes: list[dict[str, Any]]


@pytest.fixture
def ingestion() -> Iterator[Ingestion]:
    """Listen as Application Insights does, and keep what is sent."""
    envelopes: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                sent = gzip.decompress(sent)
            received = json.loads(sent)
            envelopes.extend(received)
            count = len(received)
            answer = {"itemsReceived": count, "itemsAccepted": count, "errors": []}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield Ingestion(
            "InstrumentationKey=00000000-0000-0000-0000-000000000000;"
            f"IngestionEndpoint=http://127.0.0.1:{server.server_address[1]}/",
            envelopes,
        )
        server.shutdown()
        thread.join()


def _run_app(ingestion: Ingestion, who: str, temporary: Path) -> str:
    """Run an app that logs, traces and measures once; return what it wrote to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", _APP, ingestion.connection_string, who],
        cwd=Path(__file__).parents[2],
        env={
            "PATH": os.defpath,
            "TMPDIR": str(temporary),
            # Microsoft's own usage figures, remote configuration and the look for a virtual
            # machine's metadata go elsewhere than to the ingestion endpoint.
            "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
            "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
            "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "azure_app_service",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stderr


def test_application_insights_gets_span_metric_and_log(
    ingestion: Ingestion, tmp_path: Path
) -> None:
    """The real exporter sends all three there, every span of a burst, and nothing elsewhere."""
    said = _run_app(ingestion, "app", tmp_path)
    assert "connects to" not in said
    data = [envelope["data"]["baseData"] for envelope in ingestion.envelopes]
    spans = [item for item in data if item.get("name") == "encode_chunk"]
    assert [span["properties"]["vod.job_id"] for span in spans] == [JOB_ID] * 20
    (log,) = [item for item in data if item.get("message") == "a line"]
    assert log["properties"]["job_id"] == JOB_ID
    counted = {
        metric["name"]: metric["value"] for item in data for metric in item.get("metrics", [])
    }
    assert counted["vod.job.duration"] == 93.5
    assert counted["vod.jobs"] == 1
    assert "Item_Dropped_Count" not in counted


def test_nothing_is_sent_twice_when_the_worker_sends(ingestion: Ingestion, tmp_path: Path) -> None:
    """With the worker's own set-up switched on, the app leaves sending to it."""
    _run_app(ingestion, "worker", tmp_path)
    assert ingestion.envelopes == []
