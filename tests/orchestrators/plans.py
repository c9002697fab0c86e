"""Plans for orchestrators under replay: what they do hangs on units, lanes and pictures alone."""

from __future__ import annotations

from fractions import Fraction

from transcoding.job.messages import Job
from transcoding.plan.ladder import LADDER
from transcoding.plan.make_plan import make_plan
from transcoding.plan.options import Grouping, Options
from transcoding.plan.plan import Plan, Planning
from transcoding.source.measured import Measured
from transcoding.source.source import AudioStream, Source, VideoStream

FRAME_RATE = 30

JOB = Job(container="uploads", name="holiday/beach.mp4", etag="0x8DC", run_id="4f0c1d2e3a5b")

SOUND = AudioStream(
    stream_index=1,
    codec="aac",
    channels=2,
    sample_rate_hz=44_100,
    language="eng",
    title="",
    is_default=True,
)


def a_video(duration_s: int, height: int) -> VideoStream:
    """Return a progressive 16:9 picture at 30 fps."""
    width = height * 16 // 9
    return VideoStream(
        stream_index=0,
        codec="h264",
        coded_width=width,
        coded_height=height,
        display_width=width,
        display_height=height,
        rotation_deg=0,
        sample_aspect=Fraction(1),
        frame_rate=Fraction(FRAME_RATE),
        is_constant_rate=True,
        start_s=Fraction(0),
        frame_count=duration_s * FRAME_RATE,
        pixel_format="yuv420p",
        bit_depth=8,
        color_primaries="bt709",
        color_transfer="bt709",
        color_matrix="bt709",
        color_range="tv",
        is_interlaced=False,
    )


def planned(
    source: Source,
    *,
    lanes: int = 2,
    chunk_s: int = 10,
    grouping: Grouping = "per_rendition",
) -> Plan:
    """Return the plan of JOB for a source."""
    options = Options(chunk_s=chunk_s, units_in_flight=lanes, grouping=grouping)
    planning = Planning(job=JOB, source=source, measured=Measured())
    return make_plan(planning, options, LADDER, "test-encoder 1")


def a_plan(*, lanes: int = 2) -> Plan:
    """Return the plan of a minute in 1080p with sound: 8 chunks of 9 rungs and 1 of sound."""
    return planned(_source(a_video(60, 1080), SOUND), lanes=lanes)


def a_plan_of(units: int, lanes: int) -> Plan:
    """Return the plan of a picture that takes so many units: all rungs in one, 20 s each."""
    source = _source(a_video(units * 20, 240))
    return planned(source, lanes=lanes, chunk_s=20, grouping="together")


def twelve_hours(*, lanes: int) -> Plan:
    """Return the plan of twelve hours in 2160p: 2,160 chunks of 13 rungs, 28,080 units."""
    return planned(_source(a_video(43_200, 2160)), lanes=lanes, chunk_s=20)


def a_song() -> Plan:
    """Return the plan of a minute of sound without a cover."""
    source = Source(
        container="mp3",
        size_bytes=1_000_000,
        video=None,
        audio=(SOUND.model_copy(update={"stream_index": 0, "codec": "mp3"}),),
        subtitles=(),
        sound_duration_s=Fraction(60),
    )
    return planned(source)


def _source(video: VideoStream, *audio: AudioStream) -> Source:
    return Source(container="mov,mp4", size_bytes=1_000_000, video=video, audio=audio, subtitles=())
