"""Rules about the content: what went in came out, whole and in sync."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from transcoding.conformance.names import segment_file
from transcoding.conformance.parsed import Parsed, ParsedRendition, each_fragment
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import EVERYTHING, PICTURE, PICTURE_IN_CHUNKS, SOUND

_SEAM_DROP = Fraction(2, 100)


def _renditions(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        planned = [("video", track.key) for track in parsed.expected.video]
        planned += [("audio", track.key) for track in parsed.expected.audio]
        published = [(r.given.kind, r.key) for r in parsed.renditions]
        if not published:
            yield "nothing is published"
        yield from (f"{key} is missing" for kind, key in planned if (kind, key) not in published)
        yield from (
            f"{key} was not planned" for kind, key in published if (kind, key) not in planned
        )
        if len(set(published)) < len(published):
            yield "a rendition is there twice"
        for rendition in parsed.renditions:
            if rendition.codec.name != parsed.track(rendition).codec:
                yield f"{rendition.key} is {rendition.codec.title}, which was not planned"

    return judge(problems(), f"{len(parsed.video)} of picture, {len(parsed.audio)} of sound")


def _frames(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            track = parsed.video_track(rendition)
            count = sum(fragment.sample_count for fragment in rendition.fragments)
            if count != track.frame_count:
                yield f"{rendition.key}: {count} frames, {track.frame_count} expected"
            yield from _uneven(rendition, rendition.init.timescale / track.frame_rate)
            if rendition.duration_s != track.duration_s:
                yield (
                    f"{rendition.key} lasts {float(rendition.duration_s):.6f} s, "
                    f"{float(track.duration_s):.6f} s expected"
                )

    counts = sorted({track.frame_count for track in parsed.expected.video}, reverse=True)
    return judge(problems(), f"{', '.join(map(str, counts))} frames, as many as planned")


def _uneven(rendition: ParsedRendition, ticks: Fraction) -> Iterator[str]:
    """Tell which fragments have frames of another duration; their last one may be shorter."""
    for name, _, fragment in each_fragment([rendition]):
        steady = fragment.sample_count == 1 or fragment.shortest == fragment.longest == ticks
        if not steady or fragment.last > ticks:
            yield f"{name}: frames of uneven duration"


def _chunks(parsed: Parsed) -> Finding:
    """Every chunk left a record, in order, and together they tell of exactly what is stored."""

    def problems() -> Iterator[str]:
        for rendition in parsed.renditions:
            records = rendition.given.records
            indices = [record.index for record in records]
            chunk_count = parsed.track(rendition).chunk_count
            if indices != list(range(chunk_count)):
                yield f"{rendition.key}: records of chunks {indices}, {chunk_count} were planned"
            for record in records:
                if (record.key, record.timescale) != (rendition.key, rendition.init.timescale):
                    yield (
                        f"{rendition.key}: chunk {record.index} is of {record.key}, "
                        f"at {record.timescale} ticks a second"
                    )
                if record.init_size_bytes != len(rendition.given.init):
                    yield f"{rendition.key}: chunk {record.index} has another init segment"
            yield from _unlike_records(rendition)

    chunks = sum(track.chunk_count for track in parsed.expected.tracks)
    return judge(problems(), f"{chunks} chunks, each recorded as it is stored")


def _unlike_records(rendition: ParsedRendition) -> Iterator[str]:
    told = [segment for record in rendition.given.records for segment in record.segments]
    fragments = rendition.fragments
    if len(told) != len(fragments):
        yield f"{rendition.key}: {len(told)} segments are recorded, {len(fragments)} are there"
        return
    for segment, (name, _, fragment) in zip(told, each_fragment([rendition]), strict=True):
        recorded = (segment.decode_time, segment.duration, segment.frame_count)
        if recorded != (fragment.decode_time, fragment.duration, fragment.sample_count):
            yield f"{name} is not as its chunk's record says"


def _seams(parsed: Parsed) -> Finding:
    """Both frames at a seam are as good as the worst of their neighbours, but for 0.02."""
    worst: list[Fraction] = []

    def problems() -> Iterator[str]:
        for rendition in parsed.video:
            records = rendition.given.records
            if len(records) != parsed.track(rendition).chunk_count:
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
    lengths = [r.duration_s for r in parsed.renditions]
    apart_s, allowed_s = max(lengths) - min(lengths), parsed.frame_s
    problem = f"lengths differ by {float(apart_s):.4f} s, {float(allowed_s):.4f} s at most expected"
    return judge(
        [problem] if apart_s > allowed_s else [], f"lengths differ by {float(apart_s):.6f} s"
    )


def _start(parsed: Parsed) -> Finding:
    """What can be told of the A/V offset from the files.

    The offset itself is that of the encode commands, and measured by tests with flashes and beeps.
    """

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
        "every track starts at 0 without edit lists; the offset against the source is not "
        "measured here",
    )


def _audio_samples(parsed: Parsed) -> Finding:
    def problems() -> Iterator[str]:
        for rendition in parsed.audio:
            track, init = parsed.audio_track(rendition), rendition.init
            samples = rendition.duration_s * track.sample_rate_hz
            if (init.sample_rate_hz, init.channels) != (track.sample_rate_hz, track.channels):
                yield f"{rendition.key}: {init.channels} channels at {init.sample_rate_hz} Hz"
            if samples != track.sample_count:
                yield f"{rendition.key}: {float(samples):g} samples, {track.sample_count} planned"

    return judge(problems(), "as many samples as planned, priming not counted")


def _audio_frames(parsed: Parsed) -> Finding:
    """Codec frames follow each other without a gap; only the very last may be cut short.

    Where chunks of sound meet, nothing tells of the seam.
    """

    def problems() -> Iterator[str]:
        for rendition in parsed.audio:
            init = rendition.init
            frame_samples = rendition.sound_codec.frame_samples
            ticks = Fraction(frame_samples * init.timescale, init.sample_rate_hz)
            yield from _uneven(rendition, ticks)
            for name, _, fragment in list(each_fragment([rendition]))[:-1]:
                if fragment.last != ticks:
                    yield f"{name} ends with a frame of {fragment.last} ticks"

    return judge(problems(), "every frame whole, but for the last")


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


def _loudness(parsed: Parsed) -> Finding:
    return judge(["loudness is kept as uploaded and not measured"], "")


RULES = (
    Rule("CONTENT renditions", "MUST", EVERYTHING, _renditions),
    Rule("CONTENT frames", "MUST", PICTURE, _frames),
    Rule("CONTENT chunks", "MUST", EVERYTHING, _chunks),
    Rule("CONTENT seam", "MUST", PICTURE_IN_CHUNKS, _seams),
    Rule("CONTENT length", "MUST", SOUND, _length),
    Rule("CONTENT start", "MUST", SOUND, _start),
    Rule("CONTENT audio samples", "MUST", SOUND, _audio_samples),
    Rule("CONTENT audio frames", "MUST", SOUND, _audio_frames),
    Rule("CONTENT decoded", "MUST", EVERYTHING, _decoded),
    Rule("HLS 2.18", "SHOULD", SOUND, _loudness),
)
