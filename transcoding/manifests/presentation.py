"""What the HLS and the DASH writer both need to know of the tracks that are published."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from transcoding.job.records import Rendition
from transcoding.manifests.bandwidth import average_bps, peak_bps
from transcoding.plan.release import Release
from transcoding.tracks.track import AudioTrack, VideoTrack

START_BPS = 2_000_000
"""Players start with the variant that comes first (HLS Authoring Specification, 1.32)."""


class VideoVariant(NamedTuple):
    """A rung that is published; rates in bits per second, of the video alone."""

    track: VideoTrack
    rendition: Rendition
    peak_bps: int
    average_bps: int


class AudioVariant(NamedTuple):
    """An audio track that is published; rates in bits per second.

    Attributes:
        label: printable characters only, never empty.
        is_default: true for exactly one of its group.
        is_first_of_language: whether players may choose it by language alone.
    """

    track: AudioTrack
    rendition: Rendition
    peak_bps: int
    average_bps: int
    label: str
    is_default: bool
    is_first_of_language: bool


class AudioGroup(NamedTuple):
    """The audio tracks of one codec and channel layout, in the source's order."""

    name: str
    variants: tuple[AudioVariant, ...]

    @property
    def peak_bps(self) -> int:
        """The largest peak of any of them."""
        return max(variant.peak_bps for variant in self.variants)

    @property
    def average_bps(self) -> int:
        """The largest average of any of them."""
        return max(variant.average_bps for variant in self.variants)

    @property
    def codecs(self) -> tuple[str, ...]:
        return tuple(sorted({variant.rendition.codec for variant in self.variants}))

    @property
    def default(self) -> AudioVariant:
        return next(variant for variant in self.variants if variant.is_default)


class Presentation(NamedTuple):
    """All that a manifest names.

    Attributes:
        video: ascending by peak; none where the source has no picture.
        groups: of sound; none where the source has no sound.
        duration_s: what every track covers: the duration of the shortest.
    """

    target_duration_s: int
    duration_s: Fraction
    video: tuple[VideoVariant, ...]
    groups: tuple[AudioGroup, ...]

    @property
    def audio(self) -> tuple[AudioVariant, ...]:
        return tuple(variant for group in self.groups for variant in group.variants)

    @property
    def start_first(self) -> tuple[VideoVariant, ...]:
        """The rungs, first the one nearest 2 Mbit/s on average; the smaller of two as near."""
        if not self.video:
            return ()
        start = min(self.video, key=lambda variant: abs(variant.average_bps - START_BPS))
        return (start, *(variant for variant in self.video if variant is not start))


def present(release: Release, renditions: Mapping[str, Rendition]) -> Presentation:
    """Derive what is published.

    Args:
        renditions: by key, at least those of the release.

    Raises:
        ValueError: nothing is ready, a rendition has no duration, or the source has a picture and
            no rung is ready.
    """
    plan = release.plan
    if not release.keys or (plan.video and not any(t.kind == "video" for t in release.tracks)):
        raise ValueError("no video rendition is ready" if plan.video else "nothing is ready")
    target_s = plan.target_duration_s
    video, sound = [], []
    for track in release.tracks:
        rendition = renditions[track.key]
        rates = _rates(rendition, target_s)
        if track.kind == "video":
            video.append(VideoVariant(track, rendition, *rates))
        else:
            sound.append(AudioVariant(track, rendition, *rates, _label(track), False, False))
    ready = [renditions[key] for key in release.keys]
    return Presentation(
        target_duration_s=target_s,
        duration_s=min(Fraction(one.duration, one.timescale) for one in ready),
        video=tuple(sorted(video, key=lambda variant: variant.peak_bps)),
        groups=tuple(
            AudioGroup(name, _marked(tuple(variants)))
            for name, variants in groupby(sound, key=lambda v: v.track.rendition_group)
        ),
    )


def _marked(variants: tuple[AudioVariant, ...]) -> tuple[AudioVariant, ...]:
    """Say which of a group is the default, and which is the first of its language."""
    default = next((v for v in variants if v.track.is_default), variants[0])
    # The default stands for its language, the first one for every other.
    first_of_language: dict[str, AudioVariant] = {}
    for variant in (default, *variants):
        first_of_language.setdefault(variant.track.language, variant)
    return tuple(
        variant._replace(
            is_default=variant is default,
            is_first_of_language=first_of_language[variant.track.language] is variant,
        )
        for variant in variants
    )


def _rates(rendition: Rendition, target_s: int) -> tuple[int, int]:
    return (
        peak_bps(rendition.segments, rendition.timescale, target_s),
        average_bps(rendition.segments, rendition.timescale),
    )


def _label(track: AudioTrack) -> str:
    return _printable(track.label) or _printable(track.language) or track.key


def _printable(text: str) -> str:
    """Leave out line ends and all else that a playlist or XML cannot hold."""
    return "".join(character for character in text if character.isprintable()).strip()
