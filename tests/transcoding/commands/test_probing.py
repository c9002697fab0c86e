"""Tests of what is asked about a source; that it works is tested where it is run."""

from __future__ import annotations

import pytest

from transcoding.commands import probing
from transcoding.commands.inputs import source_input

URL = "https://example.invalid/uploads/a.mp4?sig=secret"


def _value(arguments: tuple[str, ...], option: str) -> str:
    return arguments[arguments.index(option) + 1]


@pytest.mark.parametrize(
    "arguments",
    [
        probing.probe_streams(URL, "0x1"),
        probing.probe_packets(URL, "0x1", 0, "%4"),
        probing.try_track(URL, "0x1", 0, is_video=True),
        probing.measure_cover(URL, "0x1", 1, "cover.txt"),
    ],
)
def test_the_source_is_opened_as_every_source(arguments: tuple[str, ...]) -> None:
    """Same containers, same protocols, only this very upload."""
    opened = source_input(URL, "0x1")
    start = arguments.index(opened[0], arguments.index("-protocol_whitelist") - 2)
    assert arguments[start : start + len(opened)] == opened


def test_packets_are_asked_for_one_a_line() -> None:
    """One stream, one interval, and a name before each figure."""
    arguments = probing.probe_packets(URL, "0x1", 3, "%4.000000")
    assert _value(arguments, "-select_streams") == "3"
    assert _value(arguments, "-read_intervals") == "%4.000000"
    assert _value(arguments, "-print_format") == "compact=print_section=0"


def test_a_track_is_tried_for_five_seconds() -> None:
    """One picture, or sound that is mixed to stereo; damage is no reason to fail."""
    picture = probing.try_track(URL, "0x1", 0, is_video=True)
    sound = probing.try_track(URL, "0x1", 2, is_video=False)
    assert picture[:2] == sound[:2] == ("-t", "5")
    assert (_value(picture, "-map"), _value(picture, "-frames:v")) == ("0:0", "1")
    assert (_value(sound, "-map"), _value(sound, "-af")) == (
        "0:2",
        "aformat=channel_layouts=stereo",
    )
    assert _value(sound, "-max_error_rate") == "1"


def test_a_cover_is_no_bomb() -> None:
    """A PNG of some kilobytes may unpack to gigabytes; its size is known before it does."""
    arguments = probing.measure_cover(URL, "0x1", 1, "cover.txt")
    assert arguments[:2] == ("-max_pixels", "67108864")
    assert arguments[-1] == "cover.txt"
