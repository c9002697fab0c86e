"""Published files, parsed once for all rules.

Each part is parsed when the first rule asks for it, so that a damaged one fails the rules about it
and no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from transcoding.conformance.codecs.codec import Codec, Opening, PictureCodec, SoundCodec
from transcoding.conformance.codecs.registry import codec_of, picture_codec, sound_codec
from transcoding.conformance.expected import ExpectedAudio, ExpectedVideo
from transcoding.conformance.files import PublishedFiles, PublishedRendition
from transcoding.conformance.names import IFRAME_PLAYLIST, INIT, MEDIA_PLAYLIST, segment_file
from transcoding.conformance.readers.fragments import Fragment, read_fragment
from transcoding.conformance.readers.init import Init, read_init
from transcoding.conformance.readers.mpd import Manifest, Representation, read_manifest
from transcoding.conformance.readers.playlists import (
    MediaPlaylist,
    Multivariant,
    Variant,
    read_media_playlist,
    read_multivariant,
)

_Track = TypeVar("_Track", bound=ExpectedVideo | ExpectedAudio)


@dataclass(frozen=True)
class ParsedRendition:
    """One rendition; `folder` is where its files are, relative to the video's own folder."""

    given: PublishedRendition
    folder: str

    @property
    def key(self) -> str:
        return self.given.key

    @cached_property
    def init(self) -> Init:
        return read_init(self.given.init)

    @property
    def codec(self) -> Codec:
        return codec_of(self.init.entry)

    @property
    def picture_codec(self) -> PictureCodec:
        return picture_codec(self.init.entry)

    @property
    def sound_codec(self) -> SoundCodec:
        return sound_codec(self.init.entry)

    @cached_property
    def codec_string(self) -> str:
        return self.codec.string(self.init)

    @cached_property
    def fragments(self) -> tuple[Fragment, ...]:
        fragments = []
        for number, head in enumerate(self.given.heads, 1):
            try:
                fragments.append(read_fragment(head, self.init))
            except ValueError as error:
                raise ValueError(f"{self.key} {segment_file(number)}: {error}") from error
        return tuple(fragments)

    @cached_property
    def openings(self) -> tuple[Opening | None, ...]:
        """What each segment's first picture is; None where its head does not tell."""
        codec = self.picture_codec
        return tuple(
            codec.opening(head[slice(*fragment.first_sample)], self.init)
            for head, fragment in zip(self.given.heads, self.fragments, strict=True)
        )

    @cached_property
    def playlist(self) -> MediaPlaylist:
        return read_media_playlist(self.given.media_playlist)

    @cached_property
    def iframes(self) -> MediaPlaylist:
        if self.given.iframe_playlist is None:
            raise ValueError(f"{self.key} has no I-frame playlist")
        return read_media_playlist(self.given.iframe_playlist)

    @property
    def duration_s(self) -> Fraction:
        """Sum of its samples' durations."""
        return Fraction(sum(f.duration for f in self.fragments), self.init.timescale)

    @property
    def spans_s(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """Start and end of each segment in seconds, by its fragment."""
        scale = self.init.timescale
        return tuple(
            (Fraction(f.decode_time, scale), Fraction(f.end, scale)) for f in self.fragments
        )

    @cached_property
    def average_bps(self) -> Fraction:
        """Average segment bit rate (RFC 8216, 4.3.4.2), from listed sizes and EXTINF."""
        return 8 * sum(self.given.sizes_bytes) / self.playlist.duration_s

    @cached_property
    def peak_bps(self) -> Fraction:
        """Peak segment bit rate (RFC 8216, 4.3.4.2).

        The largest rate over contiguous segments that last 0.5 to 1.5 target durations together;
        the average where the whole rendition is shorter than that.
        """
        target_s = Fraction(self.playlist.target_duration_s)
        segments = self.playlist.segments
        peak_bps = Fraction(0)
        for first in range(len(segments)):
            run_s, run_bytes = Fraction(0), 0
            for segment, size_bytes in zip(
                segments[first:], self.given.sizes_bytes[first:], strict=True
            ):
                run_s += segment.duration_s
                run_bytes += size_bytes
                if 2 * run_s > 3 * target_s:
                    break
                if 2 * run_s >= target_s:
                    peak_bps = max(peak_bps, 8 * run_bytes / run_s)
        return peak_bps or self.average_bps

    @property
    def playlist_uri(self) -> str:
        return f"{self.folder}/{MEDIA_PLAYLIST}"

    @property
    def iframes_uri(self) -> str:
        return f"{self.folder}/{IFRAME_PLAYLIST}"

    @property
    def init_uri(self) -> str:
        return f"{self.folder}/{INIT}"


def each_fragment(
    renditions: Iterable[ParsedRendition],
) -> Iterator[tuple[str, ParsedRendition, Fragment]]:
    """Yield every fragment with its name for people and its rendition."""
    for rendition in renditions:
        for number, fragment in enumerate(rendition.fragments, 1):
            yield f"{rendition.key} {segment_file(number)}", rendition, fragment


class Parsed:
    """Published files as rules see them."""

    def __init__(self, files: PublishedFiles) -> None:
        self.files = files
        self.expected = files.expected
        folders = {track.key: track.folder for track in files.expected.tracks}
        # What was not planned has no place of its own: "CONTENT renditions" says so.
        self.renditions = tuple(
            ParsedRendition(given, folders.get(given.key, given.key)) for given in files.renditions
        )

    @property
    def video(self) -> tuple[ParsedRendition, ...]:
        return tuple(r for r in self.renditions if r.given.kind == "video")

    @property
    def audio(self) -> tuple[ParsedRendition, ...]:
        return tuple(r for r in self.renditions if r.given.kind == "audio")

    @property
    def has_picture(self) -> bool:
        return bool(self.expected.video or self.video)

    @property
    def has_sound(self) -> bool:
        return bool(self.expected.audio or self.audio)

    def path(self, file: str) -> str:
        """Return the path in the container of a file in the video's folder."""
        return f"{self.expected.name}/{file}"

    def track(self, rendition: ParsedRendition) -> ExpectedVideo | ExpectedAudio:
        """Return what is expected of a rendition.

        Raises:
            ValueError: it was not planned.
        """
        return _named(rendition.key, self.expected.tracks)

    def video_track(self, rendition: ParsedRendition) -> ExpectedVideo:
        """Return what is expected of a rendition of pictures; errors as of `track`."""
        return _named(rendition.key, self.expected.video)

    def audio_track(self, rendition: ParsedRendition) -> ExpectedAudio:
        """Return what is expected of a rendition of sound; errors as of `track`."""
        return _named(rendition.key, self.expected.audio)

    def of_codec(self, codec: Codec) -> tuple[ParsedRendition, ...]:
        """Return the renditions that are of this codec, or are meant to be."""
        planned = {track.key for track in self.expected.tracks if track.codec == codec.name}
        renditions = self.video if isinstance(codec, PictureCodec) else self.audio
        return tuple(r for r in renditions if r.key in planned or r.init.entry in codec.entries)

    @cached_property
    def frame_s(self) -> Fraction:
        """How far lengths may be apart: a frame of the source, or of the codec without a picture.

        Raises:
            ValueError: there is no rendition, or one that was not planned.
        """
        if self.expected.frame_rate:
            return 1 / self.expected.frame_rate
        return max(
            Fraction(r.sound_codec.frame_samples, self.audio_track(r).sample_rate_hz)
            for r in self.audio
        )

    @cached_property
    def master(self) -> Multivariant:
        return read_multivariant(self.files.master)

    @cached_property
    def manifest(self) -> Manifest:
        return read_manifest(self.files.manifest)

    @property
    def variants(self) -> tuple[tuple[Variant, ParsedRendition], ...]:
        """Variants with their renditions; what names unknown files is left to "HLS files".

        Without a picture a variant names one of the sounds that its group holds.
        """
        by_uri = {r.playlist_uri: r for r in (self.video if self.has_picture else self.audio)}
        return tuple((v, by_uri[v.uri]) for v in self.master.variants if v.uri in by_uri)

    @property
    def iframe_variants(self) -> tuple[tuple[Variant, ParsedRendition], ...]:
        by_uri = {r.iframes_uri: r for r in self.video}
        return tuple((v, by_uri[v.uri]) for v in self.master.iframe_variants if v.uri in by_uri)

    def group(self, variant: Variant) -> tuple[ParsedRendition, ...]:
        """Return the audio renditions that may play with a variant."""
        by_uri = {r.playlist_uri: r for r in self.audio}
        media = self.master.group(variant.audio_group)
        return tuple(by_uri[m.uri] for m in media if m.uri in by_uri)

    def combined_bps(
        self, variant: Variant, rendition: ParsedRendition
    ) -> tuple[Fraction, Fraction]:
        """Return the largest average and peak of a variant with what may be played with it.

        A picture plays with one sound of its group; a sound plays alone, or another one of its
        group instead.
        """
        group = self.group(variant)
        if rendition.given.kind == "audio":
            sounds = (rendition, *group)
            return max(a.average_bps for a in sounds), max(a.peak_bps for a in sounds)
        return (
            rendition.average_bps + max((a.average_bps for a in group), default=Fraction(0)),
            rendition.peak_bps + max((a.peak_bps for a in group), default=Fraction(0)),
        )

    @property
    def representations(self) -> tuple[tuple[Representation, ParsedRendition], ...]:
        """Representations with their renditions; unknown ones are left to "DASH files"."""
        by_uri = {r.init_uri: r for r in self.renditions}
        return tuple(
            (r, by_uri[r.init_uri]) for r in self.manifest.representations if r.init_uri in by_uri
        )


def _named(key: str, tracks: tuple[_Track, ...]) -> _Track:
    for track in tracks:
        if track.key == key:
            return track
    raise ValueError(f"{key} is not in the plan")
