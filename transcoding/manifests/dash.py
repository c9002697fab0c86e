"""The DASH manifest (ISO/IEC 23009-1): static, one period, segments listed by their durations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil
from xml.etree import ElementTree as ET

from transcoding.job.paths import INIT
from transcoding.job.records import Rendition
from transcoding.manifests.presentation import AudioVariant, Presentation, VideoVariant, present
from transcoding.plan.plan import Plan
from transcoding.plan.release import Release

_NAMESPACE = "urn:mpeg:dash:schema:mpd:2011"
_PROFILE = "urn:mpeg:dash:profile:isoff-live:2011"
_ROLE = "urn:mpeg:dash:role:2011"
_CHANNELS = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"


def manifest(release: Release, renditions: Mapping[str, Rendition]) -> str:
    """Return `{name}/manifest.mpd`.

    Args:
        renditions: by key, at least those of the release.

    Raises:
        ValueError: as in `present`.
    """
    plan = release.plan
    shown = present(release, renditions)
    buffer_s = _buffer_s(shown)
    root = ET.Element(
        "MPD",
        {
            "xmlns": _NAMESPACE,
            "profiles": _PROFILE,
            "type": "static",
            # Rounded down: segments have to cover the whole period.
            "mediaPresentationDuration": _duration(shown.duration_s, round_up=False),
            "minBufferTime": _duration(buffer_s, round_up=True),
        },
    )
    period = ET.SubElement(root, "Period", {"id": "1", "start": "PT0S"})
    # Players switch within a set, and only between tracks of one codec.
    for codec in dict.fromkeys(track.codec for track in plan.video):
        variants = [variant for variant in shown.video if variant.track.codec == codec]
        if variants:
            _add_video(period, plan, variants, buffer_s)
    for number, variant in enumerate(shown.audio, start=len(period) + 1):
        _add_audio(period, plan, variant, number, buffer_s)
    ET.indent(root)
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return declaration + ET.tostring(root, encoding="unicode") + "\n"


def _add_video(
    period: ET.Element, plan: Plan, variants: Sequence[VideoVariant], buffer_s: Fraction
) -> None:
    adaptation = ET.SubElement(
        period,
        "AdaptationSet",
        {
            "id": str(len(period) + 1),
            "contentType": "video",
            "mimeType": variants[0].track.mime_type,
            "segmentAlignment": "true",
            "startWithSAP": "1",
            "maxWidth": str(max(variant.track.width for variant in variants)),
            "maxHeight": str(max(variant.track.height for variant in variants)),
            "maxFrameRate": str(max(variant.track.frame_rate for variant in variants)),
            **_aspect(plan),
        },
    )
    ET.SubElement(adaptation, "Role", {"schemeIdUri": _ROLE, "value": "main"})
    first = variants[0].rendition
    is_shared = all(_boundaries(v.rendition) == _boundaries(first) for v in variants)
    if is_shared:
        _add_template(adaptation, plan, first)
    for variant in variants:
        representation = _add_representation(adaptation, variant, variant.track.key, buffer_s)
        representation.set("width", str(variant.track.width))
        representation.set("height", str(variant.track.height))
        representation.set("frameRate", str(variant.track.frame_rate))
        representation.set("sar", "1:1")
        if not is_shared:
            _add_template(representation, plan, variant.rendition)


def _aspect(plan: Plan) -> dict[str, str]:
    picture = plan.source.video
    if picture is None:
        return {}
    aspect = Fraction(picture.display_width, picture.display_height)
    return {"par": f"{aspect.numerator}:{aspect.denominator}"}


def _add_audio(
    period: ET.Element, plan: Plan, variant: AudioVariant, number: int, buffer_s: Fraction
) -> None:
    adaptation = ET.SubElement(
        period,
        "AdaptationSet",
        {
            "id": str(number),
            "contentType": "audio",
            "mimeType": variant.track.mime_type,
            "lang": variant.track.language,
            "segmentAlignment": "true",
            "startWithSAP": "1",
        },
    )
    channels = {"schemeIdUri": _CHANNELS, "value": str(variant.track.channels)}
    ET.SubElement(adaptation, "AudioChannelConfiguration", channels)
    ET.SubElement(adaptation, "Label").text = variant.label
    role = "main" if variant.is_default else "alternate"
    ET.SubElement(adaptation, "Role", {"schemeIdUri": _ROLE, "value": role})
    _add_template(adaptation, plan, variant.rendition)
    representation = _add_representation(adaptation, variant, variant.track.key, buffer_s)
    representation.set("audioSamplingRate", str(variant.track.sample_rate_hz))


def _add_representation(
    adaptation: ET.Element, variant: VideoVariant | AudioVariant, key: str, buffer_s: Fraction
) -> ET.Element:
    return ET.SubElement(
        adaptation,
        "Representation",
        {
            "id": key,
            "codecs": variant.rendition.codec,
            "bandwidth": str(_bandwidth_bps(variant, buffer_s)),
        },
    )


def _add_template(parent: ET.Element, plan: Plan, rendition: Rendition) -> None:
    # A rendition's key names both its Representation and its folder.
    folder = plan.folder("$RepresentationID$").relative
    template = ET.SubElement(
        parent,
        "SegmentTemplate",
        {
            "timescale": str(rendition.timescale),
            "initialization": f"{folder}/{INIT}",
            "media": f"{folder}/$Number%05d$.m4s",
            "startNumber": str(rendition.segments[0].number),
        },
    )
    timeline = ET.SubElement(template, "SegmentTimeline")
    for start, duration, count in _runs(rendition):
        entry = ET.SubElement(timeline, "S")
        if start is not None:
            entry.set("t", str(start))
        entry.set("d", str(duration))
        if count > 1:
            entry.set("r", str(count - 1))


def _boundaries(rendition: Rendition) -> tuple[int, list[tuple[int, int, int]]]:
    segments = [(one.number, one.decode_time, one.duration) for one in rendition.segments]
    return rendition.timescale, segments


def _runs(rendition: Rendition) -> Iterator[tuple[int | None, int, int]]:
    """Yield runs of equal durations: start where it has to be said, duration, how many.

    The first start is always said; a later one only where segments do not join.
    """
    start: int | None = None
    duration, count, end = 0, 0, -1
    for segment in rendition.segments:
        joins = segment.decode_time == end
        if joins and segment.duration == duration:
            count += 1
        else:
            if count:
                yield start, duration, count
            start = None if joins else segment.decode_time
            duration, count = segment.duration, 1
        end = segment.decode_time + segment.duration
    yield start, duration, count


def _buffer_s(shown: Presentation) -> Fraction:
    """Return the duration of the longest segment, rounded up to whole milliseconds."""
    renditions = [
        *(variant.rendition for variant in shown.video),
        *(variant.rendition for variant in shown.audio),
    ]
    longest_s = max(
        Fraction(segment.duration, rendition.timescale)
        for rendition in renditions
        for segment in rendition.segments
    )
    return Fraction(ceil(longest_s * 1000), 1000)


def _bandwidth_bps(variant: VideoVariant | AudioVariant, buffer_s: Fraction) -> int:
    """Return the rate at which playback never stalls after buffering for `buffer_s`.

    ISO/IEC 23009-1, 5.3.5.2: received at this rate from the start of any segment, and played
    after minBufferTime, all data is there in time. At the peak rate a run of half a target duration
    or more arrives within its own duration; a shorter last segment must arrive within the buffer.
    """
    largest_bytes = max(segment.size_bytes for segment in variant.rendition.segments)
    return max(variant.peak_bps, ceil(8 * largest_bytes / buffer_s))


def _duration(seconds: Fraction, *, round_up: bool) -> str:
    """Return an xs:duration of seconds alone, to the microsecond: years and months are inexact."""
    exact_us = seconds * 1_000_000
    whole, rest_us = divmod(ceil(exact_us) if round_up else int(exact_us), 1_000_000)
    return f"PT{whole}.{rest_us:06d}".rstrip("0").rstrip(".") + "S"
