"""Rules about the rates that the multivariant playlist states (HLS Authoring Specification)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from transcoding.conformance.parsed import Parsed
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import EVERYTHING, PICTURE

_TOLERANCE = Fraction(1, 10)
_PRINTED = Fraction(1, 1000)
"""Rates are computed from EXTINF, which is rounded when it is printed."""
_DEFAULT_VARIANT_BPS = 2_000_000


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


def _peak_to_average(parsed: Parsed) -> Finding:
    ratios = {r.key: r.peak_bps / r.average_bps for r in parsed.video}
    problems = [
        f"{key}: peak is {float(x):.2f} times the average" for key, x in ratios.items() if x > 2
    ]
    return judge(problems, f"at most {float(max(ratios.values())):.2f} times the average")


def _default_variant(parsed: Parsed) -> Finding:
    rates = [rendition.average_bps for _, rendition in parsed.variants]
    nearest = min(rates, key=lambda rate: abs(rate - _DEFAULT_VARIANT_BPS))
    first = f"{int(rates[0])} bit/s of video is first"
    problem = f"{first}, {int(nearest)} is nearer to 2 Mbit/s"
    return judge([problem] if rates[0] != nearest else [], first)


RULES = (
    Rule("HLS 1.26", "MUST", EVERYTHING, _average),
    Rule("HLS 1.27", "MUST", EVERYTHING, _peak),
    Rule("HLS 9.13", "MUST", EVERYTHING, _peak_sum),
    Rule("HLS 9.14", "MUST", EVERYTHING, _average_present),
    Rule("HLS 1.30", "SHOULD", PICTURE, _peak_to_average),
    Rule("HLS 1.32", "SHOULD", PICTURE, _default_variant),
)
