"""The codecs that the gate can read. What stands in another sample entry fails its rules."""

from __future__ import annotations

from typing import TypeVar

from transcoding.conformance.codecs.aac import Aac
from transcoding.conformance.codecs.codec import Codec, PictureCodec, SoundCodec
from transcoding.conformance.codecs.h264 import H264

PICTURE_CODECS: tuple[PictureCodec, ...] = (H264(),)
SOUND_CODECS: tuple[SoundCodec, ...] = (Aac(),)
CODECS: tuple[Codec, ...] = (*PICTURE_CODECS, *SOUND_CODECS)

_Kind = TypeVar("_Kind", bound=Codec)


def codec_of(entry: str) -> Codec:
    """Return the codec of a sample entry such as "avc1".

    Raises:
        ValueError: none is known.
    """
    return _find(CODECS, entry)


def picture_codec(entry: str) -> PictureCodec:
    """Return the codec of a picture's sample entry; errors as of `codec_of`."""
    return _find(PICTURE_CODECS, entry)


def sound_codec(entry: str) -> SoundCodec:
    """Return the codec of a sound's sample entry; errors as of `codec_of`."""
    return _find(SOUND_CODECS, entry)


def _find(codecs: tuple[_Kind, ...], entry: str) -> _Kind:
    for codec in codecs:
        if entry in codec.entries:
            return codec
    known = ", ".join(codec.title for codec in codecs)
    raise ValueError(f"no codec is known for {entry!r}, only {known}")
