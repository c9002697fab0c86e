"""The streams of a source as ffprobe lists them: which one is what, and what can be made of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from transcoding.source.source import (
    AudioStream,
    CoverPicture,
    SubtitleStream,
    UnplayableStream,
)

MAX_SIDE_PX = 8192
MIN_SIDE_PX = 16
ENCRYPTED = "it is encrypted"
ENCRYPTED_TAGS = frozenset({"encv", "enca", "drmi", "drms"})

_DIMENSIONS = re.compile(r"^#dimensions 0: (\d{1,6})x(\d{1,6})$", re.MULTILINE)

Stream = Mapping[str, Any]


def find_video_stream(probe: Mapping[str, Any]) -> Stream | None:
    """Return the stream that is the video: the default one, else the first; never cover art."""
    return _default_or_first(
        stream
        for stream in probe.get("streams", [])
        if stream.get("codec_type") == "video"
        and not _is_set(stream, "attached_pic")
        and not _is_set(stream, "timed_thumbnails")
    )


def find_cover(probe: Mapping[str, Any]) -> Stream | None:
    """Return the picture that stands for a file: the front cover, else the first attached one."""
    attached = [
        stream
        for stream in _of_type(probe, "video")
        if _is_set(stream, "attached_pic") and stream.get("codec_name")
    ]
    front = (s for s in attached if s.get("tags", {}).get("comment") == "Cover (front)")
    return next(front, attached[0] if attached else None)


def read_cover(stream: Stream, measured: str) -> CoverPicture | None:
    """Return the cover as its decoder found it; None where it gave no picture, or no fit one.

    Args:
        stream: what `find_cover` gave.
        measured: what `commands.probing.measure_cover` wrote.
    """
    size = _DIMENSIONS.search(measured)
    if size is None or not is_fit_size(int(size[1]), int(size[2])):
        return None
    return CoverPicture(
        stream_index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        width=int(size[1]),
        height=int(size[2]),
    )


def audio_streams(probe: Mapping[str, Any]) -> tuple[AudioStream, ...]:
    """Return the sound tracks that can be decoded, as far as their headers tell."""
    return tuple(_read_audio(s) for s in _of_type(probe, "audio") if not _why_unplayable(s))


def unplayable_streams(probe: Mapping[str, Any]) -> tuple[UnplayableStream, ...]:
    """Return the other ones."""
    return tuple(_read_unplayable(s) for s in _of_type(probe, "audio") if _why_unplayable(s))


def subtitle_streams(probe: Mapping[str, Any]) -> tuple[SubtitleStream, ...]:
    return tuple(_read_subtitle(stream) for stream in _of_type(probe, "subtitle"))


def is_fit_size(width: int, height: int) -> bool:
    """Whether the sides of a picture are such that it can be encoded."""
    return min(width, height) >= MIN_SIDE_PX and max(width, height) <= MAX_SIDE_PX


def _default_or_first(streams: Iterable[Stream]) -> Stream | None:
    candidates = list(streams)
    defaults = [stream for stream in candidates if _is_set(stream, "default")]
    return next(iter(defaults or candidates), None)


def _of_type(probe: Mapping[str, Any], kind: str) -> list[Stream]:
    return [stream for stream in probe.get("streams", []) if stream.get("codec_type") == kind]


def _is_set(stream: Stream, disposition: str) -> bool:
    return bool(stream.get("disposition", {}).get(disposition))


def _why_unplayable(stream: Stream) -> str:
    """Return why a sound track cannot be decoded, as far as its header tells; "" if it can."""
    if stream.get("codec_tag_string") in ENCRYPTED_TAGS:
        return ENCRYPTED
    if stream.get("codec_name", "unknown") in ("", "unknown", "none"):
        return "its codec is unknown"
    if int(stream.get("channels", 0)) < 1 or int(stream.get("sample_rate", 0)) < 1:
        return "it has no channels or no sample rate"
    return ""


def _read_unplayable(stream: Stream) -> UnplayableStream:
    return UnplayableStream(
        stream_index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        language=_language(stream),
        reason=_why_unplayable(stream),
    )


def _read_audio(stream: Stream) -> AudioStream:
    return AudioStream(
        stream_index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        channels=int(stream["channels"]),
        sample_rate_hz=int(stream["sample_rate"]),
        language=_language(stream),
        title=str(stream.get("tags", {}).get("title", ""))[:100],
        is_default=_is_set(stream, "default"),
    )


def _read_subtitle(stream: Stream) -> SubtitleStream:
    return SubtitleStream(
        stream_index=int(stream["index"]),
        codec=str(stream.get("codec_name", "")),
        language=_language(stream),
    )


def _language(stream: Stream) -> str:
    return str(stream.get("tags", {}).get("language", "und"))
