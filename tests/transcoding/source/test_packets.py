"""Tests of reading one packet of ffprobe's list."""

from __future__ import annotations

import pytest

from transcoding.source.packets import Packet, microseconds, read_packet


def test_a_packet_with_all_it_can_have() -> None:
    """MP3's first: 1,105 samples of it are the encoder's delay."""
    line = (
        "pts_time=0.000000|dts_time=-0.026122|duration_time=0.026122|flags=KD_"
        "|side_datum/skip_samples:skip_samples=1105|side_datum/skip_samples:discard_padding=7"
    )
    assert read_packet(line) == Packet(
        pts_us=0,
        dts_us=-26_122,
        duration_us=26_122,
        is_keyframe=True,
        is_discarded=True,
        skipped_samples=1_105,
        padding_samples=7,
    )


def test_a_packet_that_says_little() -> None:
    """No time, no duration, and side data of which nothing was asked."""
    assert read_packet("pts_time=N/A|dts_time=N/A|duration_time=N/A|flags=___|") == Packet(
        pts_us=None,
        dts_us=None,
        duration_us=0,
        is_keyframe=False,
        is_discarded=False,
        skipped_samples=0,
        padding_samples=0,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-0.023220", -23_220),
        ("1235.900000", 1_235_900_000),
        ("0.5", 500_000),
        ("7", 7_000_000),
        ("N/A", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_whole_microseconds(text: str | None, expected: int | None) -> None:
    """As exact as ffprobe prints them, negative ones too."""
    assert microseconds(text) == expected
