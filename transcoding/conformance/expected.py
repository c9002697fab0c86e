"""What must be there: all that the rules need to know of a plan, worked out apart from it.

Rules, parsed files and readers know these values only. `expect` alone looks at the plan: it reads
plain fields and does its own arithmetic, so that a mistake in that of the plan does not agree with
itself here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transcoding.plan.plan import AudioRendition, Plan, Rung


@dataclass(frozen=True)
class ExpectedVideo:
    """A picture track.

    Attributes:
        codec: name of its codec in `conformance/codecs/`.
        folder: where its files are, relative to the video's own folder.
        frame_rate, frame_count: on its own grid, which may be coarser than the source's.
        chunk_count: how many chunks it was encoded in; each left a record.
    """

    key: str
    codec: str
    folder: str
    width: int
    height: int
    frame_rate: Fraction
    frame_count: int
    duration_s: Fraction
    chunk_count: int


@dataclass(frozen=True)
class ExpectedAudio:
    """A sound track.

    Attributes:
        codec, folder, chunk_count: as of a picture track.
        language: BCP 47, "und" where the source does not say.
        sample_count: samples from the first to the last, priming not counted.
    """

    key: str
    codec: str
    folder: str
    language: str
    channels: int
    sample_rate_hz: int
    sample_count: int
    chunk_count: int


@dataclass(frozen=True)
class Expected:
    """A publish as it was planned.

    Attributes:
        name: of the video; paths in the container start with it.
        source_width, source_height: what the source shows, in square pixels; 0 without a picture.
        frame_rate: frames per second of the source's grid; None without a picture.
        segment_s: nominal duration of a segment, of every track.
    """

    name: str
    source_width: int
    source_height: int
    frame_rate: Fraction | None
    segment_s: Fraction
    video: tuple[ExpectedVideo, ...]
    audio: tuple[ExpectedAudio, ...]

    @property
    def tracks(self) -> tuple[ExpectedVideo | ExpectedAudio, ...]:
        return (*self.video, *self.audio)


def expect(plan: Plan) -> Expected:
    """Return what a plan promises."""
    grid, source = plan.timeline, plan.source.video
    return Expected(
        name=plan.job.name,
        source_width=source.display_width,
        source_height=source.display_height,
        frame_rate=grid.frame_rate,
        segment_s=grid.segment_frames / grid.frame_rate,
        video=tuple(_expect_video(plan, rung) for rung in plan.rungs),
        audio=tuple(_expect_audio(plan, audio) for audio in plan.audio),
    )


def _expect_video(plan: Plan, rung: Rung) -> ExpectedVideo:
    grid = plan.timeline
    return ExpectedVideo(
        key=rung.key,
        codec="h264",
        folder=_folder(plan, rung.key),
        width=rung.width,
        height=rung.height,
        frame_rate=grid.frame_rate / rung.frame_step,
        frame_count=ceil(Fraction(grid.frame_count, rung.frame_step)),
        duration_s=grid.frame_count / grid.frame_rate,
        chunk_count=ceil(Fraction(grid.frame_count, grid.segment_frames * grid.chunk_segments)),
    )


def _expect_audio(plan: Plan, audio: AudioRendition) -> ExpectedAudio:
    return ExpectedAudio(
        key=audio.key,
        codec="aac",
        folder=_folder(plan, audio.key),
        language=audio.language,
        channels=audio.channels,
        sample_rate_hz=audio.sample_rate_hz,
        sample_count=audio.sample_count,
        chunk_count=1,
    )


def _folder(plan: Plan, key: str) -> str:
    return f"{plan.job.source_key}/{key}"
