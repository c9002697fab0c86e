"""Codecs, a file each, found by name: a new one is a new file here and a row of the ladder."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from transcoding.codecs.codec import AudioCodec, AudioSettings, VideoCodec, VideoSettings

__all__ = [
    "AudioCodec",
    "AudioSettings",
    "VideoCodec",
    "VideoSettings",
    "audio_codec",
    "video_codec",
]


def video_codec(name: str) -> VideoCodec:
    """Return the codec of this name, such as "h264".

    Raises:
        ModuleNotFoundError: there is no such file.
    """
    return cast(VideoCodec, import_module(f"{__name__}.{name}"))


def audio_codec(name: str) -> AudioCodec:
    """Return the codec of this name, such as "aac".

    Raises:
        ModuleNotFoundError: there is no such file.
    """
    return cast(AudioCodec, import_module(f"{__name__}.{name}"))
