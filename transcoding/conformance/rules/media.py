"""Rules about init segments and movie fragments of any track (CMAF, ISO/IEC 23000-19)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from transcoding.conformance.names import segment_file
from transcoding.conformance.parsed import Parsed, each_fragment
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import EVERYTHING

_HANDLERS = {"video": "vide", "audio": "soun"}


def _init(parsed: Parsed) -> Finding:
    """An init segment parses and is the one that every chunk was encoded with."""

    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            init, given = rendition.init, rendition.given
            digest = hashlib.sha256(given.init).hexdigest()
            if init.handler != _HANDLERS[given.kind]:
                yield f"{given.key} has a {init.handler!r} track"
            if not given.records:
                yield f"{given.key} has no chunks"
            for record in given.records:
                if record.init_sha256 != digest:
                    yield f"{given.key}: chunk {record.index} has another init segment"
                if record.codec.lower() != rendition.codec_string:
                    yield f"{given.key}: chunk {record.index} is {record.codec}"
            for number, fragment in enumerate(rendition.fragments, 1):
                if fragment.track_id != init.track_id:
                    yield f"{given.key} {segment_file(number)} is of track {fragment.track_id}"

    return judge(problems(), f"{len(parsed.renditions)} init segments, each the same in all chunks")


def _segment(parsed: Parsed) -> Finding:
    """One moof, one mdat, and nothing after them, up to the size that storage lists."""

    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            rows = zip(rendition.fragments, rendition.given.sizes_bytes, strict=True)
            for number, (fragment, size_bytes) in enumerate(rows, 1):
                if fragment.media_end != size_bytes:
                    yield (
                        f"{rendition.key} {segment_file(number)}: {size_bytes} bytes stored, "
                        f"its boxes end at {fragment.media_end}"
                    )

    return judge(problems(), "every segment is one whole fragment")


def _continuous(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            for number, (before, after) in enumerate(pairwise(rendition.fragments), 2):
                if before.end != after.decode_time:
                    yield (
                        f"{rendition.key} {segment_file(number)}: tfdt {after.decode_time}, "
                        f"{before.end} expected"
                    )

    return judge(problems(), "every tfdt follows the segment before, also across chunks")


def _decode_time(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            total = 0
            for number, fragment in enumerate(rendition.fragments, 1):
                if fragment.decode_time != total:
                    yield (
                        f"{rendition.key} {segment_file(number)}: tfdt {fragment.decode_time}, "
                        f"durations before it sum to {total}"
                    )
                    break
                total += fragment.duration

    return judge(problems(), "every tfdt is the sum of the durations before it, from 0 on")


def _presentation(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for name, _, fragment in each_fragment(parsed.renditions):
            if fragment.earliest_shown != fragment.decode_time:
                yield f"{name} is shown from {fragment.earliest_shown}, tfdt {fragment.decode_time}"
            if fragment.latest_shown >= fragment.end:
                yield f"{name} shows one at {fragment.latest_shown}, it ends at {fragment.end}"

    return judge(problems(), "what a segment shows lies within its own time")


def _fragment_duration(parsed: Parsed) -> Finding:
    nominal_s = parsed.expected.segment_s

    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            scale = rendition.init.timescale
            for number, fragment in enumerate(rendition.fragments, 1):
                error_s = Fraction(fragment.duration, scale) - nominal_s
                sample_s = Fraction(fragment.longest, scale)
                is_last = number == len(rendition.fragments)
                if error_s > sample_s or (error_s < -sample_s and not is_last):
                    yield f"{rendition.key} {segment_file(number)}: {float(error_s):+.4f} s off"

    return judge(problems(), f"{float(nominal_s):.4f} s within one sample; the last may be shorter")


def _trun(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        yield from (f"{r.key} has an edit list" for r in parsed.renditions if r.init.has_edit_list)
        for name, _, fragment in each_fragment(parsed.renditions):
            if fragment.has_unsigned_offsets:
                yield f"{name} has composition offsets in a trun of version 0"

    return judge(problems(), "no edit list; composition offsets in trun of version 1")


RULES = (
    Rule("CMAF init", "MUST", EVERYTHING, _init),
    Rule("CMAF segment", "MUST", EVERYTHING, _segment),
    Rule("CMAF decode time", "MUST", EVERYTHING, _decode_time),
    Rule("CMAF presentation", "MUST", EVERYTHING, _presentation),
    Rule("CMAF fragment duration", "MUST", EVERYTHING, _fragment_duration),
    Rule("CMAF trun", "MUST", EVERYTHING, _trun),
    Rule("HLS 7.3", "MUST", EVERYTHING, _continuous),
)
