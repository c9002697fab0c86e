"""Renditions with sizes and durations that are easy to reckon with."""

from __future__ import annotations

from fractions import Fraction

from tests.transcoding.builders import a_timeline
from tests.transcoding.encoding import a_plan, a_rung, a_sound
from transcoding.job.records import Rendition, Segment
from transcoding.plan.plan import Plan

SOUND_TICKS = (192_512, 192_512, 94_656)
"""Of three segments: 188, 188 and 92.4 AAC frames."""


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
    timeline = a_timeline(rate, 599, max_step=2, chunk_s=4)
    german = a_sound("german", timeline, language="de", label="Deutsch")
    plan = a_plan(
        a_rung("low", timeline, step=2, height=90),
        a_rung("mid", timeline, height=180),
        a_rung("high", timeline, height=360),
        a_sound("english", timeline, language="en", label="English"),
        german.model_copy(update={"is_default": False}),
    )
    lengths = (240_240, 240_240, 119_119)

    def rung(key: str, codec: str, *sizes: int) -> Rendition:
        shapes = zip(lengths, sizes, strict=True)
        return a_rendition(key, *shapes, timescale=60_000, codec=codec)

    renditions = [
        rung("low", "avc1.64000c", 100_000, 120_000, 50_000),
        rung("mid", "avc1.64001f", 1_000_000, 1_100_000, 400_000),
        rung("high", "avc1.640020", 3_000_000, 2_000_000, 900_000),
        *two_languages(),
    ]
    return plan, {rendition.key: rendition for rendition in renditions}


def two_languages(*, prefix: str = "", times: int = 1, codec: str = "mp4a.40.2") -> list[Rendition]:
    """Give English and German sound of the same length.

    Args:
        prefix: of their keys.
        times: how many times the usual bytes.
    """
    sizes = {"english": (64_000, 65_000, 31_000), "german": (60_000, 66_000, 30_000)}
    return [
        a_rendition(
            prefix + key,
            *((ticks, size * times) for ticks, size in zip(SOUND_TICKS, sizes[key], strict=True)),
            timescale=48_000,
            codec=codec,
        )
        for key in sizes
    ]


def song() -> tuple[Plan, dict[str, Rendition]]:
    """Give the same sound without a picture."""
    timeline = a_timeline(Fraction(60000, 1001), 599, chunk_s=4)
    german = a_sound("german", timeline, language="de", label="Deutsch")
    plan = a_plan(
        a_sound("english", timeline, language="en", label="English"),
        german.model_copy(update={"is_default": False}),
    )
    return plan, {rendition.key: rendition for rendition in two_languages()}


def with_surround(
    plan: Plan, renditions: dict[str, Rendition]
) -> tuple[Plan, dict[str, Rendition]]:
    """Add the same sound in six channels, as another codec would give it: three times the bytes."""
    surround = [
        track.model_copy(update={"key": f"surround-{track.key}", "channels": 6})
        for track in plan.audio
    ]
    more = two_languages(prefix="surround-", times=3, codec="ac-3")
    return (
        plan.model_copy(update={"tracks": (*plan.tracks, *surround)}),
        renditions | {rendition.key: rendition for rendition in more},
    )
