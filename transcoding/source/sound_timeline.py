"""stub"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from transcoding.source.timeline import Chunk
from transcoding.values import Value


class SoundTimeline(Value):
    """stub"""

    sample_rate_hz: int
    frame_samples: int
    sample_count: int
    start_s: Fraction
    segment_frames: int
    chunk_segments: int

    @property
    def frame_count(self) -> int:
        return ceil(self.sample_count / self.frame_samples)

    @property
    def segment_count(self) -> int:
        return ceil(self.frame_count / self.segment_frames)

    @property
    def chunk_count(self) -> int:
        return ceil(self.segment_count / self.chunk_segments)

    def chunk(self, index: int) -> Chunk:
        first_segment = index * self.chunk_segments
        segment_count = min(self.chunk_segments, self.segment_count - first_segment)
        first_frame = first_segment * self.segment_frames
        frame_count = min(segment_count * self.segment_frames, self.frame_count - first_frame)
        return Chunk(
            index=index,
            first_frame=first_frame,
            frame_count=frame_count,
            first_segment=first_segment + 1,
            segment_count=segment_count,
        )

    def chunks(self) -> tuple[Chunk, ...]:
        return tuple(self.chunk(index) for index in range(self.chunk_count))

    @property
    def duration_s(self) -> Fraction:
        return Fraction(self.sample_count, self.sample_rate_hz)

    @property
    def timescale(self) -> int:
        return self.sample_rate_hz

    @property
    def duration_ticks(self) -> int:
        return self.sample_count

    @property
    def segment_s(self) -> Fraction:
        return Fraction(self.segment_frames * self.frame_samples, self.sample_rate_hz)


def cut_sound(
    *,
    sample_rate_hz: int,
    frame_samples: int,
    duration_s: Fraction,
    start_s: Fraction,
    segment_s: Fraction,
    track_count: int,
) -> SoundTimeline:
    segment_frames = max(1, round(segment_s * sample_rate_hz / frame_samples))
    return SoundTimeline(
        sample_rate_hz=sample_rate_hz,
        frame_samples=frame_samples,
        sample_count=round(duration_s * sample_rate_hz),
        start_s=start_s,
        segment_frames=segment_frames,
        chunk_segments=10**6,
    )
