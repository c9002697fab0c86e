"""What becomes of the host's trace in the worker, and what Application Insights gets of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.settings import Settings
from adapters.storage.places import make_places
from tests.containers import upload_source
from tests.ingestion import EXPORTER_SETTINGS, Ingestion, Item
from tests.worker.durable_api import DurableApi
from tests.worker.worker import (
    VERSIONS,
    Worker,
    WorkerFails,
    blob_data,
    body_of,
    json_data,
    request_data,
)
from transcoding.job.messages import Job
from triggers.on_poison import POISON_QUEUE

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
UPLOAD, ACTIVITY = "00f067aa0ba902b7", "53995c3f42cd8ad8"
"""The host's spans of two invocations."""

OURS = {
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
    "OTEL_TRACES_SAMPLER": "microsoft.fixed_percentage",
    "OTEL_TRACES_SAMPLER_ARG": "1.0",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": (
        "azure_sdk,django,fastapi,flask,httpx,httpx2,psycopg2,requests,urllib,urllib3"
    ),
}
"""The settings of telemetry as Bicep makes them."""

OTHER_FLAG = {"PYTHON_ENABLE_OPENTELEMETRY": "true"}
"""The one that documentation of OpenTelemetry names."""

TRACING_APP = Path(__file__).with_name("tracing_app")


def host_span(span_id: str) -> str:
    """Return a traceparent as the host gives it with an invocation."""
    return f"00-{TRACE}-{span_id}-01"


def sending_to(ingestion: Ingestion) -> Mapping[str, str]:
    """Return the settings of an app that sends to one place alone."""
    # Nobody looks at live metrics, which the worker sets up too.
    to = f"{ingestion.connection_string};LiveEndpoint=http://127.0.0.1:9/"
    return {"APPLICATIONINSIGHTS_CONNECTION_STRING": to, **EXPORTER_SETTINGS}


@dataclass(frozen=True)
class Seen:
    """What came in of an upload and of the first step of its job.

    Attributes:
        job: as its orchestrator got it.
        log: of the worker.
    """

    job: Job
    capabilities: Mapping[str, str]
    log: str
    ingestion: Ingestion

    def span(self, name: str) -> Item:
        (found,) = [span for span in self.ingestion.spans if span.data["name"] == name]
        return found


@pytest.fixture(scope="module", params=VERSIONS)
def seen(
    request: pytest.FixtureRequest,
    app_settings: Mapping[str, str],
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Seen]:
    """Take an upload and probe it, as the host does, with our settings."""
    make_places(settings, POISON_QUEUE)
    name = f"traced by {request.param}.mp4"
    uploaded = upload_source(settings, name, b"")
    blob = blob_data("UPLOADS_STORAGE", settings.uploads_container, name)
    with Ingestion() as ingestion, DurableApi() as api:
        environment = {**app_settings, **OURS, **sending_to(ingestion)}
        folder = tmp_path_factory.mktemp("traced")
        with Worker(request.param, environment, folder=folder) as worker:
            worker.invoke("on_upload", trace_parent=host_span(UPLOAD), blob=blob, client=api.client)
            given = api.instances[uploaded.instance_id]
            worker.invoke(
                "probe_source", trace_parent=host_span(ACTIVITY), message=json_data(given)
            )
        yield Seen(Job.from_json(given), worker.capabilities, worker.log, ingestion)


def test_the_trigger_continues_the_host_s_trace(seen: Seen) -> None:
    """Its span is a child of the host's, and the job takes the trace on."""
    started = seen.span("on_upload")
    assert (started.trace_id, started.parent_id) == (TRACE, UPLOAD)
    assert seen.job.trace_parent == f"00-{TRACE}-{started.data['id']}-01"


def test_an_activity_joins_by_its_message(seen: Seen) -> None:
    """Whether or not the worker gives its threads the host's trace: 1.3 does not."""
    probed, started = seen.span("probe_source"), seen.span("on_upload")
    assert (probed.trace_id, probed.parent_id) == (TRACE, started.data["id"])


def test_log_lines_belong_to_the_trace(seen: Seen) -> None:
    """One line, once."""
    told = [
        line
        for line in seen.ingestion.log_lines
        if line.data["message"] == f"started the job of {seen.job.name}"
    ]
    assert [(line.trace_id, line.parent_id) for line in told] == [
        (TRACE, seen.span("on_upload").data["id"])
    ]
    assert told[0].properties["job_id"] == seen.job.instance_id


def test_azure_monitor_is_set_up_once(seen: Seen) -> None:
    """By the worker; a second set-up would be told, and would send all twice."""
    assert seen.log.count("Successfully configured Azure monitor distro.") == 1
    assert "Overriding of current" not in seen.log
    assert "Attempting to instrument while already instrumented" not in seen.log
    assert seen.capabilities["WorkerOpenTelemetryEnabled"] == "true"


def test_no_request_to_storage_becomes_a_span(seen: Seen) -> None:
    """Its address may hold a signature; the spans are those of functions."""
    assert sorted(span.data["name"] for span in seen.ingestion.spans) == [
        "on_upload",
        "probe_source",
    ]
    assert "sig=" not in "".join(seen.ingestion.texts)


def test_nothing_is_sent_elsewhere(seen: Seen) -> None:
    """Telemetry goes to the endpoint of the connection string, and to no other machine."""
    assert "wants to connect" not in seen.log


@pytest.fixture
def ingestion() -> Iterator[Ingestion]:
    with Ingestion() as running:
        yield running


def spans_seen(
    version: str, settings: Mapping[str, str], ingestion: Ingestion, folder: Path
) -> dict[str, str]:
    """Call both functions of the tracing app in the host's span; return where each finds itself."""
    environment = {**settings, **sending_to(ingestion)}
    with Worker(version, environment, folder=folder, app=TRACING_APP) as worker:
        return {
            name: body_of(
                worker.invoke(
                    name,
                    trace_parent=host_span(UPLOAD),
                    req=request_data("GET", f"/api/{name}"),
                )["http"]
            )
            for name in worker.functions
        }


@pytest.mark.parametrize(("version", "on_thread"), [("1.2", host_span(UPLOAD)), ("1.3", "none")])
def test_with_our_settings_the_event_loop_keeps_the_host_s_trace(
    version: str, on_thread: str, ingestion: Ingestion, tmp_path: Path
) -> None:
    """From 1.3 on threads do not get it.

    So functions that start a job are asynchronous, and steps find the trace in their message.
    """
    seen = spans_seen(version, OURS, ingestion, tmp_path)
    assert seen == {"on_loop": host_span(UPLOAD), "on_thread": on_thread}


def test_with_the_other_flag_alone_every_invocation_fails_before_1_3(
    ingestion: Ingestion, tmp_path: Path
) -> None:
    """As on the workers of older Pythons (azure-functions-python-worker#1881)."""
    with pytest.raises(WorkerFails, match="'NoneType' object has no attribute 'extract'"):
        spans_seen("1.2", OTHER_FLAG, ingestion, tmp_path)


def test_with_the_other_flag_alone_nothing_is_sent_from_1_3_on(
    ingestion: Ingestion, tmp_path: Path
) -> None:
    """The trace is kept, but nobody sets up Azure Monitor."""
    seen = spans_seen("1.3", OTHER_FLAG, ingestion, tmp_path)
    assert seen == {"on_loop": host_span(UPLOAD), "on_thread": "none"}
    assert ingestion.texts == []
