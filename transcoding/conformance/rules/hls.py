"""Rules about the multivariant playlist (HLS Authoring Specification, RFC 8216)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from transcoding.conformance.parsed import Parsed
from transcoding.conformance.readers.playlists import Variant
from transcoding.conformance.rule import NO_AUDIO, Finding, Rule, judge, not_applicable

_TOLERANCE = Fraction(1, 10)
_PRINTED = Fraction(1, 1000)
"""Rates are computed from EXTINF, which is rounded when it is printed."""
_DEFAULT_VARIANT_BPS = 2_000_000
_SDR = frozenset({None, "SDR"})
_SDH = frozenset(
    {
        "public.accessibility.transcribes-spoken-dialog",
        "public.accessibility.describes-music-and-sound",
    }
)
_NO_CAPTIONS = not_applicable("no captions are published")


def _files(parsed: Parsed) -> Finding:
    """Every rendition is listed exactly once, and nothing else is."""
    master = parsed.master
    listed = [variant.uri for variant in (*master.variants, *master.iframe_variants)]
    listed = sorted(listed + [media.uri for media in master.media if media.uri])
    expected = sorted(
        [r.playlist_uri for r in parsed.renditions] + [r.iframes_uri for r in parsed.video]
    )
    problems = [f"{uri} is not listed" for uri in expected if uri not in listed]
    problems += [f"{uri} names no published playlist" for uri in listed if uri not in expected]
    if not problems and listed != expected:
        problems.append("a playlist is listed twice")
    return judge(problems, f"{len(expected)} playlists listed")


def _average(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for variant, rendition in parsed.variants:
            measured = parsed.combined_bps(variant, rendition)[0]
            stated = variant.average_bps or 0
            if abs(stated - measured) > _TOLERANCE * measured:
                yield f"{rendition.key}: {stated} stated, {int(measured)} bit/s measured"

    return judge(problems(), "every AVERAGE-BANDWIDTH within 10 % of the measured average")


def _peak(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for variant, rendition in parsed.variants:
            measured = parsed.combined_bps(variant, rendition)[1]
            stated = variant.bandwidth_bps or 0
            if abs(stated - measured) > _TOLERANCE * measured:
                yield f"{rendition.key}: {stated} stated, {int(measured)} bit/s measured"

    return judge(problems(), "every BANDWIDTH within 10 % of the measured peak")


def _peak_sum(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for variant, rendition in parsed.variants:
            measured = parsed.combined_bps(variant, rendition)[1]
            stated = variant.bandwidth_bps or 0
            if stated < measured * (1 - _PRINTED):
                yield f"{rendition.key}: {stated} stated, peaks sum to {int(measured)} bit/s"

    return judge(problems(), "no BANDWIDTH below the largest sum of peaks, audio included")


def _average_present(parsed: Parsed) -> Finding:
    missing = [v.uri for v in parsed.master.variants if v.average_bps is None]
    return judge((f"{uri} has no AVERAGE-BANDWIDTH" for uri in missing), "on every variant")


def _codecs(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for variant, rendition in parsed.variants:
            expected = {rendition.init.codec, *(a.init.codec for a in parsed.group(variant))}
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
            rate = parsed.rung(rendition).frame_rate
            if variant.frame_rate is None or abs(variant.frame_rate - rate) > _PRINTED:
                stated = (
                    "no FRAME-RATE" if variant.frame_rate is None else float(variant.frame_rate)
                )
                yield f"{rendition.key}: {stated}, {float(rate):.3f} expected"

    return judge(problems(), "FRAME-RATE of every variant within 0.001 of the planned rate")


def _iframe_codecs(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for variant, rendition in parsed.iframe_variants:
            if variant.codecs != (rendition.init.codec,):
                stated = ",".join(variant.codecs)
                yield f"{rendition.key}: {stated!r}, the init segment says {rendition.init.codec}"

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
            transfer = rendition.init.sequence_parameters.transfer
            if transfer in (16, 18):
                yield f"{rendition.key} is HDR (transfer {transfer}), which no rung is meant to be"
        for variant in (*parsed.master.variants, *parsed.master.iframe_variants):
            if variant.video_range not in _SDR:
                yield f"{variant.uri}: VIDEO-RANGE={variant.video_range}, all rungs are SDR"

    return judge(problems(), "all rungs are SDR")


def _independent(parsed: Parsed) -> Finding:
    there = parsed.master.is_independent
    return judge([] if there else ["EXT-X-INDEPENDENT-SEGMENTS is missing"], "stated")


def _audio_apart(parsed: Parsed) -> Finding:
    if not parsed.plan.audio:
        return NO_AUDIO
    master = parsed.master
    audio_uris = {m.uri for m in master.media if m.type == "AUDIO"}

    def problems() -> Iterator[str]:
        for rendition in parsed.audio:
            if rendition.playlist_uri not in audio_uris:
                yield f"{rendition.key} is in no EXT-X-MEDIA of TYPE=AUDIO"
        for variant in master.variants:
            if not master.group(variant.audio_group):
                yield f"{variant.uri} names no audio group"

    return judge(problems(), f"{len(audio_uris)} audio renditions in EXT-X-MEDIA")


def _language(parsed: Parsed) -> Finding:
    media = parsed.master.media
    if not media and not parsed.plan.audio:
        return NO_AUDIO
    missing = [m.uri or m.name for m in media if m.type != "VIDEO" and not m.language]
    return judge((f"{name} has no LANGUAGE" for name in missing), "on every EXT-X-MEDIA")


def _stereo_aac(parsed: Parsed) -> Finding:
    if not parsed.plan.audio:
        return NO_AUDIO
    stereo = [m.uri for m in parsed.master.media if m.type == "AUDIO" and m.channels == "2"]
    found = [
        a.key
        for a in parsed.audio
        if a.playlist_uri in stereo and (a.init.codec, a.init.channels) == ("mp4a.40.2", 2)
    ]
    return judge([] if found else ["no rendition is stereo AAC-LC"], f"{len(found)} stereo AAC-LC")


def _several(parsed: Parsed) -> Finding:
    count = len(parsed.master.variants)
    return judge(
        [] if count > 1 else [f"{count} variant, at least 2 expected"], f"{count} variants"
    )


def _captions(parsed: Parsed) -> Finding:
    """Captions' files are not among what the gate is given; publishing them needs rules first."""
    captions = [m for m in parsed.master.media if m.type in ("SUBTITLES", "CLOSED-CAPTIONS")]
    if not captions:
        return _NO_CAPTIONS
    return judge(["captions are listed, and the gate cannot read them"], "")


