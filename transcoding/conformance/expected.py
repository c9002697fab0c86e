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
    from transcoding.plan.plan import Plan
    from transcoding.tracks.track import AudioTrack, VideoTrack


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
    video = [track for track in plan.tracks if track.kind == "video"]
    audio = [track for track in plan.tracks if track.kind == "audio"]
    picture = plan.source.video if video else None
    return Expected(
        name=plan.job.name,
        source_width=picture.display_width if picture else 0,
        source_height=picture.display_height if picture else 0,
        frame_rate=video[0].timeline.frame_rate if video else None,
        segment_s=_segment_s(video[0]) if video else _sound_segment_s(audio[0]),
        video=tuple(_expect_video(plan, track) for track in video),
        audio=tuple(_expect_audio(plan, track) for track in audio),
    )


def _expect_video(plan: Plan, track: VideoTrack) -> ExpectedVideo:
    grid = track.timeline
    return ExpectedVideo(
        key=track.key,
        codec=track.codec,
        folder=_folder(plan, track.key),
        width=track.width,
        height=track.height,
        frame_rate=grid.frame_rate / track.frame_step,
        frame_count=ceil(Fraction(grid.frame_count, track.frame_step)),
        duration_s=grid.frame_count / grid.frame_rate,
        chunk_count=ceil(Fraction(grid.frame_count, grid.segment_frames * grid.chunk_segments)),
    )


def _expect_audio(plan: Plan, track: AudioTrack) -> ExpectedAudio:
    cut = track.timeline
    chunk_samples = cut.frame_samples * cut.segment_frames * cut.chunk_segments
    return ExpectedAudio(
        key=track.key,
        codec=track.codec,
        folder=_folder(plan, track.key),
        language=track.language,
        channels=track.channels,
        sample_rate_hz=cut.sample_rate_hz,
        sample_count=cut.sample_count,
        chunk_count=ceil(Fraction(cut.sample_count, chunk_samples)),
    )


def _segment_s(track: VideoTrack) -> Fraction:
    return track.timeline.segment_frames / track.timeline.frame_rate


def _sound_segment_s(track: AudioTrack) -> Fraction:
    cut = track.timeline
    return Fraction(cut.segment_frames * cut.frame_samples, cut.sample_rate_hz)


def _folder(plan: Plan, key: str) -> str:
    return f"{plan.job.source_key}/{key}"
