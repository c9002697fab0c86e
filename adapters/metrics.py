"""Metrics of what happened, for Application Insights or nobody.

metric                        unit   by
vod.activity.retries          1      activity
vod.activity.failures         1      activity, error
vod.encode.realtime_factor    1      rung (one of as many as the ladder has rows, or "audio")
vod.encode.cpu                s      rung
vod.encode.bytes              By     kind (video, audio)
vod.job.duration              s      status (published, refused, superseded, cancelled, failed)
vod.job.media_duration        s      nothing: published jobs alone
vod.jobs                      1      status
vod.purges                    1      status (done, failed, not_configured)
vod.dead_letters              1      kind (refused, failed, trigger_failed)
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from opentelemetry import metrics

from adapters import telemetry
from transcoding.job.events import (
    Event,
    JobEnded,
    LetterWritten,
    PurgeEnded,
    StepFailed,
    StepRetried,
    TrackEncoded,
)

_meter = metrics.get_meter("durable-vod")

_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)
_FACTORS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)

_activity_retries = _meter.create_counter("vod.activity.retries", "1")
_activity_failures = _meter.create_counter("vod.activity.failures", "1")
_realtime_factor = _meter.create_histogram(
    "vod.encode.realtime_factor", "1", explicit_bucket_boundaries_advisory=_FACTORS
)
_encode_cpu = _meter.create_counter("vod.encode.cpu", "s")
_encoded_bytes = _meter.create_counter("vod.encode.bytes", "By")
_job_duration = _meter.create_histogram(
    "vod.job.duration", "s", explicit_bucket_boundaries_advisory=_SECONDS
)
_media_duration = _meter.create_histogram(
    "vod.job.media_duration", "s", explicit_bucket_boundaries_advisory=_SECONDS
)
_jobs = _meter.create_counter("vod.jobs", "1")
_purges = _meter.create_counter("vod.purges", "1")
_dead_letters = _meter.create_counter("vod.dead_letters", "1")


class MetricSink:
    """Counts and measures events; sends them when the step that told of them is over.

    Metrics are exported once a minute, and an instance can be gone before that: the last unit of a
    job leaves nothing for it to do. Only a step that has told of something is worth three requests:
    a unit, which takes minutes, the end of a job, a retry, a failure.

    Args:
        flush: sends what is recorded.
    """

    def __init__(self, flush: Callable[[], object] = telemetry.flush) -> None:
        self._flush = flush
        self._step = threading.local()

    def settle(self) -> None:
        if getattr(self._step, "has_told", False):
            self._step.has_told = False
            self._flush()

    def take(self, event: Event) -> None:
        self._step.has_told = True
        match event:
            case StepFailed():
                _activity_failures.add(1, {"activity": event.step, "error": event.error})
            case StepRetried():
                _activity_retries.add(1, {"activity": event.step})
            case TrackEncoded():
                self._encoded(event)
            case JobEnded():
                _jobs.add(1, {"status": event.status})
                _job_duration.record(event.duration_s, {"status": event.status})
                if event.media_s is not None:
                    _media_duration.record(event.media_s)
            case PurgeEnded():
                _purges.add(1, {"status": event.status})
            case LetterWritten():
                _dead_letters.add(1, {"kind": event.kind})

    def _encoded(self, event: TrackEncoded) -> None:
        if event.encode_s > 0:
            factor = event.media_s / event.encode_s
            _realtime_factor.record(factor, {"rung": event.label})
        _encode_cpu.add(event.cpu_s, {"rung": event.label})
        _encoded_bytes.add(event.size_bytes, {"kind": event.kind})
