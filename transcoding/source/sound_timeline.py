"""Chunk arithmetic of sound: runs of whole segments, cut on frames of the codec."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from transcoding.source.timeline import Chunk, cut_chunk
from transcoding.values import Value

_LEAD_FRAMES = 768
"""Windows are those of a single encode after 16 frames, but the encoder's rate control swings for
up to 720 (ADR 4)."""
_TAIL_FRAMES = 8
"""The encoder looks ahead for attacks."""

_CHUNK_S_BY_TRACKS = ((2, 20 * 60), (4, 10 * 60))
_SHORTEST_CHUNK_S = 5 * 60


class SoundTimeline(Value):
    """The frame grid of a sound track and how it is cut.

    Frame n is heard from n * frame_samples on, counted from the first picture.

    Attributes:
        frame_samples: samples of one codec frame.
        sample_count: length of the track, that of the picture.
        start_s: the container's own time of sample 0, as `-copyts` gives it.
        segment_frames: codec frames of every segment but the last.
        chunk_segments: segments of one chunk; the last may have fewer.
        lead_frames, tail_frames: encoded before and after a chunk, as far as the track goes, and
            thrown away.
    """

    sample_rate_hz: int
    frame_samples: int
    sample_count: int
    start_s: Fraction
    segment_frames: int
    chunk_segments: int
    lead_frames: int
    tail_frames: int

    @property
    def frame_count(self) -> int:
        """Frames of the codec; the last may be shorter than the others."""
        return ceil(self.sample_count / self.frame_samples)

    @property
    def duration_s(self) -> Fraction:
        return Fraction(self.sample_count, self.sample_rate_hz)

    @property
    def timescale(self) -> int:
        """Ticks per second of the track's media: a tick is a sample."""
        return self.sample_rate_hz

    @property
    def segment_s(self) -> Fraction:
        """Duration of each segment but the last."""
        return Fraction(self.segment_frames * self.frame_samples, self.sample_rate_hz)

    @property
    def duration_ticks(self) -> int:
        return self.sample_count

    @property
    def segment_count(self) -> int:
        return ceil(self.frame_count / self.segment_frames)

    @property
    def chunk_count(self) -> int:
        return ceil(self.segment_count / self.chunk_segments)

    def chunk(self, index: int) -> Chunk:
        """Return chunk `index`; its frames are frames of the codec.

        Raises:
            IndexError: there is no such chunk.
        """
        return cut_chunk(index, self.frame_count, self.segment_frames, self.chunk_segments)

    def chunks(self) -> tuple[Chunk, ...]:
        return tuple(self.chunk(index) for index in range(self.chunk_count))


def cut_sound(
    *,
    duration_s: Fraction,
    segment_s: Fraction,
    start_s: Fraction,
    sample_rate_hz: int,
    track_count: int,
    frame_samples: int,
) -> SoundTimeline:
    """Cut sound that is as long as the picture into segments that are as long as the picture's.

    Args:
        duration_s: that of the picture.
        segment_s: the picture's nominal segment duration.
        start_s: the container's own time of the first picture.
        sample_rate_hz: of the published track.
        track_count: tracks of the source that one unit encodes; it alone decides how long a chunk
            is, so that a unit stays within its budget (ADR 4).
    """
    frame_s = Fraction(frame_samples, sample_rate_hz)
    segment_frames = max(1, round(segment_s / frame_s))
    return SoundTimeline(
        sample_rate_hz=sample_rate_hz,
        frame_samples=frame_samples,
        sample_count=max(1, round(duration_s * sample_rate_hz)),
        start_s=start_s,
        segment_frames=segment_frames,
        chunk_segments=max(1, int(_chunk_s(track_count) / (segment_frames * frame_s))),
        lead_frames=_LEAD_FRAMES,
        tail_frames=_TAIL_FRAMES,
    )


def _chunk_s(track_count: int) -> int:
    for most_tracks, seconds in _CHUNK_S_BY_TRACKS:
        if track_count <= most_tracks:
            return seconds
    return _SHORTEST_CHUNK_S
