"""An init segment read back (ISO/IEC 14496-12); what its codec says is left to the codec's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from transcoding.conformance.readers.boxes import Box, read_file

_PICTURE, _SOUND = "vide", "soun"
_VISUAL_ENTRY_BYTES, _SOUND_ENTRY_BYTES = 78, 28
_UPRIGHT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


class SampleDefaults(NamedTuple):
    """Duration in ticks, size in bytes and flags of samples that say nothing of their own."""

    duration: int
    size: int
    flags: int


@dataclass(frozen=True)
class Init:
    """Attributes:
    entry: type of the sample entry, such as "avc1".
    width, height: of the coded picture, in pixels; 0 for sound.
    pixel_aspect: width of a pixel by its height.
    is_upright: the track's matrix does not turn the picture.
    boxes: payloads of the boxes in the sample entry, by type.
    """

    track_id: int
    handler: str
    timescale: int
    entry: str
    width: int
    height: int
    pixel_aspect: Fraction
    is_upright: bool
    channels: int
    sample_rate_hz: int
    has_edit_list: bool
    boxes: Mapping[str, bytes]
    defaults: SampleDefaults

    @property
    def is_picture(self) -> bool:
        return self.handler == _PICTURE

    def config(self, kind: str) -> bytes:
        """Return the payload of a codec's configuration box, such as "avcC".

        Raises:
            ValueError: the sample entry has none.
        """
        if kind not in self.boxes:
            raise ValueError(f"{self.entry!r} without {kind}")
        return self.boxes[kind]


def read_init(data: bytes) -> Init:
    """Read an init segment with exactly one track.

    Raises:
        ValueError: a box is missing or damaged, or there is not one track of picture or sound.
    """
    file = read_file(data)
    kinds = [box.kind for box in file.children()]
    if kinds[:1] != ["ftyp"] or "moof" in kinds or "mdat" in kinds:
        raise ValueError(f"the init segment is made of {', '.join(kinds) or 'nothing'}")
    moov = file.one("moov")
    track = moov.one("trak")
    header, media = track.one("tkhd"), track.one("mdia")
    wide = header.version == 1
    media_header = media.one("mdhd")
    extends = moov.one("mvex", "trex").unpack("5I", 4)
    handler = bytes(media.one("hdlr").unpack("4B", 8)).decode("latin-1")
    sample = _sample_entry(media.one("minf", "stbl", "stsd"), handler)
    return Init(
        track_id=header.integer("I", 20 if wide else 12),
        handler=handler,
        timescale=media_header.integer("I", 20 if media_header.version == 1 else 12),
        is_upright=header.unpack("9I", 52 if wide else 40) == _UPRIGHT,
        has_edit_list=bool(track.find("edts", "elst")),
        defaults=SampleDefaults(*extends[2:5]),
        **sample._asdict(),
    )


class _SampleEntry(NamedTuple):
    entry: str
    boxes: Mapping[str, bytes]
    width: int = 0
    height: int = 0
    pixel_aspect: Fraction = Fraction(1)
    channels: int = 0
    sample_rate_hz: int = 0


def _sample_entry(descriptions: Box, handler: str) -> _SampleEntry:
    entries = descriptions.children(skip=8)
    if len(entries) != 1:
        raise ValueError(f"{len(entries)} sample entries, 1 expected")
    entry = entries[0]
    if handler == _SOUND:
        return _SampleEntry(
            entry=entry.kind,
            boxes={box.kind: box.content for box in entry.children(_SOUND_ENTRY_BYTES)},
            channels=entry.integer("H", 16),
            sample_rate_hz=entry.integer("I", 24) >> 16,
        )
    if handler != _PICTURE:
        raise ValueError(f"a {handler!r} track, neither picture nor sound")
    parts = {box.kind: box for box in entry.children(_VISUAL_ENTRY_BYTES)}
    return _SampleEntry(
        entry=entry.kind,
        boxes={kind: box.content for kind, box in parts.items()},
        width=entry.integer("H", 24),
        height=entry.integer("H", 26),
        pixel_aspect=_pixel_aspect(parts["pasp"]) if "pasp" in parts else Fraction(1),
    )


def _pixel_aspect(box: Box) -> Fraction:
    width, height = box.unpack("2I")
    if not width or not height:
        raise ValueError(f"pixels of {width}:{height}")
    return Fraction(width, height)
