"""An audio track: one sound track of the source in one codec."""

from __future__ import annotations

from typing import Literal

from transcoding.codecs import AudioCodec, AudioSettings, audio_codec
from transcoding.source.sound_clock import PacketClock
from transcoding.source.sound_timeline import SoundTimeline
from transcoding.source.timeline import Chunk
from transcoding.values import Value

_FRAME_PIXELS = 10_000
"""What a frame of sound weighs in progress: so many pixels of H.264 take the same CPU time."""


class AudioTrack(Value):
    """Exact encode settings of one audio track.

    Attributes:
        key, codec: as of a video track.
        stream_index: of the source's stream, as in FFmpeg's `0:N`.
        clock: how its packets are timed; None where it is not known.
        timeline: its codec frames and how they are cut; the same for all tracks of a codec.
        language: BCP 47, "und" when the source does not say.
        label: its NAME, different from that of every other in its group.
    """

    kind: Literal["audio"] = "audio"
    key: str
    codec: str
    stream_index: int
    clock: PacketClock | None
    timeline: SoundTimeline
    language: str
    label: str
    is_default: bool
    channels: int
    bitrate_bps: int

    @property
    def mime_type(self) -> str:
        return "audio/mp4"

    @property
    def rendition_group(self) -> str:
        """A group for each codec and channel layout: "audio-aac-2"."""
        return f"audio-{self.codec}-{self.channels}"

    @property
    def title(self) -> str:
        """For people, among tracks of other kinds."""
        return f"audio {self.label}"

    @property
    def metric_label(self) -> str:
        return "audio"

    @property
    def sample_rate_hz(self) -> int:
        return self.timeline.sample_rate_hz

    @property
    def frame_count(self) -> int:
        return self.timeline.frame_count

    @property
    def frame_pixels(self) -> int:
        return _FRAME_PIXELS

    @property
    def settings(self) -> AudioSettings:
        """What its codec is asked for."""
        return AudioSettings(
            bitrate_bps=self.bitrate_bps,
            sample_rate_hz=self.sample_rate_hz,
            channels=self.channels,
        )

    def coded_by(self) -> AudioCodec:
        return audio_codec(self.codec)

    def frames_of(self, chunk: Chunk) -> int:
        """Return how many codec frames a chunk of it has."""
        return chunk.frame_count

    def ticks_of(self, chunk: Chunk) -> int:
        """Return how long a chunk of it lasts, in ticks of its timescale: samples."""
        first = self.starts_at(chunk)
        end = first + chunk.frame_count * self.timeline.frame_samples
        return min(end, self.timeline.sample_count) - first

    def starts_at(self, chunk: Chunk) -> int:
        """Return when a chunk of it starts, in the same ticks."""
        return chunk.first_frame * self.timeline.frame_samples
