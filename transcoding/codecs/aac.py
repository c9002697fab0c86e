"""AAC-LC, encoded by FFmpeg's own encoder (ISO/IEC 14496-3)."""

from __future__ import annotations

from transcoding.codecs.codec import AudioSettings, Words

SAMPLE_ENTRY = "mp4a"
CONFIGURATION_BOX = "esds"
FRAME_SAMPLES = 1024

_ES_DESCRIPTOR = 3
_DECODER_CONFIG = 4
_DECODER_SPECIFIC = 5
_MPEG4_AUDIO = 0x40
_ESCAPED_OBJECT_TYPE = 31


def arguments(settings: AudioSettings) -> Words:
    """Return the encoder's arguments."""
    return (
        ("-c:a", "aac"),
        ("-b:a", str(settings.bitrate_bps)),
        ("-ar", str(settings.sample_rate_hz)),
        ("-ac", str(settings.channels)),
    )


def codec_string(configuration: bytes) -> str:
    """Return object type indication and AAC object type (ISO/IEC 14496-1, 7.2.6; 14496-3, 1.6).

    Raises:
        ValueError: the esds box is cut short, or holds something else.
    """
    elementary_stream = _descriptor(configuration[4:], _ES_DESCRIPTOR)
    if len(elementary_stream) < 3 or elementary_stream[2] & 0xE0:
        raise ValueError("the esds box refers to other streams")
    decoder = _descriptor(elementary_stream[3:], _DECODER_CONFIG)
    if not decoder or decoder[0] != _MPEG4_AUDIO:
        raise ValueError("the esds box holds no MPEG-4 audio")
    specific = _descriptor(decoder[13:], _DECODER_SPECIFIC)
    if len(specific) < 2:
        raise ValueError("the audio configuration is cut short")
    object_type = specific[0] >> 3
    if object_type == _ESCAPED_OBJECT_TYPE:
        object_type = 32 + ((specific[0] & 0b111) << 3 | specific[1] >> 5)
    return f"{SAMPLE_ENTRY}.{_MPEG4_AUDIO:x}.{object_type}"


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
