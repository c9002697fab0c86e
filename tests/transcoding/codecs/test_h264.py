"""H.264: its codec string, and what x264 is asked for."""

from __future__ import annotations

from fractions import Fraction

import pytest

from transcoding.codecs import VideoSettings, h264

AVCC_HIGH_31 = bytes.fromhex("0164001fffe1")


def test_the_codec_string() -> None:
    """Profile, constraints and level of avcC, two hex digits each."""
    assert h264.codec_string(AVCC_HIGH_31) == "avc1.64001f"


@pytest.mark.parametrize("configuration", [b"", AVCC_HIGH_31[:3], b"\x02" + AVCC_HIGH_31[1:]])
def test_what_cannot_be_read_is_a_value_error(configuration: bytes) -> None:
    """Cut short, or of a version that means something else."""
    with pytest.raises(ValueError, match="cut short or of an unknown version"):
        h264.codec_string(configuration)


def test_what_x264_is_asked_for() -> None:
    """1080p30 at 9.36 Mbit/s fits level 4.0; a segment of 120 frames is one closed GOP."""
    asked = VideoSettings(
        width=1920,
        height=1080,
        frame_rate=Fraction(30),
        gop_frames=120,
        maxrate_bps=9_360_000,
        bufsize_bits=14_040_000,
        crf=22,
        preset="fast",
    )
    assert h264.level(asked) == "4.0"
    assert h264.arguments(asked) == (
        ("-c:v", "libx264"),
        ("-preset", "fast"),
        ("-profile:v", "high"),
        ("-level", "4.0"),
        ("-crf", "22"),
        ("-maxrate", "9360000"),
        ("-bufsize", "14040000"),
        ("-g", "120"),
        ("-keyint_min", "120"),
        ("-sc_threshold", "0"),
        ("-flags", "+cgop"),
    )
