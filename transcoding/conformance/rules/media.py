"""Rules about init segments and movie fragments (CMAF; Apple's rules about the media itself)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from transcoding.conformance.parsed import Parsed, ParsedRendition
from transcoding.conformance.readers.fragments import Fragment
from transcoding.conformance.rule import Finding, Rule, judge, not_applicable
from transcoding.job.paths import segment_file
from transcoding.source.frame_rates import MAX_RATE

_HANDLERS = {"video": "vide", "audio": "soun"}
_H264_PROFILES = frozenset({66, 77, 100})
_HIGHEST_LEVEL = 52
_IDR = 5
_LONGEST_GOP_S = 2


def _each(
    renditions: tuple[ParsedRendition, ...],
) -> Iterator[tuple[str, ParsedRendition, Fragment]]:
    for rendition in renditions:
        for number, fragment in enumerate(rendition.fragments, 1):
            yield f"{rendition.key} {segment_file(number)}", rendition, fragment


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
                if record.codec.lower() != init.codec:
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
        for name, _, fragment in _each(parsed.renditions):
            if fragment.earliest_shown != fragment.decode_time:
                yield f"{name} is shown from {fragment.earliest_shown}, tfdt {fragment.decode_time}"
            if fragment.latest_shown >= fragment.end:
                yield f"{name} shows one at {fragment.latest_shown}, it ends at {fragment.end}"

    return judge(problems(), "what a segment shows lies within its own time")


def _fragment_duration(parsed: Parsed) -> Finding:
    timeline = parsed.plan.timeline
    nominal_s = timeline.segment_frames / timeline.frame_rate

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
        for name, _, fragment in _each(parsed.renditions):
            if fragment.has_unsigned_offsets:
                yield f"{name} has composition offsets in a trun of version 0"

    return judge(problems(), "no edit list; composition offsets in trun of version 1")


def _idr(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for name, _, fragment in _each(parsed.video):
            if not fragment.starts_with_sync:
                yield f"{name} does not start with a sync sample"
            elif fragment.first_slice not in (None, _IDR):
                yield f"{name} starts with a slice of NAL type {fragment.first_slice}"

    seen = sum(fragment.first_slice == _IDR for _, _, fragment in _each(parsed.video))
    return judge(problems(), f"all start with a sync sample, {seen} of them seen to be IDR")


def _avc_level(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            sps = rendition.init.sequence_parameters
            config = rendition.init.avc_config
            if (config[1], config[3]) != (sps.profile, sps.level):
                yield f"{rendition.key}: avcC and its SPS differ in profile or level"
            if sps.profile not in _H264_PROFILES or sps.level > _HIGHEST_LEVEL or sps.bit_depth > 8:
                yield (
                    f"{rendition.key}: profile {sps.profile}, level {sps.level / 10}, "
                    f"{sps.bit_depth} bits"
                )

    return judge(problems(), "at most High profile, level 5.2, 8 bits")


def _hevc(parsed: Parsed) -> Finding:
    entries = {r.key: r.init.entry for r in parsed.video}
    hevc = {key: entry for key, entry in entries.items() if entry in ("hvc1", "hev1")}
    if not hevc:
        return not_applicable("no rung is HEVC")
    return judge((f"{k} is {e}" for k, e in hevc.items() if e != "hvc1"), "hvc1 in fMP4")


def _progressive(parsed: Parsed) -> Finding:
    interlaced = [r.key for r in parsed.video if not r.init.sequence_parameters.is_progressive]
    return judge((f"{key} has field pictures" for key in interlaced), "frame_mbs_only everywhere")


def _rate_limit(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for name, rendition, fragment in _each(parsed.video):
            rate = Fraction(rendition.init.timescale, fragment.shortest)
            is_alone = fragment.sample_count == 1
            if rate > MAX_RATE and not is_alone:
                yield f"{name}: {float(rate):.3f} frames per second"

    return judge(problems(), "at most 60 frames per second")


def _idr_distance(parsed: Parsed) -> Finding:
    longest_s = Fraction(0)
    for rendition in parsed.video:
        times = [at for fragment in rendition.fragments for at in fragment.sync_times]
        times.append(rendition.fragments[-1].end)
        gap = max(later - earlier for earlier, later in pairwise(times))
        longest_s = max(longest_s, Fraction(gap, rendition.init.timescale))
    problem = f"an IDR every {float(longest_s):.3f} s, every 2 s expected"
    return judge([problem] if longest_s > _LONGEST_GOP_S else [], f"{float(longest_s):.3f} s apart")


def _aligned(parsed: Parsed) -> Finding:
    first = parsed.video[0]
    unlike = [r.key for r in parsed.video if r.spans_s != first.spans_s]
    return judge((f"{key}: boundaries unlike {first.key}'s" for key in unlike), "on every rung")


RULES = (
    Rule("CMAF init", "MUST", _init),
    Rule("CMAF segment", "MUST", _segment),
    Rule("CMAF decode time", "MUST", _decode_time),
    Rule("CMAF presentation", "MUST", _presentation),
    Rule("CMAF fragment duration", "MUST", _fragment_duration),
    Rule("CMAF trun", "MUST", _trun),
    Rule("HLS 7.3", "MUST", _continuous),
    Rule("HLS 7.4", "MUST", _idr),
    Rule("HLS 1.3b", "MUST", _avc_level),
    Rule("HLS 1.5", "MUST", _hevc),
    Rule("HLS 1.14", "MUST", _progressive),
    Rule("HLS 1.19", "MUST", _rate_limit),
    Rule("HLS 1.13", "SHOULD", _idr_distance),
    Rule("HLS 8.22", "SHOULD", _aligned),
)
