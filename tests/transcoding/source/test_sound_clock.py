"""How packets of sound are timed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from transcoding.source.sound_clock import FirstPackets, PacketClock

STREAM = {"index": 3, "codec_name": "aac", "time_base": "1/90000"}


def a_reader(*lines: str) -> FirstPackets:
    reader = FirstPackets()
    for line in lines:
        reader.take(line)
    return reader


def test_the_first_packet_of_each_track_counts() -> None:
    """Those of other tracks and later ones are passed over; side data behind is no matter."""
    reader = a_reader(
        "stream_index=1|pts=-1024|", "stream_index=3|pts=126000|", "stream_index=3|pts=127920"
    )
    assert reader.clock(STREAM) == PacketClock(
        codec="aac", first_s=Fraction(14, 10), tick_s=Fraction(1, 90_000)
    )
    early = reader.clock({**STREAM, "index": 1, "time_base": "1/48000"})
    assert early is not None
    assert early.first_s == Fraction(-1024, 48_000)


@pytest.mark.parametrize("lines", [(), ("stream_index=1|pts=0",), ("stream_index=3|pts=N/A",)])
def test_a_track_without_a_time_has_no_clock(lines: Any) -> None:
    """It begins later, or its container has no times."""
    assert a_reader(*lines).clock(STREAM) is None


@pytest.mark.parametrize(
    ("codec", "samples"), [("aac", 1024), ("ac3", 256), ("opus", 480), ("pcm_s16le", None)]
)
def test_frames_are_multiples_of_a_grid(codec: str, samples: int | None) -> None:
    """PCM has none of its own."""
    clock = PacketClock(codec=codec, first_s=Fraction(0), tick_s=Fraction(1, 1000))
    assert clock.grid_samples == samples
