"""Spans, metrics and log lines, as OpenTelemetry's readers get them."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.trace import StatusCode

from adapters.telemetry import activity_span, prepare_logs, start_span
from tests.adapters.recorded import Recorded
from tests.imports import APP, imported_modules, sources
from transcoding.errors import Superseded, ToolFailed
from transcoding.job.messages import Job

JOB = Job(container="uploads", name="talks/a.mp4", etag="0x8D", run_id="run-1")
JOB_ID = "talks-a-mp4-7fe32905aa63b99718ce749d"
READ_URL = "https://acct.blob.core.windows.net/uploads/a.mp4?sv=2024&sig=c2VjcmV0"


def test_an_activity_is_a_span_with_its_job(recorded: Recorded) -> None:
    """Name, job id, blob, run and what the activity adds are on the span."""
    with activity_span("encode_unit", JOB, unit="1080p-00003") as span:
        span.set(frames=48, kept=True)
    assert recorded.span().name == "encode_unit"
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


def test_a_job_is_one_trace(recorded: Recorded) -> None:
    """Activities, in whatever process, are children of the span that started the job."""
    with start_span("on_upload", JOB) as trace_parent:
        traced = JOB.model_copy(update={"trace_parent": trace_parent})
    for name in ("probe_source", "purge_cdn"):
        with activity_span(name, traced):
            pass
    started, *activities = recorded.spans()
    assert started.name == "on_upload"
    assert (started.attributes or {})["vod.job_id"] == JOB_ID
    assert started.parent is None
    assert [span.name for span in activities] == ["probe_source", "purge_cdn"]
    assert [span.parent and span.parent.span_id for span in activities] == [
        started.context.span_id
    ] * 2
    assert {span.context.trace_id for span in activities} == {started.context.trace_id}


def test_a_replay_is_another_trace(recorded: Recorded) -> None:
    """A job that starts again, with the same id, does not continue the trace that failed."""
    with start_span("on_upload", JOB) as first:
        pass
    with start_span("replay", JOB) as second:
        pass
    uploaded, replayed = recorded.spans()
    assert replayed.parent is None
    assert replayed.context.trace_id != uploaded.context.trace_id
    assert first != second


@pytest.mark.parametrize(
    "trace_parent",
    ["", "none", "00-0-0-01", "00-00000000000000000000000000000000-0000000000000000-01"],
)
def test_an_activity_without_a_context_traces_itself(recorded: Recorded, trace_parent: str) -> None:
    """What is no traceparent breaks nothing: the span begins a trace of its own."""
    job = JOB.model_copy(update={"trace_parent": trace_parent})
    with activity_span("probe_source", job):
        pass
    assert recorded.span().parent is None


def test_a_start_that_fails_is_told(recorded: Recorded) -> None:
    """The span of the function that starts a job has the exception; no activity has failed."""
    with pytest.raises(RuntimeError), start_span("on_upload", JOB):
        raise RuntimeError("the host is away")
    assert recorded.span().status.description == "RuntimeError: the host is away"
    assert recorded.metrics() == {}


def test_where_nobody_traces_a_job_has_no_context() -> None:
    """Without configuration there is nothing to continue."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from adapters.telemetry import start_span\n"
            "from transcoding.job.messages import Job\n"
            "job = Job(container='uploads', name='a.mp4', etag='0x8D', run_id='run-1')\n"
            "with start_span('on_upload', job) as parent: print([parent])",
        ],
        cwd=Path(__file__).parents[2],
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told.stdout == "['']\n", told.stderr


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
    """The exception is on the span, and still raised; its time counts as that of a failure."""
    with pytest.raises(ToolFailed), activity_span("probe_source", JOB):
        raise ToolFailed("read a packet: ffmpeg exited with code 1")
    span = recorded.span()
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "ToolFailed: read a packet: ffmpeg exited with code 1"
    (event,) = span.events
    assert event.name == "exception"
    assert (event.attributes or {})["exception.type"] == "transcoding.errors.ToolFailed"
    assert (span.attributes or {})["vod.status"] == "failed"
    (duration,) = recorded.metrics()["vod.activity.duration"]
    assert duration.attributes == {"activity": "probe_source", "status": "failed"}


def test_an_overtaken_job_is_no_failure(recorded: Recorded) -> None:
    """A newer upload stops an activity; nobody needs to be alarmed."""
    with pytest.raises(Superseded), activity_span("encode_unit", JOB):
        raise Superseded("the source was replaced")
    assert recorded.span().status.status_code is StatusCode.UNSET
    (duration,) = recorded.metrics()["vod.activity.duration"]
    assert duration.attributes["status"] == "stopped"


def test_no_read_url_reaches_a_span(recorded: Recorded) -> None:
    """Signatures and keys are cut out of attributes, messages and stack traces."""
    with pytest.raises(ValueError, match="sig="), activity_span("probe", JOB, url=READ_URL):
        raise ValueError(f"cannot read {READ_URL} with AccountKey=a2V5;EndpointSuffix=x")
    exported = recorded.span().to_json()
    assert "https://acct.blob.core.windows.net/uploads/a.mp4?<removed>" in exported
    assert "AccountKey=<removed>" in exported
    assert "c2VjcmV0" not in exported
    assert "a2V5" not in exported


def test_log_lines_within_a_span_carry_the_job_id(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever logs, the line tells its job; outside there is no id."""
    prepare_logs()
    prepare_logs()
    log = logging.getLogger("some.library")
    with caplog.at_level(logging.INFO, "some.library"):
        log.info("before")
        with activity_span("probe_source", JOB):
            log.info("within")
        log.info("after")
    assert [getattr(record, "job_id", None) for record in caplog.records] == [None, JOB_ID, None]


@pytest.mark.parametrize(
    "name",
    [
        "azure.storage.blob",
        "azure.core.pipeline.policies.http_logging_policy",
        "azure.monitor.opentelemetry.exporter.export._base",
        # the worker of Python 3.13
        "azure.functions",
        "proxy_worker",
        "azure_functions_runtime",
        # that of Python 3.12, which has given its logger a level of its own
        "azure_functions_worker",
        "opentelemetry.sdk.trace",
    ],
)
def test_what_others_tell_of_their_routine_is_not_sent(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The SDK, the exporter and the worker log every request at INFO; only warnings pass."""
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "azure_functions_worker")
    prepare_logs()
    assert logging.getLogger(name).getEffectiveLevel() == logging.WARNING


def _told_by(code: str) -> tuple[str, str]:
    """Return what a process of its own writes to stdout and stderr."""
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return told.stdout, told.stderr


def test_where_nobody_sends_there_is_nothing_to_flush() -> None:
    """Without configuration a flush is over at once, and finds nothing wrong."""
    assert _told_by("from adapters.telemetry import flush\nprint(flush())") == ("True\n", "")


def test_a_flush_for_which_there_is_no_thread_hinders_no_later_one() -> None:
    """A thread with a larger stack than there is memory for cannot start."""
    code = """
import threading
from adapters.telemetry import flush
threading.stack_size(2**46)
print(flush())
threading.stack_size(0)
print(flush())
"""
    assert _told_by(code) == ("False\nTrue\n", "")


def test_nothing_that_is_deployed_can_set_telemetry_up() -> None:
    """The worker has done it: a second time would be refused, or send everything twice."""
    imports = {
        module for path in sources(*APP) for module in imported_modules(path.read_text("utf-8"))
    }
    sets_up = ("azure.monitor", "opentelemetry.sdk", "opentelemetry.exporter")
    assert [module for module in sorted(imports) if module.startswith(sets_up)] == []
