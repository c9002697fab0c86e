"""HLS playlists (RFC 8216), as the HLS Authoring Specification for Apple Devices wants them.

Numbers such as 9.13 are rules of that specification.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from transcoding.job.paths import IFRAME_PLAYLIST, INIT, MEDIA_PLAYLIST, segment_file
from transcoding.job.records import Rendition, Segment
from transcoding.manifests.bandwidth import average_bps, peak_bps
from transcoding.manifests.presentation import (
    AudioGroup,
    AudioVariant,
    VideoVariant,
    present,
)
from transcoding.plan.release import Release

VERSION = 7
"""EXT-X-MAP without I-FRAMES-ONLY needs 6; Apple's tools expect 7 with fragmented MP4."""

_MICROSECONDS = 1_000_000


def multivariant_playlist(release: Release, renditions: Mapping[str, Rendition]) -> str:
    """Return `{name}/master.m3u8`.

    Args:
        renditions: by key, at least those of the release.

    Raises:
        ValueError: as in `present`.
    """
    shown = present(release, renditions)
    plan = release.plan
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for group in shown.groups:
        for audio in group.variants:
            uri = f"{plan.folder(audio.track.key).relative}/{MEDIA_PLAYLIST}"
            lines.append(_tag("EXT-X-MEDIA", _media_attributes(audio, uri)))
    # Each rung once for each group of sound; where there is no picture, each group for itself.
    for picture, sound in product(shown.start_first or (None,), shown.groups or (None,)):
        lines.append(_tag("EXT-X-STREAM-INF", _variant_attributes(picture, sound)))
        key = picture.track.key if picture else sound.default.track.key if sound else ""
        lines.append(f"{plan.folder(key).relative}/{MEDIA_PLAYLIST}")
    for variant in shown.start_first:
        uri = f"{plan.folder(variant.track.key).relative}/{IFRAME_PLAYLIST}"
        attributes = _iframe_attributes(variant, uri, shown.target_duration_s)
        lines.append(_tag("EXT-X-I-FRAME-STREAM-INF", attributes))
    return _text(lines)


def media_playlist(rendition: Rendition, target_duration_s: int) -> str:
    """Return `media.m3u8` of a rung or audio rendition; it stands beside the segments."""
    lines = _head(target_duration_s)
    for segment, duration_s in _durations(rendition):
        lines += [f"#EXTINF:{duration_s},", segment_file(segment.number)]
    return _text([*lines, "#EXT-X-ENDLIST"])


def iframe_playlist(rendition: Rendition, target_duration_s: int) -> str:
    """Return `iframes.m3u8` of a rung: the first picture of every segment.

    A byte range starts with the segment's moof, which a player needs to read the picture (6.10).
    """
    lines = [*_head(target_duration_s), "#EXT-X-I-FRAMES-ONLY"]
    for segment, duration_s in _durations(rendition):
        lines += [
            f"#EXTINF:{duration_s},",
            f"#EXT-X-BYTERANGE:{segment.keyframe_bytes}@0",
            segment_file(segment.number),
        ]
    return _text([*lines, "#EXT-X-ENDLIST"])


def _head(target_duration_s: int) -> list[str]:
    return [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target_duration_s}",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{INIT}"',
    ]


def _durations(rendition: Rendition) -> Iterator[tuple[Segment, str]]:
    """Yield segments with their durations as decimals of a second.

    What is rounded is where a segment ends, not how long it is: printed durations add up to the
    real duration within half a microsecond, however many there are.
    """
    end_ticks, start_us = 0, 0
    for segment in rendition.segments:
        end_ticks += segment.duration
        end_us = round(Fraction(end_ticks * _MICROSECONDS, rendition.timescale))
        seconds, rest_us = divmod(end_us - start_us, _MICROSECONDS)
        yield segment, f"{seconds}.{rest_us:06d}"
        start_us = end_us


def _media_attributes(variant: AudioVariant, uri: str) -> dict[str, str]:
    return {
        "TYPE": "AUDIO",
        "GROUP-ID": _quoted(variant.track.rendition_group),
        "NAME": _quoted(variant.label),
        "LANGUAGE": _quoted(variant.track.language),
        "DEFAULT": _yes_no(variant.is_default),
        # Members that a player may choose by itself have to differ in language.
        "AUTOSELECT": _yes_no(variant.is_first_of_language),
        "CHANNELS": _quoted(str(variant.track.channels)),
        "URI": _quoted(uri),
    }


def _variant_attributes(variant: VideoVariant | None, group: AudioGroup | None) -> dict[str, str]:
    parts = [part for part in (variant, group) if part]
    codecs = [*([variant.rendition.codec] if variant else []), *(group.codecs if group else ())]
    return {
        # 9.13: with the most demanding sound that can be played with it.
        "BANDWIDTH": str(sum(part.peak_bps for part in parts)),
        "AVERAGE-BANDWIDTH": str(sum(part.average_bps for part in parts)),
        "CODECS": _quoted(",".join(codecs)),
        **(_picture_attributes(variant) if variant else {}),
        **({"AUDIO": _quoted(group.name)} if group else {}),
        **({"CLOSED-CAPTIONS": "NONE"} if variant else {}),
    }


def _picture_attributes(variant: VideoVariant) -> dict[str, str]:
    return {
        "RESOLUTION": f"{variant.track.width}x{variant.track.height}",
        "FRAME-RATE": _three_decimals(variant.track.frame_rate),
    }


def _iframe_attributes(variant: VideoVariant, uri: str, target_duration_s: int) -> dict[str, str]:
    timescale = variant.rendition.timescale
    pictures = [
        segment.model_copy(update={"size_bytes": segment.keyframe_bytes})
        for segment in variant.rendition.segments
    ]
    return {
        "BANDWIDTH": str(peak_bps(pictures, timescale, target_duration_s)),
        "AVERAGE-BANDWIDTH": str(average_bps(pictures, timescale)),
        "CODECS": _quoted(variant.rendition.codec),
        "RESOLUTION": f"{variant.track.width}x{variant.track.height}",
        "URI": _quoted(uri),
    }


def _tag(name: str, attributes: Mapping[str, str]) -> str:
    return f"#{name}:" + ",".join(f"{key}={value}" for key, value in attributes.items())


def _quoted(text: str) -> str:
    """Return a quoted string, which has no escapes: line ends and quotes cannot be in it."""
    kept = "".join(character for character in text if character.isprintable())
    return '"' + kept.replace('"', "'") + '"'


def _yes_no(value: bool) -> str:
    return "YES" if value else "NO"


def _three_decimals(rate: Fraction) -> str:
    whole, thousandths = divmod(round(rate * 1000), 1000)
    return f"{whole}.{thousandths:03d}"


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
