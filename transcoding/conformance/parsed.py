"""Published files, parsed once for all rules.

Each part is parsed when the first rule asks for it, so that a damaged one fails the rules about it
and no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from transcoding.conformance.files import PublishedFiles, PublishedRendition
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
from transcoding.job.paths import (
    IFRAME_PLAYLIST,
    INIT,
    MEDIA_PLAYLIST,
    RenditionFolder,
    segment_file,
)
from transcoding.plan.plan import AudioRendition, Rung


@dataclass(frozen=True)
class ParsedRendition:
    """One rendition; `folder` is where its files are."""

    given: PublishedRendition
    folder: RenditionFolder

    @property
    def key(self) -> str:
        return self.given.key

    @cached_property
    def init(self) -> Init:
        return read_init(self.given.init)

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
        return f"{self.folder.relative}/{MEDIA_PLAYLIST}"

    @property
    def iframes_uri(self) -> str:
        return f"{self.folder.relative}/{IFRAME_PLAYLIST}"

    @property
    def init_uri(self) -> str:
        return f"{self.folder.relative}/{INIT}"


class Parsed:
    """Published files as rules see them."""

    def __init__(self, files: PublishedFiles) -> None:
        self.files = files
        self.plan = files.plan
        self.renditions = tuple(
            ParsedRendition(given, files.plan.folder(given.key)) for given in files.renditions
        )

    @property
    def video(self) -> tuple[ParsedRendition, ...]:
        return tuple(r for r in self.renditions if r.given.kind == "video")

    @property
    def audio(self) -> tuple[ParsedRendition, ...]:
        return tuple(r for r in self.renditions if r.given.kind == "audio")

    def rung(self, rendition: ParsedRendition) -> Rung:
        """Return what was planned for a video rendition.

        Raises:
            ValueError: it was not planned.
        """
        for rung in self.plan.rungs:
            if rung.key == rendition.key:
                return rung
        raise ValueError(f"{rendition.key} is not in the plan")

    def planned_audio(self, rendition: ParsedRendition) -> AudioRendition:
        """Return what was planned for an audio rendition.

        Raises:
            ValueError: it was not planned.
        """
        for audio in self.plan.audio:
            if audio.key == rendition.key:
                return audio
        raise ValueError(f"{rendition.key} is not in the plan")

    @cached_property
    def master(self) -> Multivariant:
        return read_multivariant(self.files.master)

    @cached_property
    def manifest(self) -> Manifest:
        return read_manifest(self.files.manifest)

    @property
    def variants(self) -> tuple[tuple[Variant, ParsedRendition], ...]:
        """Variants with their renditions; what names unknown files is left to "HLS files"."""
        by_uri = {r.playlist_uri: r for r in self.video}
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
        """Return the largest average and peak of a variant with any of its audio renditions."""
        group = self.group(variant)
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
