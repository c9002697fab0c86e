"""Rules about pictures: how they are coded, where they may be cut, and their shape."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from transcoding.conformance.codecs.codec import Opening
from transcoding.conformance.parsed import Parsed, each_fragment
from transcoding.conformance.readers.fragments import Fragment
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import PICTURE, Scope

_HEVC_ENTRIES = ("hvc1", "hev1")
"""The gate has no file for HEVC, so such a track fails the rules that need to read it, too."""
_LONGEST_GOP_S = 2
_HIGHEST_RATE = 60
"""Frames per second (HLS 1.19)."""
_ROUNDING_PX = 2
"""Both sides are rounded to even numbers."""


def _idr(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for name, fragment, opening in _starts(parsed):
            if not fragment.starts_with_sync:
                yield f"{name} does not start with a sync sample"
            elif opening and not opening.is_idr:
                yield f"{name} starts with {opening.what}"

    seen = sum(opening is not None and opening.is_idr for _, _, opening in _starts(parsed))
    return judge(problems(), f"all start with a sync sample, {seen} of them seen to be IDR")


def _starts(parsed: Parsed) -> Iterator[tuple[str, Fragment, Opening | None]]:
    for rendition in parsed.video:
        rows = zip(each_fragment([rendition]), rendition.openings, strict=True)
        yield from ((name, fragment, opening) for (name, _, fragment), opening in rows)


def _hevc_entries(parsed: Parsed) -> dict[str, str]:
    entries = {r.key: r.init.entry for r in parsed.video}
    return {key: entry for key, entry in entries.items() if entry in _HEVC_ENTRIES}


def _hevc(parsed: Parsed) -> Finding:
    entries = _hevc_entries(parsed).items()
    return judge((f"{key} is {entry}" for key, entry in entries if entry != "hvc1"), "hvc1 in fMP4")


def _progressive(parsed: Parsed) -> Finding:
    interlaced = [r.key for r in parsed.video if not r.picture_codec.is_progressive(r.init)]
    return judge((f"{key} has field pictures" for key in interlaced), "frame_mbs_only everywhere")


def _rate_limit(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for name, rendition, fragment in each_fragment(parsed.video):
            rate = Fraction(rendition.init.timescale, fragment.shortest)
            is_alone = fragment.sample_count == 1
            if rate > _HIGHEST_RATE and not is_alone:
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


def _upscaled(parsed: Parsed) -> Finding:
    size = parsed.expected.source_width, parsed.expected.source_height

    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            init = rendition.init
            if init.width * init.pixel_aspect > size[0] or init.height > size[1]:
                yield f"{rendition.key}: {init.width}x{init.height} of {size[0]}x{size[1]}"

    return judge(problems(), f"no rung is larger than {size[0]}x{size[1]}")


def _aspect_error(width: Fraction, height: int, like_width: int, like_height: int) -> bool:
    """Tell whether a size is off another's aspect by more than rounding both sides explains."""
    error = abs(width * like_height - height * like_width)
    return error >= _ROUNDING_PX * (like_width + like_height)


def _aspect(parsed: Parsed) -> Finding:
    size = parsed.expected.source_width, parsed.expected.source_height

    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            init, track = rendition.init, parsed.video_track(rendition)
            if (init.width, init.height) != (track.width, track.height):
                planned = f"{track.width}x{track.height}"
                yield f"{rendition.key}: {init.width}x{init.height}, {planned} planned"
            if not init.is_upright:
                yield f"{rendition.key} is turned by its track matrix"
            width = init.width * init.pixel_aspect
            if _aspect_error(width, init.height, *size):
                shown = f"{float(width):g}x{init.height}"
                yield f"{rendition.key}: {shown}, the source shows {size[0]}x{size[1]}"

    return judge(problems(), "upright, as planned, of the source's display aspect")


def _even(parsed: Parsed) -> Finding:
    sizes = ((r.key, r.init.width, r.init.height) for r in parsed.video)
    return judge((f"{key}: {w}x{h}" for key, w, h in sizes if w % 2 or h % 2 or not w * h), "even")


def _same_aspect(parsed: Parsed) -> Finding:
    top = max(parsed.video, key=lambda r: r.init.width * r.init.height).init

    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            init = rendition.init
            if _aspect_error(Fraction(init.width), init.height, top.width, top.height):
                size = f"{init.width}x{init.height}"
                yield f"{rendition.key}: {size}, {top.width}x{top.height} at the top"

    return judge(problems(), "the same on every rung, but for rounding")


_HEVC = Scope(lambda parsed: bool(_hevc_entries(parsed)), "no picture is HEVC")

RULES = (
    Rule("HLS 7.4", "MUST", PICTURE, _idr),
    Rule("HLS 1.5", "MUST", _HEVC, _hevc),
    Rule("HLS 1.14", "MUST", PICTURE, _progressive),
    Rule("HLS 1.19", "MUST", PICTURE, _rate_limit),
    Rule("CONTENT never upscaled", "MUST", PICTURE, _upscaled),
    Rule("CONTENT aspect", "MUST", PICTURE, _aspect),
    Rule("CONTENT even", "MUST", PICTURE, _even),
    Rule("HLS 1.13", "SHOULD", PICTURE, _idr_distance),
    Rule("HLS 8.22", "SHOULD", PICTURE, _aligned),
    Rule("HLS 1.33", "SHOULD", PICTURE, _same_aspect),
)
