"""What the HLS and the DASH writer both need to know of the renditions that are ready."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from transcoding.job.records import Rendition
from transcoding.manifests.bandwidth import average_bps, peak_bps, target_duration_s
from transcoding.plan.plan import AudioRendition, Plan, Rung

START_BPS = 2_000_000
"""Players start with the variant that comes first (HLS Authoring Specification, 1.32)."""


class VideoVariant(NamedTuple):
    """A rung that is published; rates in bits per second, of the video alone."""

    rung: Rung
    rendition: Rendition
    peak_bps: int
    average_bps: int


class AudioVariant(NamedTuple):
    """An audio rendition that is published; rates in bits per second.

    Attributes:
        label: printable characters only, never empty.
        is_default: true for exactly one of a presentation.
        is_first_of_language: whether players may choose it by language alone.
    """

    audio: AudioRendition
    rendition: Rendition
    peak_bps: int
    average_bps: int
    label: str
    is_default: bool
    is_first_of_language: bool


class Presentation(NamedTuple):
    """All that a manifest names.

    Attributes:
        video: ascending by peak.
        audio: in the source's order.
        duration_s: what every rendition covers: the duration of the shortest.
    """

    target_duration_s: int
    duration_s: Fraction
    video: tuple[VideoVariant, ...]
    audio: tuple[AudioVariant, ...]

    @property
    def start_variant(self) -> VideoVariant:
        """The variant nearest 2 Mbit/s on average; the smaller one of two as near."""
        return min(self.video, key=lambda variant: abs(variant.average_bps - START_BPS))

    @property
    def audio_peak_bps(self) -> int:
        """The largest peak of any audio rendition, 0 where there is none."""
        return max((variant.peak_bps for variant in self.audio), default=0)

    @property
    def audio_average_bps(self) -> int:
        """The largest average of any audio rendition, 0 where there is none."""
        return max((variant.average_bps for variant in self.audio), default=0)


def present(plan: Plan, renditions: Mapping[str, Rendition]) -> Presentation:
    """Derive what is published from the renditions that are ready.

    Args:
        renditions: by key; those of the plan that are missing are left out, so that a video can be
            published before all of its rungs are encoded.

    Raises:
        ValueError: no rung is ready, or a rendition has no duration.
    """
    ready = [renditions[key] for key in _keys(plan) if key in renditions]
    video_count = sum(rung.key in renditions for rung in plan.rungs)
    if not video_count:
        raise ValueError("no video rendition is ready")
    target_s = target_duration_s(ready)
    video = [
        VideoVariant(rung, renditions[rung.key], *_rates(renditions[rung.key], target_s))
        for rung in plan.rungs
        if rung.key in renditions
    ]
    return Presentation(
        target_duration_s=target_s,
        duration_s=min(Fraction(one.duration, one.timescale) for one in ready),
        video=tuple(sorted(video, key=lambda variant: variant.peak_bps)),
        audio=_present_audio(plan, renditions, target_s),
    )


def _keys(plan: Plan) -> list[str]:
    return [*(rung.key for rung in plan.rungs), *(audio.key for audio in plan.audio)]


def _present_audio(
    plan: Plan, renditions: Mapping[str, Rendition], target_s: int
) -> tuple[AudioVariant, ...]:
    ready = [audio for audio in plan.audio if audio.key in renditions]
    default = next((audio for audio in ready if audio.is_default), ready[0] if ready else None)
    # The default stands for its language, the first one for every other.
    first_of_language: dict[str, AudioRendition] = {}
    for audio in [*([default] if default else []), *ready]:
        first_of_language.setdefault(audio.language, audio)
    return tuple(
        AudioVariant(
            audio,
            renditions[audio.key],
            *_rates(renditions[audio.key], target_s),
            label=_printable(audio.label) or _printable(audio.language) or audio.key,
            is_default=audio is default,
            is_first_of_language=first_of_language[audio.language] is audio,
        )
        for audio in ready
    )


def _rates(rendition: Rendition, target_s: int) -> tuple[int, int]:
    return (
        peak_bps(rendition.segments, rendition.timescale, target_s),
        average_bps(rendition.segments, rendition.timescale),
    )


def _printable(text: str) -> str:
    """Leave out line ends and all else that a playlist or XML cannot hold."""
    return "".join(character for character in text if character.isprintable()).strip()
