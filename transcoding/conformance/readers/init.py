"""An init segment read back (ISO/IEC 14496-12 and -15, ISO/IEC 14496-1 for AAC)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from transcoding.conformance.readers.boxes import Box, read_file
from transcoding.conformance.readers.sps import SequenceParameters, read_sps

_VISUAL_ENTRY_BYTES, _SOUND_ENTRY_BYTES = 78, 28
_UPRIGHT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_ES_DESCRIPTOR, _DECODER_CONFIG, _DECODER_SPECIFIC = 3, 4, 5
_AAC_OBJECT_TYPE = 0x40
_AVC_ENTRIES = ("avc1", "avc3")


class SampleDefaults(NamedTuple):
    """Duration in ticks, size in bytes and flags of samples that say nothing of their own."""

    duration: int
    size: int
    flags: int


@dataclass(frozen=True)
class Init:
    """Attributes:
    entry: type of the sample entry, such as "avc1".
    width, height: of the coded picture, in pixels; 0 for audio.
    pixel_aspect: width of a pixel by its height.
    is_upright: the track's matrix does not turn the picture.
    config: payload of avcC or esds.
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
    config: bytes
    defaults: SampleDefaults

    @property
    def codec(self) -> str:
        """The RFC 6381 string.

        Raises:
            ValueError: the sample entry is neither AVC nor AAC, or its configuration is damaged.
        """
        if self.is_avc:
            return f"{self.entry}.{self.avc_config[1:4].hex()}"
        if self.entry == "mp4a":
            return f"mp4a.40.{_aac_object_type(self.config)}"
        raise ValueError(f"no codec string is known for {self.entry!r}")

    @property
    def is_avc(self) -> bool:
        return self.entry in _AVC_ENTRIES

    @property
    def avc_config(self) -> bytes:
        """Payload of avcC (ISO/IEC 14496-15, 5.3.3.1).

        Raises:
            ValueError: the sample entry is not AVC, or avcC is missing or damaged.
        """
        if not self.is_avc:
            raise ValueError(f"{self.entry!r} is not AVC")
        if len(self.config) < 8 or self.config[0] != 1:
            raise ValueError("avcC is damaged")
        return self.config

    @property
    def nal_length_bytes(self) -> int:
        return (self.avc_config[4] & 3) + 1

    @property
    def sequence_parameters(self) -> SequenceParameters:
        """The first SPS of avcC."""
        config = self.avc_config
        size = int.from_bytes(config[6:8], "big")
        if not config[5] & 31 or 8 + size > len(config):
            raise ValueError("avcC holds no sequence parameter set")
        return read_sps(config[8 : 8 + size])


def read_init(data: bytes) -> Init:
    """Read an init segment with exactly one track.

    Raises:
        ValueError: a box is missing or damaged, or there are several tracks.
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
    sample = _sample_entry(media.one("minf", "stbl", "stsd"))
    handler = media.one("hdlr").unpack("4B", 8)
    return Init(
        track_id=header.integer("I", 20 if wide else 12),
        handler=bytes(handler).decode("latin-1"),
        timescale=media_header.integer("I", 20 if media_header.version == 1 else 12),
        is_upright=header.unpack("9I", 52 if wide else 40) == _UPRIGHT,
        has_edit_list=bool(track.find("edts", "elst")),
        defaults=SampleDefaults(*extends[2:5]),
        **sample._asdict(),
    )


class _SampleEntry(NamedTuple):
    entry: str
    width: int
    height: int
    pixel_aspect: Fraction
    channels: int
    sample_rate_hz: int
    config: bytes


def _sample_entry(descriptions: Box) -> _SampleEntry:
    entries = descriptions.children(skip=8)
    if len(entries) != 1:
        raise ValueError(f"{len(entries)} sample entries, 1 expected")
    entry = entries[0]
    if entry.kind == "mp4a":
        config = [b for b in entry.children(_SOUND_ENTRY_BYTES) if b.kind == "esds"]
        return _SampleEntry(
            entry=entry.kind,
            width=0,
            height=0,
            pixel_aspect=Fraction(1),
            channels=entry.integer("H", 16),
            sample_rate_hz=entry.integer("I", 24) >> 16,
            config=config[0].content if config else b"",
        )
    parts = {box.kind: box for box in entry.children(_VISUAL_ENTRY_BYTES)}
    return _SampleEntry(
        entry=entry.kind,
        width=entry.integer("H", 24),
        height=entry.integer("H", 26),
        pixel_aspect=_pixel_aspect(parts["pasp"]) if "pasp" in parts else Fraction(1),
        channels=0,
        sample_rate_hz=0,
        config=parts["avcC"].content if "avcC" in parts else b"",
    )


def _pixel_aspect(box: Box) -> Fraction:
    width, height = box.unpack("2I")
    if not width or not height:
        raise ValueError(f"pixels of {width}:{height}")
    return Fraction(width, height)


def _aac_object_type(esds: bytes) -> int:
    """Walk ES descriptor, decoder configuration and AudioSpecificConfig (14496-1, 7.2.6)."""
    kind, body = _descriptor(esds[4:])
    if kind != _ES_DESCRIPTOR or len(body) < 3:
        raise ValueError("esds holds no ES descriptor")
    flags = body[2]
    url_bytes = 1 + body[3] if flags & 0x40 else 0
    position = 3 + (2 if flags & 0x80 else 0) + url_bytes + (2 if flags & 0x20 else 0)
    kind, body = _descriptor(body[position:])
    if kind != _DECODER_CONFIG or body[:1] != bytes([_AAC_OBJECT_TYPE]):
        raise ValueError("esds holds no AAC decoder configuration")
    kind, body = _descriptor(body[13:])
    if kind != _DECODER_SPECIFIC or not body:
        raise ValueError("esds holds no AudioSpecificConfig")
    object_type = body[0] >> 3
    if object_type == 31:
        raise ValueError("an extended audio object type")
    return object_type


def _descriptor(data: bytes) -> tuple[int, bytes]:
    size, position = 0, 1
    while position < min(len(data), 5):
        byte = data[position]
        position += 1
        size = size << 7 | byte & 0x7F
        if not byte & 0x80:
            if position + size > len(data):
                break
            return data[0], data[position : position + size]
    raise ValueError("esds is cut off")
