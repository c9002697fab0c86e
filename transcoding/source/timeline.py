"""Chunk arithmetic: runs of whole segments, cut on frame numbers."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from transcoding.source.frame_rates import ticks_per_frame, timescale_for
from transcoding.values import Value

SEGMENT_S = 4
"""Nominal segment duration; the real one is the nearest whole number of frames."""


class Chunk(Value):
    """A run of whole segments that one activity encodes.

    Attributes:
        index: counted from 0.
        first_frame, frame_count: on the frame grid of the source.
        first_segment: number of its first segment, counted from 1.
    """

    index: int
    first_frame: int
    frame_count: int
    first_segment: int
    segment_count: int


class Timeline(Value):
    """The frame grid of a source and how it is cut.

    Attributes:
        frame_rate: frames per second of the grid (the source's rate).
        frame_count: frames on the grid.
        container_start_s: the container's start time, as its time stamps have it.
        start_s: time of frame 0, relative to that.
        segment_frames: grid frames of one segment, a multiple of every rung's frame step.
        chunk_segments: segments of one chunk; the last may have fewer.
        preroll_frames: grid frames that are decoded before a chunk and thrown away.
        timescale: ticks per second of all video media; a grid frame is a whole number of ticks.
    """

    frame_rate: Fraction
    frame_count: int
    container_start_s: Fraction
    start_s: Fraction
    segment_frames: int
    chunk_segments: int
    preroll_frames: int
    timescale: int

    @property
    def frame_ticks(self) -> int:
        return ticks_per_frame(self.frame_rate, self.timescale)

    @property
    def duration_s(self) -> Fraction:
        return self.frame_count / self.frame_rate

    @property
    def duration_ticks(self) -> int:
        return self.frame_count * self.frame_ticks

    @property
    def segment_s(self) -> Fraction:
        """Duration of each segment but the last."""
        return self.segment_frames / self.frame_rate

    @property
    def segment_count(self) -> int:
        return ceil(self.frame_count / self.segment_frames)

    @property
    def chunk_count(self) -> int:
        return ceil(self.segment_count / self.chunk_segments)

    def chunk(self, index: int) -> Chunk:
        """Return chunk `index`.

        Raises:
            IndexError: there is no such chunk.
        """
        return cut_chunk(index, self.frame_count, self.segment_frames, self.chunk_segments)

    def chunks(self) -> tuple[Chunk, ...]:
        return tuple(self.chunk(index) for index in range(self.chunk_count))


def cut_chunk(index: int, frame_count: int, segment_frames: int, chunk_segments: int) -> Chunk:
    """Return chunk `index` of a run of frames, those of the grid or of a sound codec.

    Args:
        frame_count: of the whole run.
        segment_frames, chunk_segments: as of a `Timeline`.

    Raises:
        IndexError: there is no such chunk.
    """
    segments = ceil(frame_count / segment_frames)
    chunk_count = ceil(segments / chunk_segments)
    if not 0 <= index < chunk_count:
        raise IndexError(f"chunk {index} of {chunk_count}")
    first_segment = index * chunk_segments
    segment_count = min(chunk_segments, segments - first_segment)
    first_frame = first_segment * segment_frames
    return Chunk(
        index=index,
        first_frame=first_frame,
        frame_count=min(segment_count * segment_frames, frame_count - first_frame),
        first_segment=first_segment + 1,
        segment_count=segment_count,
    )


def frame_step(grid_rate: Fraction, max_rate: int | Fraction) -> int:
    """Return how many grid frames one rung frame stands for: halved until `max_rate` is met."""
    step = 1
    while grid_rate / step > max_rate:
        step *= 2
    return step


def rung_frames(grid_frames: int, step: int) -> int:
    """Return how many frames a rung of this step has for a run of grid frames."""
    return ceil(grid_frames / step)


def last_frame_ticks(grid_frames: int, step: int, frame_ticks: int) -> int:
    """Return the duration of a run's last rung frame.

    With 239 grid frames and a step of 2 the 120th rung frame stands for a single grid frame:
    shortened, it keeps the rung exactly as long as the full-rate ones.
    """
    return (grid_frames - (rung_frames(grid_frames, step) - 1) * step) * frame_ticks


def cut_timeline(
    *,
    frame_rate: Fraction,
    frame_count: int,
    container_start_s: Fraction,
    start_s: Fraction,
    max_step: int,
    chunk_s: Fraction,
    preroll_s: Fraction = Fraction(0),
) -> Timeline:
    """Cut a source into segments of about 4 s and chunks of at most `chunk_s`.

    A chunk has one segment at least.

    Args:
        max_step: the largest frame step of any rung; segments are a multiple of it.
    """
    segment_frames = max(1, round(SEGMENT_S * frame_rate / max_step)) * max_step
    segment_s = segment_frames / frame_rate
    return Timeline(
        frame_rate=frame_rate,
        frame_count=frame_count,
        container_start_s=container_start_s,
        start_s=start_s,
        segment_frames=segment_frames,
        chunk_segments=max(1, int(chunk_s / segment_s)),
        preroll_frames=ceil(preroll_s * frame_rate),
        timescale=timescale_for(frame_rate),
    )
