"""Metrics of what happened, as OpenTelemetry's readers get them."""

from __future__ import annotations

import threading

from adapters.metrics import MetricSink
from tests.adapters.recorded import Point, Recorded
from transcoding.job.events import (
    JobEnded,
    LetterWritten,
    PurgeEnded,
    StepFailed,
    StepRetried,
    TrackEncoded,
)


def test_an_encode_counts_speed_work_and_bytes(recorded: Recorded) -> None:
    """8 s of video encoded in 2 s is four times real time, whatever work that was."""
    sink = MetricSink()
    sink.take(TrackEncoded("1080p 6000k", "video", 8.0, 2.0, 5_000_000, 3.5))
    sink.take(TrackEncoded("audio", "audio", 60.0, 1.0, 960_000, 0.5))
    found = recorded.metrics()
    assert found["vod.encode.realtime_factor"] == [
        Point(4.0, {"rung": "1080p 6000k"}, "1"),
        Point(60.0, {"rung": "audio"}, "1"),
    ]
    assert found["vod.encode.cpu"] == [
        Point(3.5, {"rung": "1080p 6000k"}, "s"),
        Point(0.5, {"rung": "audio"}, "s"),
    ]
    assert found["vod.encode.bytes"] == [
        Point(5_000_000, {"kind": "video"}, "By"),
        Point(960_000, {"kind": "audio"}, "By"),
    ]


def test_an_encode_that_took_no_time_has_no_speed(recorded: Recorded) -> None:
    """A clock may not have moved; what was written counts all the same."""
    MetricSink().take(TrackEncoded("audio", "audio", 0.02, 0.0, 700, 0.01))
    found = recorded.metrics()
    assert "vod.encode.realtime_factor" not in found
    assert found["vod.encode.bytes"] == [Point(700, {"kind": "audio"}, "By")]


def test_jobs_and_retries_are_counted(recorded: Recorded) -> None:
    """A job counts by how it ended, with its times; an attempt by its activity."""
    sink = MetricSink()
    sink.take(JobEnded("published", 93.5, 60.0))
    sink.take(JobEnded("refused", 1.5))
    sink.take(StepRetried("encode_unit"))
    sink.take(StepRetried("encode_unit"))
    found = recorded.metrics()
    assert found["vod.jobs"] == [
        Point(1, {"status": "published"}, "1"),
        Point(1, {"status": "refused"}, "1"),
    ]
    assert found["vod.job.duration"] == [
        Point(93.5, {"status": "published"}, "s"),
        Point(1.5, {"status": "refused"}, "s"),
    ]
    assert found["vod.job.media_duration"] == [Point(60.0, {}, "s")]
    assert found["vod.activity.retries"] == [Point(2, {"activity": "encode_unit"}, "1")]


def test_dead_letters_are_counted(recorded: Recorded) -> None:
    """By what went wrong: the upload, the job, or the trigger before there was one."""
    sink = MetricSink()
    sink.take(LetterWritten("refused"))
    sink.take(LetterWritten("trigger_failed"))
    sink.take(LetterWritten("trigger_failed"))
    assert recorded.metrics()["vod.dead_letters"] == [
        Point(1, {"kind": "refused"}, "1"),
        Point(2, {"kind": "trigger_failed"}, "1"),
    ]


def test_purges_are_counted_by_how_they_ended(recorded: Recorded) -> None:
    """A purge that Front Door accepts and then gives up on fails no activity."""
    sink = MetricSink()
    sink.take(PurgeEnded("done"))
    sink.take(PurgeEnded("failed"))
    assert recorded.metrics()["vod.purges"] == [
        Point(1, {"status": "done"}, "1"),
        Point(1, {"status": "failed"}, "1"),
    ]


def test_a_failed_attempt_is_counted(recorded: Recorded) -> None:
    """By its activity and the class of what it raised."""
    MetricSink().take(StepFailed("probe_source", "ToolFailed"))
    assert recorded.metrics()["vod.activity.failures"] == [
        Point(1, {"activity": "probe_source", "error": "ToolFailed"}, "1")
    ]


def test_a_step_that_told_of_something_sends_it(recorded: Recorded) -> None:
    """Once, when it is over; a step that told of nothing sends nothing."""
    flushed: list[str] = []
    sink = MetricSink(flush=lambda: flushed.append("flushed"))
    sink.settle()
    assert flushed == []
    sink.take(StepRetried("encode_unit"))
    sink.take(JobEnded("refused", 1.5))
    assert flushed == []
    sink.settle()
    sink.settle()
    assert flushed == ["flushed"]


def test_a_step_sends_for_itself(recorded: Recorded) -> None:
    """What steps in other threads tell is theirs to send, when they are over."""
    flushed: list[str] = []
    sink = MetricSink(flush=lambda: flushed.append("flushed"))
    other = threading.Thread(target=sink.take, args=(StepRetried("encode_unit"),))
    other.start()
    other.join()
    sink.settle()
    assert flushed == []
