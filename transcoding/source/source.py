"""A source: what was uploaded, as exact values."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from transcoding.source.sound_clock import PacketClock
from transcoding.values import Value

BLIND_CONTAINERS = frozenset({"mpegts", "mpeg"})
"""FFmpeg's names of containers without an index: a seek lands anywhere in a group of pictures, and
nothing can be decoded before the next keyframe."""
LONGEST_GOP_S = 12
"""How far apart keyframes may be in such a container; x264's default is 10.4 s at 24 fps."""

_HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})


class VideoStream(Value):
    """The video track that is encoded.

    Attributes:
        stream_index: its index in the container, as in FFmpeg's `0:N`.
        display_width, display_height: size in square pixels after sample aspect and rotation.
        frame_rate: exact; the rate of the frame grid on which all chunks are cut.
        is_constant_rate: False when the grid is imposed on a variable-rate track.
        start_s: time of the first frame, relative to the container's start time.
        frame_count: frames on the grid.
        longest_step_s: longest time from one picture to the next that was seen.
        color_transfer: as ffprobe names it, "" when the file does not say.
    """

    stream_index: int
    codec: str
    coded_width: int
    coded_height: int
    display_width: int
    display_height: int
    rotation_deg: int
    sample_aspect: Fraction
    frame_rate: Fraction
    is_constant_rate: bool
    start_s: Fraction
    frame_count: int
    pixel_format: str
    bit_depth: int
    color_primaries: str
    color_transfer: str
    color_matrix: str
    color_range: str
    is_interlaced: bool
    longest_step_s: Fraction = Fraction(0)

    @property
    def duration_s(self) -> Fraction:
        return self.frame_count / self.frame_rate

    @property
    def is_hdr(self) -> bool:
        return self.color_transfer in _HDR_TRANSFERS


class AudioStream(Value):
    """An audio track.

    Attributes:
        language: the container's own tag, "und" when it has none.
        clock: how its packets are timed; None where it is not known.
    """

    stream_index: int
    codec: str
    channels: int
    sample_rate_hz: int
    language: str
    title: str
    is_default: bool
    clock: PacketClock | None = None


class UnplayableStream(Value):
    """An audio track that is left out, for the report: a video is published without it.

    Attributes:
        reason: why, in a few words.
    """

    stream_index: int
    codec: str
    language: str
    reason: str


class SubtitleStream(Value):
    """A subtitle track, carried along for the report; captions are not published yet."""

    stream_index: int
    codec: str
    language: str


class CoverPicture(Value):
    """A still picture that stands for a file without a video track."""

    stream_index: int
    codec: str
    width: int
    height: int


class Source(Value):
    """All that planning needs to know about an upload: a picture, sound, or both.

    Attributes:
        container_start_s: the container's start time, as its time stamps have it.
        video: None where there is sound alone.
        cover: where there is sound alone, the picture that came with it; a video is its own.
        unplayable_audio: tracks that nothing here can decode; the rest is published.
        sound_start_s: where there is sound alone, when its default track is first heard, relative
            to the container's start time; 0 beside a picture.
        sound_duration_s: from there to the last sample of that track; 0 beside a picture.
    """

    container: str
    size_bytes: int
    container_start_s: Fraction = Fraction(0)
    video: VideoStream | None
    audio: tuple[AudioStream, ...]
    cover: CoverPicture | None = None
    subtitles: tuple[SubtitleStream, ...]
    unplayable_audio: tuple[UnplayableStream, ...] = ()
    sound_start_s: Fraction = Fraction(0)
    sound_duration_s: Fraction = Fraction(0)

    @property
    def start_s(self) -> Fraction:
        """When what is published starts, relative to the container's start time."""
        return self.video.start_s if self.video else self.sound_start_s

    @property
    def duration_s(self) -> Fraction:
        """How long what is published lasts: as long as the picture, where there is one."""
        return self.video.duration_s if self.video else self.sound_duration_s

    @property
    def picture(self) -> VideoStream:
        """The video track, for what there is only with one.

        Raises:
            ValueError: the source is sound alone.
        """
        if self.video is None:
            raise ValueError("the source is sound alone, and a picture was asked for")
        return self.video

    @property
    def seeks_blindly(self) -> bool:
        """Whether a seek may land between keyframes and lose the pictures up to the next."""
        return self.container in BLIND_CONTAINERS


def default_sound(tracks: Sequence[AudioStream]) -> AudioStream:
    """Return the track that is played unless another is asked for: the default, else the first."""
    return next((track for track in tracks if track.is_default), tracks[0])
