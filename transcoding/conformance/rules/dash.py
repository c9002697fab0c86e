"""Rules about the manifest (ISO/IEC 23009-1, DASH-IF's timing model)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from transcoding.conformance.names import segment_file
from transcoding.conformance.parsed import Parsed
from transcoding.conformance.readers.mpd import read_duration_s
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import EVERYTHING

_PRINTED_S = Fraction(1, 1000)
"""Durations may be written in milliseconds."""


def _files(parsed: Parsed) -> Finding:
    """Every rendition is there exactly once, its template names its files, and nothing else is."""

    def problems() -> Iterator[str]:
        inits = [r.init_uri for r in parsed.manifest.representations]
        known = {r.init_uri for r in parsed.renditions}
        yield from (f"{uri} names no published file" for uri in inits if uri not in known)
        for rendition in parsed.renditions:
            if inits.count(rendition.init_uri) != 1:
                yield f"{rendition.key} is there {inits.count(rendition.init_uri)} times"
        for representation, rendition in parsed.representations:
            folder, count = rendition.folder, len(rendition.given.sizes_bytes)
            if representation.first_uri != f"{folder}/{segment_file(1)}":
                yield f"{rendition.key} starts with {representation.first_uri!r}"
            if representation.last_uri != f"{folder}/{segment_file(count)}":
                yield f"{rendition.key} ends with {representation.last_uri!r}, {count} are there"

    return judge(problems(), f"{len(parsed.renditions)} representations of published files")


def _gap(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for representation, rendition in parsed.representations:
            for (start, duration), (following, _) in pairwise(representation.timeline):
                if start + duration != following:
                    yield f"{rendition.key}: {following - start - duration:+d} ticks at {following}"

    return judge(problems(), "no gap and no overlap in any timeline")


def _timeline(parsed: Parsed) -> Finding:
    """The timeline says exactly what the fragments say."""

    def problems() -> Iterator[str]:
        for representation, rendition in parsed.representations:
            if representation.spans_s != rendition.spans_s:
                rows = zip(representation.spans_s, rendition.spans_s, strict=False)
                wrong = next((n for n, (said, real) in enumerate(rows, 1) if said != real), 0)
                counts = len(representation.timeline), len(rendition.fragments)
                yield (
                    f"{rendition.key}: segment {wrong} is elsewhere than its tfdt and samples say"
                    if wrong
                    else f"{rendition.key}: {counts[0]} segments, {counts[1]} are there"
                )

    return judge(problems(), "every segment where its tfdt and samples say")


def _period_covered(parsed: Parsed) -> Finding:
    period_s = parsed.manifest.duration_s
    if period_s is None:
        return judge(["the MPD has no mediaPresentationDuration"], "")

    def problems() -> Iterator[str]:
        for representation, rendition in parsed.representations:
            offset_s = Fraction(representation.offset, representation.timescale or 1)
            start_s = representation.spans_s[0][0] - offset_s
            end_s = representation.spans_s[-1][1] - offset_s
            if start_s != 0 or abs(end_s - period_s) > _PRINTED_S:
                yield (
                    f"{rendition.key} lasts from {float(start_s)} to {float(end_s)} s of a "
                    f"Period of {float(period_s)} s"
                )

    return judge(problems(), f"all segments cover {float(period_s):.3f} s")


def _addressing(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for number, adaptation_set in enumerate(parsed.manifest.sets, 1):
            kinds = sorted({kind for r in adaptation_set for kind in r.addressing})
            if kinds != ["SegmentTimeline"]:
                yield f"AdaptationSet {number} is addressed by {kinds or 'nothing'}"

    return judge(problems(), "SegmentTimeline in every AdaptationSet")


def _static(parsed: Parsed) -> Finding:
    kind = parsed.manifest.type
    return judge([] if kind == "static" else [f"the MPD is {kind}"], "static")


def _period(parsed: Parsed) -> Finding:
    manifest = parsed.manifest
    problems = []
    if manifest.periods != 1:
        problems.append(f"{manifest.periods} Periods, 1 expected")
    if not manifest.period_start or read_duration_s(manifest.period_start) != 0:
        problems.append(f"the Period starts at {manifest.period_start or 'no stated time'}")
    return judge(problems, "one Period from 0 on")


def _timescale(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for representation in parsed.manifest.representations:
            if not representation.timescale:
                yield f"{representation.id} has no timescale"

    return judge(problems(), "on every Representation")


def _durations(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for text in parsed.manifest.durations:
            try:
                read_duration_s(text)
            except ValueError as error:
                yield str(error)

    return judge(problems(), f"{len(parsed.manifest.durations)} durations without years and months")


def _sap(parsed: Parsed) -> Finding:
    """SAP type 1: the first picture is a sync sample and nothing is shown before it."""

    def problems() -> Iterator[str]:
        for representation, rendition in parsed.representations:
            if representation.starts_with_sap not in (1, 2):
                yield f"{rendition.key} has startWithSAP={representation.starts_with_sap}"
            for number, fragment in enumerate(rendition.fragments, 1):
                if not fragment.starts_with_sync or fragment.earliest_shown < fragment.first_shown:
                    yield f"{rendition.key} {segment_file(number)} does not start with SAP 1"

    return judge(problems(), "every segment starts with SAP 1, as is signalled")


def _codecs(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for representation, rendition in parsed.representations:
            if representation.codecs != rendition.codec_string:
                yield (
                    f"{rendition.key}: {representation.codecs!r}, "
                    f"the init segment says {rendition.codec_string}"
                )

    return judge(problems(), "codecs as in the init segments")


def _one_kind(parsed: Parsed) -> Finding:
    """One media type, one codec and one profile in each switching set (ISO/IEC 23000-19, 7.3.4)."""

    def problems() -> Iterator[str]:
        for number, adaptation_set in enumerate(parsed.manifest.sets, 1):
            kinds = sorted({(r.media_type, r.codecs[:7]) for r in adaptation_set})
            if len(kinds) != 1 or kinds[0][0] not in ("video", "audio"):
                yield f"AdaptationSet {number} mixes {kinds}"
        for representation, rendition in parsed.representations:
            if representation.media_type != rendition.given.kind:
                yield f"{rendition.key} is {representation.media_type!r} in the MPD"

    return judge(problems(), f"{len(parsed.manifest.sets)} sets of one media type and profile each")


def _boundaries(parsed: Parsed) -> Finding:
    by_uri = {r.init_uri: r for r in parsed.renditions}

    def problems() -> Iterator[str]:
        for number, adaptation_set in enumerate(parsed.manifest.sets, 1):
            said = {r.spans_s for r in adaptation_set}
            real = {by_uri[r.init_uri].spans_s for r in adaptation_set if r.init_uri in by_uri}
            if len(said) > 1 or len(real) > 1:
                yield f"AdaptationSet {number}: boundaries differ between its Representations"

    return judge(problems(), "identical within each AdaptationSet")


RULES = (
    Rule("DASH files", "MUST", EVERYTHING, _files),
    Rule("DASH gap", "MUST", EVERYTHING, _gap),
    Rule("DASH timeline", "MUST", EVERYTHING, _timeline),
    Rule("DASH period covered", "MUST", EVERYTHING, _period_covered),
    Rule("DASH addressing", "MUST", EVERYTHING, _addressing),
    Rule("DASH static", "MUST", EVERYTHING, _static),
    Rule("DASH period start", "MUST", EVERYTHING, _period),
    Rule("DASH timescale", "MUST", EVERYTHING, _timescale),
    Rule("DASH durations", "MUST", EVERYTHING, _durations),
    Rule("DASH SAP", "MUST", EVERYTHING, _sap),
    Rule("DASH codecs", "MUST", EVERYTHING, _codecs),
    Rule("DASH switching set", "MUST", EVERYTHING, _one_kind),
    Rule("DASH boundaries", "MUST", EVERYTHING, _boundaries),
)
