"""Rules about the multivariant playlist: what it lists and how (HLS Authoring Specification)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from transcoding.conformance.parsed import Parsed
from transcoding.conformance.readers.playlists import Variant
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import EVERYTHING, PICTURE

_PRINTED = Fraction(1, 1000)
_SDR = frozenset({None, "SDR"})
_HDR_TRANSFERS = (16, 18)
"""PQ and HLG (ITU-T H.273)."""


def _files(parsed: Parsed) -> Finding:
    """Every rendition is listed once and in its place, and nothing else is.

    Without a picture the sounds are variants too: at least one of them, none twice.
    """
    master = parsed.master
    sounds = [r.playlist_uri for r in parsed.audio]
    pictures = [r.playlist_uri for r in parsed.video]
    variants = [v.uri for v in master.variants]
    problems = [
        *_misplaced([m.uri for m in master.media if m.uri], sounds, "in EXT-X-MEDIA"),
        *_misplaced(variants, pictures if parsed.has_picture else variants, "as a variant"),
        *_misplaced(
            [v.uri for v in master.iframe_variants],
            [r.iframes_uri for r in parsed.video],
            "as an I-frame variant",
        ),
    ]
    if not parsed.has_picture:
        problems += [f"{uri} names no published playlist" for uri in variants if uri not in sounds]
    return judge(problems, f"{len(sounds) + 2 * len(pictures)} playlists listed")


def _misplaced(listed: list[str], published: list[str], place: str) -> Iterator[str]:
    yield from (f"{uri} is not listed {place}" for uri in published if uri not in listed)
    yield from (f"{uri} names no published playlist" for uri in listed if uri not in published)
    if len(set(listed)) < len(listed):
        yield f"a playlist is listed twice {place}"


def _codecs(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for variant, rendition in parsed.variants:
            expected = {rendition.codec_string, *(a.codec_string for a in parsed.group(variant))}
            if set(variant.codecs) != expected:
                stated = ",".join(variant.codecs)
                yield f"{rendition.key}: {stated!r}, the init segments say {sorted(expected)}"

    return judge(problems(), "CODECS of every variant as in its init segments")


def _wrong_sizes(entries: Iterator[tuple[Variant, str, int, int]]) -> Iterator[str]:
    for variant, key, width, height in entries:
        if variant.resolution != (width, height):
            stated = "x".join(map(str, variant.resolution or ())) or "no RESOLUTION"
            yield f"{key}: {stated}, the init segment says {width}x{height}"


def _resolution(parsed: Parsed) -> Finding:
    entries = ((v, r.key, r.init.width, r.init.height) for v, r in parsed.variants)
    return judge(_wrong_sizes(entries), "RESOLUTION of every variant as in its init segment")


def _frame_rate(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for variant, rendition in parsed.variants:
            rate = parsed.video_track(rendition).frame_rate
            if variant.frame_rate is None or abs(variant.frame_rate - rate) > _PRINTED:
                stated = (
                    "no FRAME-RATE" if variant.frame_rate is None else float(variant.frame_rate)
                )
                yield f"{rendition.key}: {stated}, {float(rate):.3f} expected"

    return judge(problems(), "FRAME-RATE of every variant within 0.001 of the planned rate")


def _iframe_codecs(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for variant, rendition in parsed.iframe_variants:
            if variant.codecs != (rendition.codec_string,):
                stated = ",".join(variant.codecs)
                yield f"{rendition.key}: {stated!r}, the init segment says {rendition.codec_string}"

    return judge(problems(), "CODECS of every I-frame variant as in its init segment")


def _iframe_resolution(parsed: Parsed) -> Finding:
    entries = ((v, r.key, r.init.width, r.init.height) for v, r in parsed.iframe_variants)
    problems = list(_wrong_sizes(entries))
    problems += [
        f"{variant.uri} has a FRAME-RATE"
        for variant in parsed.master.iframe_variants
        if variant.frame_rate is not None
    ]
    return judge(problems, "RESOLUTION of every I-frame variant as in its init segment")


def _iframe_playlists(parsed: Parsed) -> Finding:
    listed = {rendition.key for _, rendition in parsed.iframe_variants}
    missing = [r.key for r in parsed.video if r.key not in listed or not r.given.iframe_playlist]
    return judge((f"{key} has no I-frame playlist" for key in missing), "one for every rung")


def _video_range(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            transfer = rendition.picture_codec.transfer(rendition.init)
            if transfer in _HDR_TRANSFERS:
                yield f"{rendition.key} is HDR (transfer {transfer}), which no rung is meant to be"
        for variant in (*parsed.master.variants, *parsed.master.iframe_variants):
            if variant.video_range not in _SDR:
                yield f"{variant.uri}: VIDEO-RANGE={variant.video_range}, all rungs are SDR"

    return judge(problems(), "all rungs are SDR")


def _independent(parsed: Parsed) -> Finding:
    """9.11 and 9.12, in the one place that holds for all playlists, those of sound included."""
    there = parsed.master.is_independent
    return judge([] if there else ["EXT-X-INDEPENDENT-SEGMENTS is missing"], "stated")


def _several(parsed: Parsed) -> Finding:
    """9.9 wants several bit rates of the picture; sound has one where it is alone."""
    count = len(parsed.master.variants)
    return judge(
        [] if count > 1 else [f"{count} variant, at least 2 expected"], f"{count} variants"
    )


def _two_at_top(parsed: Parsed) -> Finding:
    sizes = [v.resolution or (0, 0) for v in parsed.master.variants]
    top = max(sizes, key=lambda size: size[0] * size[1])
    count = sizes.count(top)
    return judge(
        [] if count > 1 else [f"{count} variant at {top[0]}x{top[1]}, 2 expected"],
        f"{count} variants at {top[0]}x{top[1]}",
    )


RULES = (
    Rule("HLS files", "MUST", EVERYTHING, _files),
    Rule("HLS 9.1", "MUST", EVERYTHING, _codecs),
    Rule("HLS 9.2", "MUST", PICTURE, _resolution),
    Rule("HLS 9.15", "MUST", PICTURE, _frame_rate),
    Rule("HLS 9.3", "MUST", PICTURE, _iframe_codecs),
    Rule("HLS 9.4", "MUST", PICTURE, _iframe_resolution),
    Rule("HLS 6.1", "MUST", PICTURE, _iframe_playlists),
    Rule("HLS 9.16", "MUST", PICTURE, _video_range),
    Rule("HLS 9.12", "MUST", EVERYTHING, _independent),
    Rule("HLS 9.9", "MUST", PICTURE, _several),
    Rule("HLS 9.10", "SHOULD", PICTURE, _two_at_top),
)