def _sdh(parsed: Parsed) -> Finding:
    marked = [m for m in parsed.master.media if _SDH & set(m.characteristics)]
    if not marked:
        return _NO_CAPTIONS
    partial = [m.name for m in marked if not _SDH.issubset(m.characteristics)]
    return judge((f"{name} has one of two characteristics" for name in partial), "both given")


def _sdh_autoselect(parsed: Parsed) -> Finding:
    marked = [m for m in parsed.master.media if _SDH & set(m.characteristics)]
    if not marked:
        return _NO_CAPTIONS
    without = [m.name for m in marked if not m.is_autoselect]
    return judge((f"{name} is not AUTOSELECT=YES" for name in without), "AUTOSELECT=YES")


def _peak_to_average(parsed: Parsed) -> Finding:
    ratios = {r.key: r.peak_bps / r.average_bps for r in parsed.video}
    problems = [
        f"{key}: peak is {float(x):.2f} times the average" for key, x in ratios.items() if x > 2
    ]
    return judge(problems, f"at most {float(max(ratios.values())):.2f} times the average")


def _two_at_top(parsed: Parsed) -> Finding:
    sizes = [v.resolution or (0, 0) for v in parsed.master.variants]
    top = max(sizes, key=lambda size: size[0] * size[1])
    count = sizes.count(top)
    return judge(
        [] if count > 1 else [f"{count} variant at {top[0]}x{top[1]}, 2 expected"],
        f"{count} variants at {top[0]}x{top[1]}",
    )


def _default_variant(parsed: Parsed) -> Finding:
    rates = [rendition.average_bps for _, rendition in parsed.variants]
    nearest = min(rates, key=lambda rate: abs(rate - _DEFAULT_VARIANT_BPS))
    first = f"{int(rates[0])} bit/s of video is first"
    problem = f"{first}, {int(nearest)} is nearer to 2 Mbit/s"
    return judge([problem] if rates[0] != nearest else [], first)


RULES = (
    Rule("HLS files", "MUST", _files),
    Rule("HLS 1.26", "MUST", _average),
    Rule("HLS 1.27", "MUST", _peak),
    Rule("HLS 9.13", "MUST", _peak_sum),
    Rule("HLS 9.14", "MUST", _average_present),
    Rule("HLS 9.1", "MUST", _codecs),
    Rule("HLS 9.2", "MUST", _resolution),
    Rule("HLS 9.15", "MUST", _frame_rate),
    Rule("HLS 9.3", "MUST", _iframe_codecs),
    Rule("HLS 9.4", "MUST", _iframe_resolution),
    Rule("HLS 6.1", "MUST", _iframe_playlists),
    Rule("HLS 9.16", "MUST", _video_range),
    Rule("HLS 9.12", "MUST", _independent),
    Rule("HLS 8.9", "MUST", _audio_apart),
    Rule("HLS 8.10", "MUST", _language),
    Rule("HLS 2.3", "MUST", _stereo_aac),
    Rule("HLS 9.9", "MUST", _several),
    Rule("HLS 5.2", "MUST", _captions),
    Rule("HLS 5.3", "MUST", _captions),
    Rule("HLS 5.5", "MUST", _captions),
    Rule("HLS 4.5", "MUST", _sdh),
    Rule("HLS 4.6", "MUST", _sdh_autoselect),
    Rule("HLS 1.30", "SHOULD", _peak_to_average),
    Rule("HLS 9.10", "SHOULD", _two_at_top),
    Rule("HLS 1.32", "SHOULD", _default_variant),
)
