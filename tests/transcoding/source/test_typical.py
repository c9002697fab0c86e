"""Tests of a source that is only described."""

from __future__ import annotations

from fractions import Fraction

import pytest

from transcoding.source.typical import read_description


def test_height_rate_and_length() -> None:
    """1080p30 for ten minutes is 1920x1080, 18,000 frames and 12.4 Mbit/s, with sound."""
    source = read_description("1080p30:600")
    video = source.picture
    assert (video.display_width, video.display_height) == (1920, 1080)
    assert (video.frame_rate, video.frame_count) == (Fraction(30), 18_000)
    assert source.size_bytes == 933_120_000
    assert len(source.audio) == 1


def test_ntsc_rates_are_exact() -> None:
    """29.97 means 30000/1001."""
    assert read_description("720p29.97:60").picture.frame_rate == Fraction(30000, 1001)


@pytest.mark.parametrize(
    "text", ["", "1080", "1080p30", "1080p0:60", "1080p30:0", "1080i25:60", "p:"]
)
def test_what_else_is_refused(text: str) -> None:
    """The message repeats it and shows an example."""
    with pytest.raises(ValueError, match="is not like 1080p30:600"):
        read_description(text)
