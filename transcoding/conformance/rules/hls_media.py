"""Rules about media and I-frame playlists (HLS Authoring Specification, RFC 8216)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from transcoding.conformance.names import INIT, segment_file
from transcoding.conformance.parsed import Parsed
from transcoding.conformance.readers.playlists import MediaPlaylist
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import EVERYTHING, PICTURE, SOUND

_EXTINF_ERROR_S = Fraction(1, 1000)
_OVERSHOOT_S = Fraction(1, 2)
_LOWEST_VERSION = 6
"""EXT-X-MAP outside of I-frame playlists needs it (RFC 8216, section 7)."""


def _all_playlists(parsed: Parsed) -> Iterator[tuple[str, MediaPlaylist]]:
    for rendition in parsed.renditions:
        yield rendition.key, rendition.playlist
    for rendition in parsed.video:
        yield f"{rendition.key} I-frames", rendition.iframes


def _form(parsed: Parsed) -> Finding:
    """RFC 8216, 4.3.1.1, 4.3.3.4 and section 7."""

    def problems() -> Iterator[str]:
        if parsed.master.lines[0] != "#EXTM3U":
            yield "the multivariant playlist does not start with #EXTM3U"
        for key, playlist in _all_playlists(parsed):
            if playlist.lines[0] != "#EXTM3U":
                yield f"{key} does not start with #EXTM3U"
            if playlist.lines[-1] != "#EXT-X-ENDLIST":
                yield f"{key} does not end with #EXT-X-ENDLIST"
            if playlist.version < _LOWEST_VERSION:
                yield f"{key} is of version {playlist.version}, at least 6 expected"

    return judge(problems(), "start, end and version of every playlist")


def _segments(parsed: Parsed) -> Finding:
    """A playlist names the files that storage lists, in order."""

    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            count = len(rendition.given.sizes_bytes)
            expected = [segment_file(number) for number in range(1, count + 1)]
            if len(rendition.given.heads) != count:
                yield f"{rendition.key}: {len(rendition.given.heads)} of {count} segments were read"
            if [segment.uri for segment in rendition.playlist.segments] != expected:
                yield f"{rendition.key} does not name 00001.m4s to {segment_file(count)}"
            if any(segment.byte_range for segment in rendition.playlist.segments):
                yield f"{rendition.key} names parts of files"

    count = sum(len(r.given.sizes_bytes) for r in parsed.renditions)
    return judge(problems(), f"all {count} segments, in order")


def _extinf(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            scale = rendition.init.timescale
            pairs = zip(rendition.playlist.segments, rendition.fragments, strict=True)
            for number, (segment, fragment) in enumerate(pairs, 1):
                real_s = Fraction(fragment.duration, scale)
                if abs(segment.duration_s - real_s) > _EXTINF_ERROR_S:
                    yield (
                        f"{rendition.key} {segment_file(number)}: EXTINF "
                        f"{float(segment.duration_s)}, its samples last {float(real_s):.6f} s"
                    )

    return judge(problems(), "every EXTINF within 1 ms of its samples' duration")


def _segment_length(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for key, playlist in _all_playlists(parsed):
            for segment in playlist.segments:
                over_s = segment.duration_s - playlist.target_duration_s
                if over_s > _OVERSHOOT_S:
                    yield f"{key} {segment.uri}: {float(over_s):.3f} s over the target duration"

    return judge(problems(), "no segment more than 0.5 s over its target duration")


def _total(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            playlists = [rendition.playlist]
            if rendition.given.kind == "video":
                playlists.append(rendition.iframes)
            for playlist in playlists:
                error_s = playlist.duration_s - rendition.duration_s
                if abs(error_s) > parsed.frame_s:
                    yield f"{rendition.key}: EXTINF sums to {float(error_s):+.4f} s too much"

    return judge(problems(), "EXTINF sums to the real duration within one frame")


def _same_target(parsed: Parsed) -> Finding:
    targets = sorted({r.playlist.target_duration_s for r in parsed.renditions})
    problem = f"target durations {targets} s, one expected"
    return judge([problem] if len(targets) != 1 else [], f"{targets[0]} s everywhere")


def _same_total(parsed: Parsed) -> Finding:
    totals = [r.playlist.duration_s for r in parsed.renditions]
    apart_s = max(totals) - min(totals)
    problem = f"playlists differ by {float(apart_s):.4f} s, one frame at most expected"
    return judge([problem] if apart_s > parsed.frame_s else [], f"{float(apart_s):.4f} s apart")


def _type(parsed: Parsed) -> Finding:
    found = ((key, playlist.type) for key, playlist in _all_playlists(parsed))
    return judge((f"{key} is {kind or 'untyped'}" for key, kind in found if kind != "VOD"), "VOD")


def _map(parsed: Parsed) -> Finding:
    found = ((key, playlist.map_uris) for key, playlist in _all_playlists(parsed))
    problems = (f"{key} has EXT-X-MAP {list(uris)}" for key, uris in found if uris != (INIT,))
    return judge(problems, f"EXT-X-MAP of every playlist is {INIT}")


def _breaks(parsed: Parsed) -> Finding:
    """Of one kind they stand at the same segments; picture and sound are cut differently."""
    counts = {r.key: len(r.playlist.breaks) for r in parsed.renditions}
    problems = []
    for kind in (parsed.video, parsed.audio):
        places = {r.key: r.playlist.breaks for r in kind}
        if len(set(places.values())) > 1:
            problems.append(f"breaks differ: {places}")
    if not problems and len(set(counts.values())) > 1:
        problems.append(f"numbers of breaks differ: {counts}")
    return judge(problems, f"{max(counts.values())} breaks in every rendition")


def _iframes_only(parsed: Parsed) -> Finding:
    missing = [r.key for r in parsed.video if not r.iframes.is_iframes_only]
    return judge((f"{key} has no EXT-X-I-FRAMES-ONLY" for key in missing), "on every one")


def _iframe_ranges(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            given = rendition.given
            if len(rendition.iframes.segments) != len(given.sizes_bytes):
                yield f"{rendition.key}: not one I-frame for each segment"
                continue
            rows = zip(
                rendition.iframes.segments, rendition.fragments, given.sizes_bytes, strict=True
            )
            for number, (segment, fragment, size_bytes) in enumerate(rows, 1):
                name = segment_file(number)
                length, offset = segment.byte_range or (0, 0)
                start = f"{rendition.key} {name}: {length} bytes at {offset}"
                if segment.uri != name:
                    yield f"{rendition.key}: {segment.uri} where {name} is expected"
                elif offset > 0 or offset + length < fragment.moof_end:
                    yield f"{start} leave out part of the moof, {fragment.moof_end} bytes at 0"
                elif not fragment.first_sample[1] <= length <= size_bytes:
                    yield f"{start}, the I-frame ends at {fragment.first_sample[1]} of {size_bytes}"

    return judge(problems(), "every byte range holds the moof and the whole I-frame")


def _iframe_density(parsed: Parsed) -> Finding:
    longest_s = max(s.duration_s for r in parsed.video for s in r.iframes.segments)
    problem = f"an I-frame every {float(longest_s):.3f} s, one a second expected"
    return judge([problem] if longest_s > 1 else [], "an I-frame a second")


RULES = (
    Rule("HLS form", "MUST", EVERYTHING, _form),
    Rule("HLS segments", "MUST", EVERYTHING, _segments),
    Rule("HLS EXTINF", "MUST", EVERYTHING, _extinf),
    Rule("HLS 7.7", "MUST", EVERYTHING, _segment_length),
    Rule("HLS 8.1", "MUST", EVERYTHING, _total),
    Rule("HLS 8.2", "MUST", EVERYTHING, _same_target),
    Rule("HLS 8.3", "MUST", SOUND, _same_total),
    Rule("HLS 8.6", "MUST", EVERYTHING, _type),
    Rule("HLS 8.20", "MUST", EVERYTHING, _map),
    Rule("HLS 8.13-8.15", "MUST", EVERYTHING, _breaks),
    Rule("HLS 6.8", "MUST", PICTURE, _iframes_only),
    Rule("HLS 6.10", "MUST", PICTURE, _iframe_ranges),
    Rule("HLS 6.2", "SHOULD", PICTURE, _iframe_density),
)
