"""AAC (ISO/IEC 14496-3) in MP4, whose esds is described in ISO/IEC 14496-1."""

from __future__ import annotations

from transcoding.conformance.codecs.codec import SoundCodec
from transcoding.conformance.readers.init import Init

_ES_DESCRIPTOR, _DECODER_CONFIG, _DECODER_SPECIFIC = 3, 4, 5
_AAC_OBJECT_TYPE = 0x40
_LOW_COMPLEXITY = 2
_STEREO = 2


class Aac(SoundCodec):
    """AAC of any object type; what is published is AAC-LC."""

    name = "aac"
    title = "AAC"
    entries = ("mp4a",)
    frame_samples = 1024

    def string(self, init: Init) -> str:
        return f"mp4a.40.{_object_type(init.config('esds'))}"

    def is_basic_stereo(self, init: Init) -> bool:
        is_lc = _object_type(init.config("esds")) == _LOW_COMPLEXITY
        return is_lc and init.channels == _STEREO


def _object_type(esds: bytes) -> int:
    """Walk ES descriptor, decoder configuration and AudioSpecificConfig (14496-1, 7.2.6)."""
    kind, body = _descriptor(esds[4:])
    if kind != _ES_DESCRIPTOR or len(body) < 4:
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


CODEC = Aac()
