"""The movie fragment at the head of a media segment, read back (ISO/IEC 14496-12, 8.8)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from transcoding.conformance.readers.boxes import Box, read_file
from transcoding.conformance.readers.init import Init, SampleDefaults

_NOT_SYNC = 0x10000
_MAX_SAMPLES = 1_000_000


class Sample(NamedTuple):
    duration: int
    size: int
    flags: int
    composition_offset: int


@dataclass(frozen=True)
class Fragment:
    """What a segment says of its samples; times in ticks of the track.

    Attributes:
        decode_time: its tfdt.
        shortest, longest: durations of its samples, the last one left out unless it is alone.
        last: duration of its last sample.
        sync_times: decode times of a video's sync samples; empty for audio.
        starts_with_sync: its first sample is a sync sample, and does not lead another one.
        first_shown: presentation time of its first sample.
        earliest_shown, latest_shown: of all its samples.
        moof_end: bytes from the start of the segment to the end of the moof.
        first_sample: where the first sample's bytes are in the segment: start, end.
        media_end: one past the end of the mdat, from the start of the segment.
        has_unsigned_offsets: a trun with composition offsets is of version 0.
    """

    track_id: int
    decode_time: int
    duration: int
    sample_count: int
    shortest: int
    longest: int
    last: int
    sync_times: tuple[int, ...]
    starts_with_sync: bool
    first_shown: int
    earliest_shown: int
    latest_shown: int
    moof_end: int
    first_sample: tuple[int, int]
    media_end: int
    has_unsigned_offsets: bool

    @property
    def end(self) -> int:
        return self.decode_time + self.duration


def read_fragment(head: bytes, init: Init) -> Fragment:
    """Read the head of a segment of the track that `init` describes.

    Raises:
        ValueError: it is not one movie fragment of one track, followed by its media data.
    """
    boxes = [b for b in read_file(head).children() if b.kind not in ("styp", "sidx", "prft")]
    if [box.kind for box in boxes] != ["moof", "mdat"]:
        raise ValueError(f"the segment is made of {', '.join(b.kind for b in boxes) or 'nothing'}")
    moof, media = boxes
    track = moof.one("traf")
    header = track.one("tfhd")
    if header.flags & 1:
        raise ValueError("tfhd has a base data offset (ISO/IEC 23000-19, 7.5.16)")
    runs = track.find("trun")
    samples = [s for run in runs for s in _samples(run, _defaults(header, init.defaults))]
    if not samples:
        raise ValueError("the fragment has no samples")
    time = track.one("tfdt")
    decode_time = time.integer("Q" if time.version == 1 else "I", 4)
    decoded: list[int] = []
    end = decode_time
    for sample in samples:
        decoded.append(end)
        end += sample.duration
    shown = [at + s.composition_offset for at, s in zip(decoded, samples, strict=True)]
    steady = [s.duration for s in samples[:-1]] or [samples[0].duration]
    with_offsets = [run for run in runs if run.flags & 0x800]
    position = moof.start + runs[0].integer("i", 8) if runs[0].flags & 1 else media.payload
    first_sample = (position, position + samples[0].size)
    if not media.payload <= position <= first_sample[1] <= media.end:
        raise ValueError(f"the first sample is at {position}, outside of the media data")
    return Fragment(
        track_id=header.integer("I", 4),
        decode_time=decode_time,
        duration=end - decode_time,
        sample_count=len(samples),
        shortest=min(steady),
        longest=max(steady),
        last=samples[-1].duration,
        sync_times=tuple(
            at
            for at, s in zip(decoded, samples, strict=True)
            if init.is_picture and not s.flags & _NOT_SYNC
        ),
        starts_with_sync=not samples[0].flags & _NOT_SYNC and _leading(samples[0]) in (0, 2),
        first_shown=shown[0],
        earliest_shown=min(shown),
        latest_shown=max(shown),
        moof_end=moof.end,
        first_sample=first_sample,
        media_end=media.end,
        has_unsigned_offsets=any(run.version == 0 for run in with_offsets),
    )


def _leading(sample: Sample) -> int:
    """is_leading: 0 unknown, 1 and 3 leading, 2 not leading (8.8.3.1)."""
    return sample.flags >> 26 & 3


def _defaults(header: Box, defaults: SampleDefaults) -> SampleDefaults:
    offset = 8 + (4 if header.flags & 0x2 else 0)
    values = []
    for bit, default in zip((0x8, 0x10, 0x20), defaults, strict=True):
        if header.flags & bit:
            values.append(header.integer("I", offset))
            offset += 4
        else:
            values.append(default)
    return SampleDefaults(*values)


def _samples(run: Box, defaults: SampleDefaults) -> Iterator[Sample]:
    flags = run.flags
    count = run.integer("I", 4)
    # A run whose samples are all defaults may claim any number of them in no bytes at all.
    if count > _MAX_SAMPLES:
        raise ValueError(f"trun claims {count} samples")
    offset = 8 + (4 if flags & 0x1 else 0)
    first_flags = run.integer("I", offset) if flags & 0x4 else None
    offset += 4 if flags & 0x4 else 0
    signed = "i" if run.version else "I"
    fields = [bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800)]
    layout = "".join(kind for kind, there in zip(f"III{signed}", fields, strict=True) if there)
    run.unpack(layout * count, offset)
    first = run.payload + offset
    table = run.data[first : first + count * 4 * len(layout)]
    rows = struct.iter_unpack(f">{layout}", table) if layout else iter([()] * count)
    for index, row in enumerate(rows):
        written = iter(row)
        values = [
            next(written) if there else default
            for there, default in zip(fields, (*defaults, 0), strict=True)
        ]
        if index == 0 and first_flags is not None:
            values[2] = first_flags
        yield Sample(*values)
