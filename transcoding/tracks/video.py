"""A video track: one rung of the ladder as this source gets it."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from transcoding.codecs import VideoCodec, VideoSettings, video_codec
from transcoding.source.timeline import Chunk, Timeline, last_frame_ticks, rung_frames
from transcoding.values import Value


class VideoTrack(Value):
    """Exact encode settings of one rung.

    Attributes:
        key: names its folder; made of all that decides its bytes (`transcoding.plan.keys`).
        codec: name of its file in transcoding/codecs/.
        rung: the ladder's name of the row, one of few whatever the source, such as "1080p 6000k".
        timeline: the source's frame grid and how it is cut; the same for all rungs.
        frame_step: grid frames per frame of this rung (2 where the rate is halved).
    """

    kind: Literal["video"] = "video"
    key: str
    codec: str
    rung: str
    timeline: Timeline
    width: int
    height: int
    frame_step: int
    bitrate_bps: int
    maxrate_bps: int
    bufsize_bits: int
    crf: int
    preset: str

    @property
    def mime_type(self) -> str:
        return "video/mp4"

    @property
    def title(self) -> str:
        """For people; as many as there are picture sizes."""
        return f"{self.height}p {self.bitrate_bps // 1000}k"

    @property
    def metric_label(self) -> str:
        """For metrics: one of as many as the ladder has rows."""
        return self.rung

    @property
    def frame_rate(self) -> Fraction:
        """Frames per second of this rung."""
        return self.timeline.frame_rate / self.frame_step

    @property
    def frame_count(self) -> int:
        return rung_frames(self.timeline.frame_count, self.frame_step)

    @property
    def frame_pixels(self) -> int:
        """What a frame weighs in progress: its pixels."""
        return self.width * self.height

    @property
    def settings(self) -> VideoSettings:
        """What its codec is asked for."""
        return VideoSettings(
            width=self.width,
            height=self.height,
            frame_rate=self.frame_rate,
            gop_frames=self.timeline.segment_frames // self.frame_step,
            maxrate_bps=self.maxrate_bps,
            bufsize_bits=self.bufsize_bits,
            crf=self.crf,
            preset=self.preset,
        )

    def coded_by(self) -> VideoCodec:
        return video_codec(self.codec)

    def frames_of(self, chunk: Chunk) -> int:
        """Return how many frames a chunk of it has."""
        return rung_frames(chunk.frame_count, self.frame_step)

    def ticks_of(self, chunk: Chunk) -> int:
        """Return how long a chunk of it lasts, in ticks of its timescale."""
        return chunk.frame_count * self.timeline.frame_ticks

    def starts_at(self, chunk: Chunk) -> int:
        """Return when a chunk of it starts, in the same ticks."""
        return chunk.first_frame * self.timeline.frame_ticks

    def last_frame_ticks(self, chunk: Chunk) -> int:
        """Return the duration of a chunk's last frame, which may be shorter than the others."""
        return last_frame_ticks(chunk.frame_count, self.frame_step, self.timeline.frame_ticks)
