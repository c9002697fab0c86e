"""What a codec answers. Each is a module of this folder, and its name is the module's."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

from transcoding.values import Value

Words = tuple[tuple[str, ...], ...]
"""FFmpeg arguments: each a flag with its values."""


class VideoSettings(Value):
    """How one video track is encoded.

    Attributes:
        gop_frames: frames of a segment, which is one closed group of pictures.
        crf: constant rate factor, which the cap of `maxrate_bps` takes over from on hard content.
    """

    width: int
    height: int
    frame_rate: Fraction
    gop_frames: int
    maxrate_bps: int
    bufsize_bits: int
    crf: int
    preset: str


class AudioSettings(Value):
    """How one audio track is encoded."""

    bitrate_bps: int
    sample_rate_hz: int
    channels: int


class _Codec(Protocol):
    @property
    def SAMPLE_ENTRY(self) -> str:  # noqa: N802 - a constant of the module
        """Type of its sample entry in ISO base media files, such as "avc1"."""

    @property
    def CONFIGURATION_BOX(self) -> str:  # noqa: N802
        """Type of the box in the sample entry that configures the decoder, such as "avcC"."""

    def codec_string(self, configuration: bytes) -> str:
        """Return the RFC 6381 string, such as `avc1.64001f`.

        Args:
            configuration: payload of the configuration box.

        Raises:
            ValueError: it cannot be read.
        """


class VideoCodec(_Codec, Protocol):
    """A codec for pictures."""

    @property
    def PIXEL_FORMAT(self) -> str:  # noqa: N802
        """FFmpeg's name of what the encoder is given."""

    def level(self, settings: VideoSettings) -> str:
        """Return the lowest level that the settings fit into.

        Raises:
            ValueError: none is high enough.
        """

    def arguments(self, settings: VideoSettings) -> Words:
        """Return what makes FFmpeg encode so, one closed group of pictures a segment."""


class AudioCodec(_Codec, Protocol):
    """A codec for sound."""

    @property
    def FRAME_SAMPLES(self) -> int:  # noqa: N802
        """Samples of one coded frame."""

    def arguments(self, settings: AudioSettings) -> Words:
        """Return what makes FFmpeg encode so."""
