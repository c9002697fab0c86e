"""Renditions with sizes and durations that are easy to reckon with."""

from __future__ import annotations

from fractions import Fraction

from tests.transcoding.encoding import a_plan, a_rung, a_timeline, an_audio
from transcoding.job.records import Rendition, Segment
from transcoding.plan.plan import Plan


def segments_of(*shapes: tuple[int, int]) -> tuple[Segment, ...]:
    """Make segments that follow each other, each from its ticks and bytes."""
    segments = []
    decode_time = 0
    for number, (duration, size_bytes) in enumerate(shapes, start=1):
        segments.append(
            Segment(
                number=number,
                decode_time=decode_time,
                duration=duration,
                size_bytes=size_bytes,
                keyframe_bytes=size_bytes // 10,
                frame_count=1,
                md5="",
            )
        )
        decode_time += duration
    return tuple(segments)


def a_rendition(
    key: str, *shapes: tuple[int, int], timescale: int, codec: str = "avc1.64001f"
) -> Rendition:
    """Make a rendition from the ticks and bytes of its segments."""
    return Rendition(
        key=key,
        timescale=timescale,
        codec=codec,
        init_sha256="0" * 64,
        init_size_bytes=800,
        segments=segments_of(*shapes),
    )


def ntsc_video() -> tuple[Plan, dict[str, Rendition]]:
    """Give 599 frames at 59.94 fps with a halved rung, English and German sound.

    Three segments: 4.004, 4.004 and 1.985 s.
    """
    rate = Fraction(60000, 1001)
    rungs = (
        a_rung("low", rate, step=2, height=90),
        a_rung("mid", rate, height=180),
        a_rung("high", rate, height=360),
    )
    timeline = a_timeline(rate, 599, rungs)
    english = an_audio("english", timeline, language="en", label="English")
    german = an_audio("german", timeline, language="de", label="Deutsch")
    audio = (english, german.model_copy(update={"is_default": False}))
    plan = a_plan(rate, 599, rungs=rungs, audio=audio)
    lengths = (240_240, 240_240, 119_119)

    def rung(key: str, codec: str, *sizes: int) -> Rendition:
        shapes = zip(lengths, sizes, strict=True)
        return a_rendition(key, *shapes, timescale=60_000, codec=codec)

    def sound(key: str, *sizes: int) -> Rendition:
        shapes = zip((192_512, 192_512, 94_656), sizes, strict=True)
        return a_rendition(key, *shapes, timescale=48_000, codec="mp4a.40.2")

    renditions = [
        rung("low", "avc1.64000c", 100_000, 120_000, 50_000),
        rung("mid", "avc1.64001f", 1_000_000, 1_100_000, 400_000),
        rung("high", "avc1.640020", 3_000_000, 2_000_000, 900_000),
        sound("english", 64_000, 65_000, 31_000),
        sound("german", 60_000, 66_000, 30_000),
    ]
    return plan, {rendition.key: rendition for rendition in renditions}
