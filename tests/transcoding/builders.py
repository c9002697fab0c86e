"""Builders of values for tests of any folder: each gives a plausible one, with what differs."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from transcoding.job.messages import Job
from transcoding.job.records import (
    ChunkRecord,
    ReleaseRecord,
    Segment,
    StableCopy,
    StableText,
    UnitFailure,
    UnitProgress,
)
from transcoding.plan.ladder import LADDER
from transcoding.plan.make_plan import make_plan
from transcoding.plan.options import Options
from transcoding.plan.plan import Plan, Planning, Unit
from transcoding.source.measured import Measured
from transcoding.source.sound_timeline import SoundTimeline, cut_sound
from transcoding.source.source import AudioStream, CoverPicture, Source, VideoStream
from transcoding.source.timeline import Timeline, cut_timeline
from transcoding.tracks.track import AudioTrack, VideoTrack

ENCODER = "test-encoder 1"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


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


def a_song(*audio: AudioStream, duration_s: int = 200, has_cover: bool = True) -> Source:
    """Return a source without a picture, one English track unless given."""
    cover = CoverPicture(stream_index=7, codec="mjpeg", width=1400, height=1400)
    return Source(
        container="mp3",
        size_bytes=1_000_000,
        video=None,
        audio=audio or (an_audio_track(),),
        cover=cover if has_cover else None,
        subtitles=(),
        sound_duration_s=Fraction(duration_s),
    )


def a_planning(source: Source | None = None, **changes: Any) -> Planning:
    """Return what the planning of `a_job()` starts from, one English audio track unless given."""
    values: dict[str, Any] = {
        "job": a_job(),
        "source": source or a_source(an_audio_track()),
        "measured": Measured(),
    }
    return Planning(**values | changes)


def a_plan(source: Source | None = None, **options: Any) -> Plan:
    """Return the plan of `a_planning(source)`."""
    return make_plan(a_planning(source), Options(**options), LADDER, ENCODER)


def a_unit(plan: Plan, chunk: int = 0, *rungs: int) -> Unit:
    """Return the unit of one chunk with the rungs of these indexes, the lowest unless given."""
    tracks = tuple(plan.video[index] for index in rungs or (0,))
    return Unit(
        job=plan.job,
        encoder=plan.encoder,
        round=plan.round,
        number=0,
        stream=plan.source.video,
        tracks=tracks,
        chunk=tracks[0].timeline.chunk(chunk),
    )


def a_sound_unit(plan: Plan, chunk: int = 0) -> Unit:
    """Return the unit of one chunk of all sound."""
    return Unit(
        job=plan.job,
        encoder=plan.encoder,
        round=plan.round,
        number=0,
        stream=None,
        tracks=plan.audio,
        chunk=plan.audio[0].timeline.chunk(chunk),
    )


def a_rung(**changes: Any) -> VideoTrack:
    """Return a rung of 640x360 at 30 fps for 60 s in chunks of 10 s."""
    values: dict[str, Any] = {
        "key": "h264-1",
        "codec": "h264",
        "rung": "360p 365k",
        "timeline": a_timeline(Fraction(30), 1800),
        "width": 640,
        "height": 360,
        "frame_step": 1,
        "bitrate_bps": 365_000,
        "maxrate_bps": 438_000,
        "bufsize_bits": 657_000,
        "crf": 24,
        "preset": "fast",
    }
    return VideoTrack(**values | changes)


def a_sound_track(**changes: Any) -> AudioTrack:
    """Return an English stereo track of 60 s."""
    values: dict[str, Any] = {
        "key": "aac-1",
        "codec": "aac",
        "stream_index": 1,
        "clock": None,
        "timeline": a_sound_timeline(60),
        "language": "en",
        "label": "en",
        "is_default": True,
        "channels": 2,
        "bitrate_bps": 128_000,
    }
    return AudioTrack(**values | changes)


def a_sound_timeline(duration_s: int | Fraction, track_count: int = 1) -> SoundTimeline:
    """Return the timeline of sound at 48 kHz that starts at 0, in segments of 188 AAC frames."""
    return cut_sound(
        sample_rate_hz=48_000,
        frame_samples=1024,
        duration_s=Fraction(duration_s),
        start_s=Fraction(0),
        segment_s=Fraction(4),
        track_count=track_count,
    )


def a_timeline(
    frame_rate: Fraction, frame_count: int, *, max_step: int = 1, chunk_s: int = 10
) -> Timeline:
    """Return a timeline that starts at 0."""
    return cut_timeline(
        frame_rate=frame_rate,
        frame_count=frame_count,
        container_start_s=Fraction(0),
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
        md5="0cc175b9c0f1b6a831c399e269772661",
    )
    values: dict[str, Any] = {
        "key": "h264-1",
        "index": index,
        "timescale": 30_000,
        "codec": "avc1.640028",
        "init_sha256": "ab",
        "init_md5": "92eb5ffee6ae2fec3ad71c777531578f",
        "init_size_bytes": 800,
        "segments": (segment,),
    }
    return ChunkRecord(**values | changes)


def a_release(number: int, **changes: Any) -> ReleaseRecord:
    """Return release `number` of one rung with poster and storyboard; its texts tell the number."""
    values: dict[str, Any] = {
        "number": number,
        "source_key": "~0123456789ab",
        "folders": ("~0123456789ab/h264-1", "~0123456789ab/poster"),
        "files": {
            "poster.jpg": StableCopy(source="~0123456789ab/poster/poster.jpg"),
            "storyboard.vtt": StableText(text=f"WEBVTT {number}"),
            "manifest.mpd": StableText(text=f"<MPD {number}/>"),
            "master.m3u8": StableText(text=f"#EXTM3U {number}"),
        },
        "is_complete": True,
        "run_id": "1",
    }
    return ReleaseRecord(**values | changes)


def a_progress(
    *keys: str,
    chunk: int = 0,
    frames_done: int = 0,
    written_at: datetime = NOW,
    unit_id: str = "",
) -> UnitProgress:
    """Return the progress record of a unit that encodes 1,200 frames at twice real time."""
    return UnitProgress(
        unit_id=unit_id or f"video-{chunk}",
        track_keys=keys,
        chunk=chunk,
        attempt=1,
        frames_done=frames_done,
        frames_total=1_200,
        speed=2.0,
        state="encoding",
        written_at=written_at,
    )


def a_failure(**changes: Any) -> UnitFailure:
    """Return the note of a unit that has failed once, at `NOW`."""
    values: dict[str, Any] = {
        "unit_id": "unit-0-00000",
        "attempt": 1,
        "failed_at": NOW,
        "step": "encode_unit",
        "error": "ToolFailed",
        "message": "encode chunk 0 of beach.mp4: ffmpeg was killed by signal 9",
    }
    return UnitFailure(**values | changes)
