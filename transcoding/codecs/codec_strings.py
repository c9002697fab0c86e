"""RFC 6381 codec strings, read from the decoder configuration that the init segment carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_ES_DESCRIPTOR = 3
_DECODER_CONFIG = 4
_DECODER_SPECIFIC = 5
_MPEG4_AUDIO = 0x40
_ESCAPED_OBJECT_TYPE = 31


def codec_string(sample_entry: str, boxes: Mapping[str, bytes]) -> str:
    """Return the codec string of a sample entry, such as `avc1.64001f` or `mp4a.40.2`.

    Args:
        sample_entry: type of the sample entry, such as "avc1".
        boxes: payloads of the boxes inside it, by type.

    Raises:
        ValueError: the sample entry is of no known type, or its configuration cannot be read.
    """
    if sample_entry not in _READERS:
        raise ValueError(f"no codec string is known for sample entries of type {sample_entry!r}")
    kind, read = _READERS[sample_entry]
    if kind not in boxes:
        raise ValueError(f"sample entry {sample_entry!r} has no {kind!r} box")
    return f"{sample_entry}.{read(boxes[kind])}"


def _read_avc(configuration: bytes) -> str:
    """Return profile, constraint flags and level (RFC 6381, 3.3; ISO/IEC 14496-15, 5.3.3.1)."""
    if len(configuration) < 4 or configuration[0] != 1:
        raise ValueError("the avcC box is cut short or of an unknown version")
    return configuration[1:4].hex()


def _read_esds(payload: bytes) -> str:
    """Return object type indication and AAC object type (ISO/IEC 14496-1, 7.2.6; 14496-3, 1.6)."""
    elementary_stream = _descriptor(payload[4:], _ES_DESCRIPTOR)
    if len(elementary_stream) < 3 or elementary_stream[2] & 0xE0:
        raise ValueError("the esds box refers to other streams")
    configuration = _descriptor(elementary_stream[3:], _DECODER_CONFIG)
    if not configuration or configuration[0] != _MPEG4_AUDIO:
        raise ValueError("the esds box holds no MPEG-4 audio")
    specific = _descriptor(configuration[13:], _DECODER_SPECIFIC)
    if len(specific) < 2:
        raise ValueError("the audio configuration is cut short")
    object_type = specific[0] >> 3
    if object_type == _ESCAPED_OBJECT_TYPE:
        object_type = 32 + ((specific[0] & 0b111) << 3 | specific[1] >> 5)
    return f"{_MPEG4_AUDIO:x}.{object_type}"


def _descriptor(data: bytes, tag: int) -> bytes:
    """Return the content of the descriptor at the start of `data`; its size has 7 bits a byte."""
    if not data or data[0] != tag:
        raise ValueError(f"the esds box has no descriptor {tag} in its place")
    size = 0
    for count, byte in enumerate(data[1:5], start=2):
        size = size << 7 | byte & 0x7F
        if not byte & 0x80:
            if count + size > len(data):
                break
            return data[count : count + size]
    raise ValueError(f"descriptor {tag} of the esds box is cut short")


# By type of sample entry: the box with its configuration, and what reads the rest of the string
# from it. HEVC (hvc1: hvcC) and AV1 (av01: av1C) go here.
_READERS: dict[str, tuple[str, Callable[[bytes], str]]] = {
    "avc1": ("avcC", _read_avc),
    "mp4a": ("esds", _read_esds),
}
