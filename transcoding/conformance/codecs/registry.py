"""The codecs that the gate can read: those that have a file beside this one.

What stands in another sample entry fails its rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

from transcoding.conformance import codecs
from transcoding.conformance.codecs.codec import Codec, PictureCodec, SoundCodec


def _found() -> Iterator[Codec]:
    for module in iter_modules(codecs.__path__, f"{codecs.__name__}."):
        found = getattr(import_module(module.name), "CODEC", None)
        if isinstance(found, Codec):
            yield found


CODECS: tuple[Codec, ...] = tuple(_found())
PICTURE_CODECS = tuple(codec for codec in CODECS if isinstance(codec, PictureCodec))
SOUND_CODECS = tuple(codec for codec in CODECS if isinstance(codec, SoundCodec))

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


def _find(known: tuple[_Kind, ...], entry: str) -> _Kind:
    for codec in known:
        if entry in codec.entries:
            return codec
    titles = ", ".join(codec.title for codec in known)
    raise ValueError(f"no codec is known for {entry!r}, only {titles}")
