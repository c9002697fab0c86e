"""Builders of values for tests of any folder: each gives a plausible one, with what differs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from transcoding.job.messages import Job
from transcoding.job.records import ChunkRecord, Segment, UnitProgress
from transcoding.plan.plan import EncodeUnit, Plan, Profile, make_plan
from transcoding.source.source import AudioStream, Source, VideoStream
from transcoding.source.timeline import Timeline, cut_timeline

ENCODER = "test-encoder 1"


def a_job(**changes: Any) -> Job:
    """Return the job of `holiday/beach.mp4`."""
    values: dict[str, Any] = {
        "container": "uploads",
        "name": "holiday/beach.mp4",
        "etag": "0x8DC",
        "run_id": "1",
    }
    return Job(**values | changes)


def a_video(**changes: Any) -> VideoStream:
    """Return 60 s of progressive 1920x1080 at 30 fps; `display_*` follow `coded_*`."""
    values: dict[str, Any] = {
        "stream_index": 0,
        "codec": "h264",
        "coded_width": 1920,
        "coded_height": 1080,
        "rotation_deg": 0,
        "sample_aspect": Fraction(1),
        "frame_rate": Fraction(30),
        "is_constant_rate": True,
        "start_s": Fraction(0),
        "frame_count": 1800,
        "pixel_format": "yuv420p",
        "bit_depth": 8,
        "color_primaries": "bt709",
        "color_transfer": "bt709",
        "color_matrix": "bt709",
        "color_range": "tv",
        "is_interlaced": False,
    }
    values |= changes
    values.setdefault("display_width", values["coded_width"])
    values.setdefault("display_height", values["coded_height"])
    return VideoStream(**values)


def an_audio_track(**changes: Any) -> AudioStream:
    """Return an English stereo track."""
    values: dict[str, Any] = {
        "stream_index": 1,
        "codec": "aac",
        "channels": 2,
        "sample_rate_hz": 44_100,
        "language": "eng",
        "title": "",
        "is_default": True,
    }
    return AudioStream(**values | changes)


def a_source(*audio: AudioStream, container: str = "mov,mp4", **video_changes: Any) -> Source:
    """Return a source with `a_video(...)` and these audio tracks."""
    return Source(
        container=container,
        size_bytes=1_000_000,
        video=a_video(**video_changes),
        audio=audio,
        subtitles=(),
    )


def a_plan(source: Source | None = None, **profile_changes: Any) -> Plan:
    """Return the plan of `a_job()` for a source, one English audio track unless given."""
    return make_plan(
        a_job(), source or a_source(an_audio_track()), Profile(**profile_changes), ENCODER
    )


def a_unit(plan: Plan, chunk: int = 0, *rungs: int) -> EncodeUnit:
    """Return the unit of one chunk with the rungs of these indexes, the lowest unless given."""
    return EncodeUnit(
        job=plan.job,
        video=plan.source.video,
        timeline=plan.timeline,
        chunk=plan.timeline.chunk(chunk),
        rungs=tuple(plan.rungs[index] for index in rungs or (0,)),
    )


def a_timeline(
    frame_rate: Fraction, frame_count: int, *, max_step: int = 1, chunk_s: int = 10
) -> Timeline:
    """Return a timeline that starts at 0."""
    return cut_timeline(
        frame_rate=frame_rate,
        frame_count=frame_count,
        start_s=Fraction(0),
        max_step=max_step,
        chunk_s=Fraction(chunk_s),
    )


def a_chunk_record(index: int, **changes: Any) -> ChunkRecord:
    """Return the done-marker of a chunk of one 4 s segment at 30 fps."""
    segment = Segment(
        number=index + 1,
        decode_time=index * 120_000,
        duration=120_000,
        size_bytes=50_000,
        keyframe_bytes=9_000,
        frame_count=120,
    )
    values: dict[str, Any] = {
        "key": "h264-1",
        "index": index,
        "timescale": 30_000,
        "codec": "avc1.640028",
        "init_sha256": "ab",
        "init_size_bytes": 800,
        "segments": (segment,),
    }
    return ChunkRecord(**values | changes)


def a_progress(*rung_keys: str, chunk: int = 0, frames_done: int = 0) -> UnitProgress:
    """Return the progress record of a unit that encodes 1,200 frames at twice real time."""
    return UnitProgress(
        unit_id=f"video-{chunk}",
        rung_keys=rung_keys,
        chunk=chunk,
        frames_done=frames_done,
        frames_total=1_200,
        speed=2.0,
        state="encoding",
    )
