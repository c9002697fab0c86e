"""Spans, metrics and job ids on log lines, for Application Insights or nobody.

Only `configure` needs Azure Monitor; everything else is the OpenTelemetry API, which does nothing
until someone has configured it. No attribute ever carries a read URL or a key.

A job is one trace: the span of the function that starts it (on_upload, replay) is the parent of
those of its activities. Every span has the name of its function.

    metric                        unit   by
    vod.activity.duration         s      activity, status (ok, stopped, failed)
    vod.activity.failures         1      activity, error

adapters/metrics.py makes the other metrics, of events.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, Protocol

from azure.core.credentials import TokenCredential
from opentelemetry import context, metrics, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from adapters.identity import app_credential
from adapters.redaction import redact
from adapters.settings import ManagedIdentity
from transcoding.errors import Stopped

Attribute = str | int | float | bool


class Traced(Protocol):
    """What telemetry has to know of a job."""

    @property
    def instance_id(self) -> str: ...
    @property
    def container(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def run_id(self) -> str: ...
    @property
    def trace_parent(self) -> str:
        """The trace that its activities continue, as a traceparent; "" where nobody traces."""


_tracer = trace.get_tracer("durable-vod")
_meter = metrics.get_meter("durable-vod")

_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)

_activity_duration = _meter.create_histogram(
    "vod.activity.duration", "s", explicit_bucket_boundaries_advisory=_SECONDS
)
_activity_failures = _meter.create_counter("vod.activity.failures", "1")
_propagator = TraceContextTextMapPropagator()

# Requests to storage would each become a span, with an address that may hold a signature.
_INSTRUMENTATIONS = (
    "azure_sdk",
    "django",
    "fastapi",
    "flask",
    "httpx",
    "httpx2",
    "psycopg2",
    "requests",
    "urllib",
    "urllib3",
)

_MAX_STORED_BYTES = 5 * 2**20

_job_id: ContextVar[str] = ContextVar("vod_job_id", default="")
_lock = threading.Lock()
_done: set[str] = set()


def configure(
    connection_string: str, worker_configures: bool, identity: ManagedIdentity | None = None
) -> None:
    """Send telemetry to Application Insights, and put the job id on log lines.

    Once per process; calling it again does nothing.

    Args:
        connection_string: of Application Insights; without one nothing is sent.
        worker_configures: the Functions worker sets up Azure Monitor itself
            (PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY); doing it twice would send all twice.
        identity: whose telemetry Application Insights takes; None where the key in the connection
            string is enough.
    """
    with _lock:
        if "logging" not in _done:
            _done.add("logging")
            # The Azure SDK logs every request at INFO, with its address.
            logging.getLogger("azure").setLevel(logging.WARNING)
            _put_job_id_on_log_lines()
        if connection_string and not worker_configures and "azure monitor" not in _done:
            _done.add("azure monitor")
            credential = None if identity is None else app_credential(identity.client_id)
            _configure_azure_monitor(connection_string, credential)


class ActivitySpan:
    """The span of the activity that runs."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def set(self, **attributes: Attribute) -> None:
        """Add attributes; `frames=48` becomes `vod.frames`."""
        for name, value in attributes.items():
            shown = redact(value) if isinstance(value, str) else value
            self._span.set_attribute(f"vod.{name}", shown)


@contextmanager
def start_span(name: str, job: Traced) -> Iterator[str]:
    """Trace what starts a job; log lines within carry `job_id`.

    Yields the `trace_parent` that its activities continue: "" when nobody traces.

    Args:
        name: of the function, which is also the span's.
    """
    with _job_span(name, job, kind=SpanKind.CONSUMER):
        headers: dict[str, str] = {}
        _propagator.inject(headers)
        yield headers.get("traceparent", "")


@contextmanager
def activity_span(name: str, job: Traced, **attributes: Attribute) -> Iterator[ActivitySpan]:
    """Trace and time one activity of a job; log lines within carry `job_id`.

    The job id is known in the thread (or task) that enters, not in threads that it starts.
    An exception is recorded and goes on. `Stopped` counts as "stopped": the job cannot go on as
    it is, but nothing has failed.

    Args:
        name: of the activity, which is also the span's.
        attributes: more of the span's, as in `ActivitySpan.set`.
    """
    # Whatever is no traceparent (W3C Trace Context, 3.2) leaves the present context as it is.
    parent = _propagator.extract({"traceparent": job.trace_parent}, context.get_current())
    started = time.monotonic()
    status: Literal["ok", "stopped", "failed"] = "ok"
    try:
        with _job_span(name, job, parent=parent) as otel_span:
            span = ActivitySpan(otel_span)
            span.set(**attributes)
            try:
                yield span
            except Stopped:
                status = "stopped"
                raise
            except BaseException as error:
                status = "failed"
                _activity_failures.add(1, {"activity": name, "error": type(error).__name__})
                raise
            finally:
                span.set(status=status)
    finally:
        elapsed_s = time.monotonic() - started
        _activity_duration.record(elapsed_s, {"activity": name, "status": status})


@contextmanager
def _job_span(
    name: str, job: Traced, *, kind: SpanKind = SpanKind.INTERNAL, parent: Context | None = None
) -> Iterator[Span]:
    token = _job_id.set(job.instance_id)
    try:
        with _tracer.start_as_current_span(
            name, parent, kind, record_exception=False, set_status_on_exception=False
        ) as span:
            ActivitySpan(span).set(
                job_id=job.instance_id, container=job.container, blob=job.name, run_id=job.run_id
            )
            try:
                yield span
            except Stopped:
                raise
            except BaseException as error:
                _record_failure(span, error)
                raise
    finally:
        _job_id.reset(token)


def _record_failure(span: Span, error: BaseException) -> None:
    message = redact(str(error))
    # The API would take message and stack as they are; these replace them.
    shown = {
        "exception.message": message,
        "exception.stacktrace": redact("".join(traceback.format_exception(error))),
    }
    span.record_exception(error, attributes=shown)
    span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {message}")


def _put_job_id_on_log_lines() -> None:
    make = logging.getLogRecordFactory()

    def make_with_job_id(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if job_id := _job_id.get():
            record.job_id = job_id
        return record

    logging.setLogRecordFactory(make_with_job_id)


def _configure_azure_monitor(connection_string: str, credential: TokenCredential | None) -> None:
    # A second of imports that most processes do not need.
    from azure.monitor.opentelemetry import configure_azure_monitor  # noqa: PLC0415

    configure_azure_monitor(
        connection_string=connection_string,
        # Also when there is none: the exporter would read the environment itself.
        credential=credential,
        instrumentation_options={name: {"enabled": False} for name in _INSTRUMENTATIONS},
        # The default sampler is for web sites; activities are few, and each one counts.
        sampling_ratio=1.0,
        # What waits on disk for an outage to end must not take the room that encoding needs. (With
        # disable_offline_storage the exporter would report everything that it sends as dropped.)
        storage_max_size=_MAX_STORED_BYTES,
        # The host itself reports on the machine.
        enable_live_metrics=False,
        enable_performance_counters=False,
    )
