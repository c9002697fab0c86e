"""Spans, the time of activities and job ids on log lines, for Application Insights or nobody.

All of it is the OpenTelemetry API, which does nothing until someone has configured it: in Azure the
Functions worker, from app settings (docs/settings.md), and devhost as the worker does. This app
configures nothing. No attribute ever carries a read URL or a key.

A job is one trace: the span of the function that starts it (on_upload, replay) is the parent of
those of its activities. Every span has the name of its function.

    metric                        unit   by
    vod.activity.duration         s      activity, status (ok, stopped, failed)

adapters/metrics.py makes the other metrics, of events.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from typing import Any, Literal, Protocol

from opentelemetry import context, metrics, trace
from opentelemetry._logs import get_logger_provider
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from adapters.redaction import redact
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
_propagator = TraceContextTextMapPropagator()

_CHATTY = (
    # Storage, the exporter, and the worker of Python 3.13 and later as azure.functions: they tell
    # every request and invocation at INFO, with addresses.
    "azure",
    # The worker of Python 3.12 and earlier, and the parts of the later one.
    "azure_functions_worker",
    "azure_functions_runtime",
    "proxy_worker",
    "opentelemetry",
)

_FLUSHED_WITHIN_S = 5.0
"""A step waits no longer for its telemetry."""

_job_id: ContextVar[str] = ContextVar("vod_job_id", default="")
_flushing = threading.Lock()


def prepare_logs() -> None:
    """Put the job id on log lines, and leave out what others tell of their routine.

    The worker sends what passes its root logger. Call it before anything logs; again, it does
    nothing.
    """
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    _put_job_id_on_log_lines()


def flush(within_s: float = _FLUSHED_WITHIN_S) -> bool:
    """Send what is recorded now: the instance may be gone before the next periodic export.

    Never raises. Sending that takes longer than the caller waits goes on in a thread of its own.

    Args:
        within_s: seconds to wait at most, also for the flush of another step.

    Returns:
        Whether the exporters have taken all in time. What they cannot send they keep on disk.
    """
    until = time.monotonic() + within_s
    if not _flushing.acquire(timeout=within_s):
        return False
    taken = threading.Event()
    # The providers take a time-out and do not keep to it (opentelemetry-python#4568).
    sending = threading.Thread(target=_flush_providers, args=(taken,), name="flush", daemon=True)
    try:
        sending.start()
    except RuntimeError:  # the process has as many threads as it may have
        _flushing.release()
        return False
    return taken.wait(until - time.monotonic())


def _flush_providers(taken: threading.Event) -> None:
    try:
        # Alerts are made of metrics, so they come first.
        for provider in (
            metrics.get_meter_provider(),
            trace.get_tracer_provider(),
            get_logger_provider(),
        ):
            # Those of the API, where nobody has configured any, have nothing to flush.
            flush_provider = getattr(provider, "force_flush", None)
            if flush_provider:
                with suppress(Exception):
                    flush_provider()
        taken.set()
    finally:
        _flushing.release()


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
            except BaseException:
                status = "failed"
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


@cache
def _put_job_id_on_log_lines() -> None:
    make = logging.getLogRecordFactory()

    def make_with_job_id(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if job_id := _job_id.get():
            record.job_id = job_id
        return record

    logging.setLogRecordFactory(make_with_job_id)
