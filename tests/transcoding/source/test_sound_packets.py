"""Tests of folding the packets of a sound track; that they are the decoder's is tested where FFmpeg
is run."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.transcoding.source.recorded import fold_sound
from transcoding.source.sound_packets import SoundSpan


def _line(pts: str, duration: str = "0.020000", more: str = "", flags: str = "K__") -> str:
    return f"pts_time={pts}|dts_time={pts}|duration_time={duration}|flags={flags}{more}"


def _skips(skipped: int, padding: int) -> str:
    side = "|side_datum/skip_samples:"
    return f"{side}skip_samples={skipped}{side}discard_padding={padding}"


def _span(
    *windows: list[str], container_start: str = "0.000000", stream_start: str | None = None
) -> SoundSpan | None:
    stream: dict[str, Any] = {"sample_rate": "48000"}
    if stream_start is not None:
        stream["start_time"] = stream_start
    return fold_sound({"format": {"start_time": container_start}}, stream, windows)


def _seconds(start: str, duration: str) -> SoundSpan:
    return SoundSpan(start_s=Fraction(start), duration_s=Fraction(duration))


def test_first_and_last_packet_make_the_span() -> None:
    """Times count from the container's start."""
    lines = [_line("10.500000"), _line("10.520000"), _line("10.540000", "0.010000")]
    assert _span(lines, container_start="10.000000") == _seconds("0.5", "0.05")


def test_priming_over_several_packets() -> None:
    """3,840 samples are 80 ms, four packets of Opus: what follows is the first sound."""
    lines = [
        _line("-0.080000", more=_skips(3_840, 0)),
        *(_line(f"{n / 50:.6f}") for n in range(-3, 5)),
    ]
    assert _span(lines) == _seconds("0", "0.1")


def test_padding_of_a_packet_that_keeps_its_length() -> None:
    """MP3 tells how much of its last frame is padding: 480 samples are 10 ms."""
    assert _span([_line("0.000000"), _line("0.020000", more=_skips(0, 480))]) == _seconds(
        "0", "0.03"
    )


def test_padding_of_a_packet_that_is_shorter_for_it() -> None:
    """Ogg has taken it off the duration: it is not taken twice."""
    lines = [_line("0.000000"), _line("0.020000", "0.010000", _skips(0, 480))]
    assert _span(lines) == _seconds("0", "0.03")


def test_packets_that_an_edit_list_leaves_out() -> None:
    """They are not heard, at the start and at the end."""
    lines = [
        _line("-0.020000", flags="KD_", more=_skips(960, 0)),
        _line("0.000000"),
        _line("0.020000"),
        _line("0.040000", flags="KD_"),
    ]
    assert _span(lines) == _seconds("0", "0.04")


def test_priming_that_ends_within_a_packet() -> None:
    """The stream's own start time tells what the packet does not."""
    lines = [_line("-0.005000"), _line("0.015000")]
    assert _span(lines, stream_start="0.000000") == _seconds("0", "0.035")


def test_the_ends_are_in_two_windows() -> None:
    """The first gives the start, the last the end."""
    assert _span([_line("0.000000")], [_line("9.000000"), _line("9.020000")]) == _seconds(
        "0", "9.04"
    )


def test_nothing_is_heard() -> None:
    """No packets, none that is shown, an empty tail, or nothing between start and end."""
    assert _span([]) is None
    assert _span([_line("0.000000", flags="KD_")]) is None
    assert _span([_line("0.000000")], []) is None
    assert _span([_line("N/A")]) is None
    assert _span([_line("0.000000", more=_skips(960, 0))]) is None
