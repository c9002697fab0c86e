"""Rules about the content: what went in came out, whole, in shape and in sync."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from transcoding.conformance.parsed import Parsed
from transcoding.conformance.rule import NO_AUDIO, Finding, Rule, judge, not_applicable
from transcoding.job.paths import segment_file
from transcoding.source.timeline import rung_frames

_SEAM_DROP = Fraction(2, 100)
_ROUNDING_PX = 2
"""Both sides are rounded to even numbers."""


def _renditions(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        planned = [("video", r.key) for r in parsed.plan.rungs]
        planned += [("audio", a.key) for a in parsed.plan.audio]
        published = [(r.given.kind, r.key) for r in parsed.renditions]
        yield from (f"{key} is missing" for kind, key in planned if (kind, key) not in published)
        yield from (
            f"{key} was not planned" for kind, key in published if (kind, key) not in planned
        )
        if len(set(published)) < len(published):
            yield "a rendition is there twice"

    return judge(problems(), f"{len(parsed.video)} rungs, {len(parsed.audio)} audio renditions")


def _frames(parsed: Parsed) -> Finding:
    timeline = parsed.plan.timeline

    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            rung = parsed.rung(rendition)
            expected = rung_frames(timeline.frame_count, rung.frame_step)
            count = sum(fragment.sample_count for fragment in rendition.fragments)
            if count != expected:
                yield f"{rendition.key}: {count} frames, {expected} expected"
            for number, fragment in enumerate(rendition.fragments, 1):
                ticks = rendition.init.timescale / rung.frame_rate
                steady = (
                    fragment.sample_count == 1 or fragment.shortest == fragment.longest == ticks
                )
                if not steady or fragment.last > ticks:
                    yield f"{rendition.key} {segment_file(number)}: frames of uneven duration"
            if rendition.duration_s != timeline.duration_s:
                yield (
                    f"{rendition.key} lasts {float(rendition.duration_s):.6f} s, "
                    f"{float(timeline.duration_s):.6f} s expected"
                )

    return judge(problems(), f"{timeline.frame_count} frames in, as many out on every rung's grid")


def _seams(parsed: Parsed) -> Finding:
    """Both frames at a seam are as good as the worst of their neighbours, but for 0.02."""
    if parsed.plan.timeline.chunk_count == 1:
        return not_applicable("one chunk has no seams")
    worst: list[Fraction] = []

    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            records = rendition.given.records
            if len(records) != parsed.plan.timeline.chunk_count:
                yield f"{rendition.key}: {len(records)} chunks, not as many as planned"
            for before, after in pairwise(records):
                name = f"{rendition.key} seam {before.index}/{after.index}"
                tail = [Fraction(str(value)) for value in before.tail_ssim]
                head = [Fraction(str(value)) for value in after.head_ssim]
                if not tail or not head:
                    yield f"{name} was not measured"
                    continue
                at_seam = min(tail[-1], head[0])
                beside = min(tail[:-1] + head[1:], default=at_seam)
                worst.append(beside - at_seam)
                if beside - at_seam > _SEAM_DROP:
                    yield f"{name}: SSIM {float(at_seam):.4f}, {float(beside):.4f} beside it"

    found = list(problems())
    drop = float(max(worst, default=Fraction(0)))
    return judge(
        found, f"{len(worst)} seams, SSIM at most {max(drop, 0.0):.4f} below its neighbours"
    )


def _length(parsed: Parsed) -> Finding:
    if not parsed.plan.audio:
        return NO_AUDIO
    frame_s = 1 / parsed.plan.timeline.frame_rate
    lengths = [r.duration_s for r in parsed.renditions]
    apart_s = max(lengths) - min(lengths)
    return judge(
        [f"lengths differ by {float(apart_s):.4f} s, {float(frame_s):.4f} s at most expected"]
        if apart_s > frame_s
        else [],
        f"lengths differ by {float(apart_s):.6f} s",
    )


def _start(parsed: Parsed) -> Finding:
    """What can be told of the A/V offset from the files.

    The offset itself is that of the encode commands, and measured by tests with flashes and beeps.
    """
    if not parsed.plan.audio:
        return NO_AUDIO

    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            first = rendition.fragments[0]
            if first.decode_time != 0 or first.earliest_shown != 0:
                yield (
                    f"{rendition.key}: tfdt {first.decode_time}, "
                    f"presented from {first.earliest_shown}; both must be 0"
                )
            if rendition.init.has_edit_list:
                yield f"{rendition.key} has an edit list"

    return judge(
        problems(),
        "picture and sound both start at 0 without edit lists; the offset against the source "
        "is not measured here",
    )


def _audio_samples(parsed: Parsed) -> Finding:
    if not parsed.plan.audio:
        return NO_AUDIO

    def problems() -> Iterator[str]:
        for rendition in parsed.audio:
            planned = parsed.planned_audio(rendition)
            samples = rendition.duration_s * planned.sample_rate_hz
            if rendition.init.sample_rate_hz != planned.sample_rate_hz:
                yield f"{rendition.key}: {rendition.init.sample_rate_hz} Hz"
            if samples != planned.sample_count:
                yield f"{rendition.key}: {float(samples):g} samples, {planned.sample_count} planned"

    return judge(problems(), "as many samples as planned, priming not counted")


def _upscaled(parsed: Parsed) -> Finding:
    source = parsed.plan.source.video
    size = source.display_width, source.display_height

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
    source = parsed.plan.source.video

    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            init = rendition.init
            if not init.is_upright:
                yield f"{rendition.key} is turned by its track matrix"
            width = init.width * init.pixel_aspect
            if _aspect_error(width, init.height, source.display_width, source.display_height):
                yield (
                    f"{rendition.key}: {float(width):g}x{init.height}, the source shows "
                    f"{source.display_width}x{source.display_height}"
                )

    return judge(problems(), "upright, of the source's display aspect")


def _even(parsed: Parsed) -> Finding:
    sizes = ((r.key, r.init.width, r.init.height) for r in parsed.video)
    return judge((f"{key}: {w}x{h}" for key, w, h in sizes if w % 2 or h % 2 or not w * h), "even")


def _decoded(parsed: Parsed) -> Finding:
    """What is stored is what was decoded: a chunk with damage never gets a record."""

    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            segments = [s for record in rendition.given.records for s in record.segments]
            sizes = rendition.given.sizes_bytes
            if [s.number for s in segments] != list(range(1, len(sizes) + 1)):
                yield f"{rendition.key}: {len(segments)} segments were decoded, {len(sizes)} stored"
                continue
            for segment, size_bytes in zip(segments, sizes, strict=True):
                if segment.size_bytes != size_bytes:
                    yield (
                        f"{rendition.key} {segment_file(segment.number)}: {size_bytes} bytes "
                        f"stored, {segment.size_bytes} were decoded"
                    )

    return judge(problems(), "every stored segment was decoded without an error line when encoded")


def _same_aspect(parsed: Parsed) -> Finding:
    top = max(parsed.video, key=lambda r: r.init.width * r.init.height).init

    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            init = rendition.init
            if _aspect_error(Fraction(init.width), init.height, top.width, top.height):
                size = f"{init.width}x{init.height}"
                yield f"{rendition.key}: {size}, {top.width}x{top.height} at the top"

    return judge(problems(), "the same on every rung, but for rounding")


def _loudness(parsed: Parsed) -> Finding:
    if not parsed.plan.audio:
        return NO_AUDIO
    return judge(["loudness is kept as uploaded and not measured"], "")


RULES = (
    Rule("CONTENT renditions", "MUST", _renditions),
    Rule("CONTENT frames", "MUST", _frames),
    Rule("CONTENT seam", "MUST", _seams),
    Rule("CONTENT length", "MUST", _length),
    Rule("CONTENT start", "MUST", _start),
    Rule("CONTENT audio samples", "MUST", _audio_samples),
    Rule("CONTENT never upscaled", "MUST", _upscaled),
    Rule("CONTENT aspect", "MUST", _aspect),
    Rule("CONTENT even", "MUST", _even),
    Rule("CONTENT decoded", "MUST", _decoded),
    Rule("HLS 1.33", "SHOULD", _same_aspect),
    Rule("HLS 2.18", "SHOULD", _loudness),
)
