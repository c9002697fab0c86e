"""HLS playlists read back into exact values (RFC 8216)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import m3u8


@dataclass(frozen=True)
class PlaylistSegment:
    """Attributes:
    byte_range: length and offset in bytes, None for the whole file.
    after_break: EXT-X-DISCONTINUITY stands before it.
    """

    uri: str
    duration_s: Fraction
    byte_range: tuple[int, int] | None
    after_break: bool


@dataclass(frozen=True)
class MediaPlaylist:
    """A media or I-frame playlist; `type` is in capitals, "" when it is not stated."""

    lines: tuple[str, ...]
    version: int
    target_duration_s: int
    type: str
    is_iframes_only: bool
    map_uris: tuple[str, ...]
    segments: tuple[PlaylistSegment, ...]

    @property
    def duration_s(self) -> Fraction:
        return sum((segment.duration_s for segment in self.segments), Fraction(0))

    @property
    def breaks(self) -> tuple[int, ...]:
        """Numbers of the segments, from 1, that a discontinuity stands before."""
        return tuple(n for n, segment in enumerate(self.segments, 1) if segment.after_break)


@dataclass(frozen=True)
class Variant:
    """EXT-X-STREAM-INF or EXT-X-I-FRAME-STREAM-INF; None for an attribute that is not there."""

    uri: str
    bandwidth_bps: int | None
    average_bps: int | None
    codecs: tuple[str, ...]
    resolution: tuple[int, int] | None
    frame_rate: Fraction | None
    video_range: str | None
    audio_group: str | None


@dataclass(frozen=True)
class Media:
    """EXT-X-MEDIA; "" for an attribute that is not there."""

    uri: str
    type: str
    group: str
    name: str
    language: str
    is_autoselect: bool
    channels: str
    characteristics: tuple[str, ...]


@dataclass(frozen=True)
class Multivariant:
    """A multivariant playlist, its entries in the order of the text."""

    lines: tuple[str, ...]
    is_independent: bool
    variants: tuple[Variant, ...]
    iframe_variants: tuple[Variant, ...]
    media: tuple[Media, ...]

    def group(self, name: str | None) -> tuple[Media, ...]:
        """Return the audio renditions of a group."""
        return tuple(m for m in self.media if m.type == "AUDIO" and m.group == name)


def read_media_playlist(text: str) -> MediaPlaylist:
    """Read a media or I-frame playlist.

    Raises:
        ValueError: it is a multivariant playlist, or a segment has no duration.
    """
    playlist = m3u8.loads(text)
    if playlist.is_variant:
        raise ValueError("a multivariant playlist where a media playlist is expected")
    return MediaPlaylist(
        lines=_lines(text),
        version=int(playlist.version or 1),
        target_duration_s=int(playlist.target_duration or 0),
        type=(playlist.playlist_type or "").upper(),
        is_iframes_only=bool(playlist.is_i_frames_only),
        map_uris=tuple(section.uri or "" for section in playlist.segment_map),
        segments=tuple(
            PlaylistSegment(
                uri=segment.uri or "",
                duration_s=_decimal(segment.duration),
                byte_range=_byte_range(segment.byterange),
                after_break=bool(segment.discontinuity),
            )
            for segment in playlist.segments
        ),
    )


def read_multivariant(text: str) -> Multivariant:
    """Read a multivariant playlist.

    Raises:
        ValueError: it has no variants.
    """
    playlist = m3u8.loads(text)
    if not playlist.is_variant:
        raise ValueError("the multivariant playlist has no variants")
    lines = _lines(text)
    iframe_lines = [line for line in lines if line.startswith("#EXT-X-I-FRAME-STREAM-INF")]
    return Multivariant(
        lines=lines,
        is_independent=bool(playlist.is_independent_segments),
        variants=tuple(_variant(v.uri, v.stream_info) for v in playlist.playlists),
        iframe_variants=tuple(
            # The library drops a FRAME-RATE here, where a rule forbids one.
            _variant(v.uri, v.iframe_stream_info, Fraction(0) if "FRAME-RATE=" in line else None)
            for v, line in zip(playlist.iframe_playlists, iframe_lines, strict=True)
        ),
        media=tuple(
            Media(
                uri=media.uri or "",
                type=media.type or "",
                group=media.group_id or "",
                name=media.name or "",
                language=media.language or "",
                is_autoselect=media.autoselect == "YES",
                channels=media.channels or "",
                characteristics=tuple((media.characteristics or "").split(",")),
            )
            for media in playlist.media
        ),
    )


def _variant(
    uri: str | None, info: m3u8.model.StreamInfo, frame_rate: Fraction | None = None
) -> Variant:
    return Variant(
        uri=uri or "",
        bandwidth_bps=_integer(info.bandwidth),
        average_bps=_integer(info.average_bandwidth),
        codecs=tuple(codec.strip().lower() for codec in (info.codecs or "").split(",") if codec),
        resolution=info.resolution,
        frame_rate=_decimal(info.frame_rate) if info.frame_rate else frame_rate,
        video_range=info.video_range,
        audio_group=info.audio,
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def _integer(value: object) -> int | None:
    return None if value is None else int(str(value))


def _decimal(value: object) -> Fraction:
    """Return the decimal that was written.

    The library reads it as a float, whose shortest form is the written one up to 15 digits.
    """
    return Fraction(str(value))


def _byte_range(text: str | None) -> tuple[int, int] | None:
    if not text:
        return None
    length, _, offset = text.partition("@")
    if not offset:
        raise ValueError(f"byte range {text!r} has no offset")
    return int(length), int(offset)
