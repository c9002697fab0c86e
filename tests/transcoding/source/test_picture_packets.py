"""Tests of folding the packets of a picture track, however many there are."""

from __future__ import annotations

import gc
from fractions import Fraction
from typing import Any

import pytest

from tests.transcoding.source.recorded import fold_pictures
from transcoding.source.picture_packets import PictureWindow, packet_times


def _seconds(*values: float | str) -> tuple[Fraction, ...]:
    return tuple(Fraction(value) for value in values)


def _probe(start: str = "0.000000", **stream: Any) -> dict[str, Any]:
    return {
        "format": {"format_name": "mov,mp4", "start_time": start},
        "streams": [{"index": 0, "codec_type": "video", **stream}],
    }


def _packets(*packets: str) -> list[str]:
    """Return ffprobe's lines from pts (or -), dts and flags of each packet."""
    lines = []
    for packet in packets:
        pts, dts, flags = packet.split()
        lines.append(
            f"pts_time={'N/A' if pts == '-' else pts}|dts_time={dts}|duration_time=0.500000"
            f"|flags={flags}"
        )
    return lines


def test_times_are_sorted_and_relative() -> None:
    """Decoding order is not the order on screen."""
    window = _packets("10.0 9.0 K__", "11.5 9.5 ___", "10.5 10.0 ___", "11.0 10.5 ___")
    times = fold_pictures(_probe(start="10.0"), [window])
    assert times.head == times.tail == _seconds(0, 0.5, 1, 1.5)
    assert times.middle == ()
    assert times.last_duration_s == Fraction(1, 2)


def test_discarded_packets_are_counted_and_left_out() -> None:
    """An edit list starts between two keyframes."""
    window = _packets("-1.0 -1.0 KD_", "-0.5 -0.5 _D_", "0.0 0.0 ___", "0.5 0.5 ___")
    times = fold_pictures(_probe(), [window])
    assert times.head == _seconds(0, 0.5)
    assert times.discarded_count == 2


def test_pictures_before_the_first_keyframe_are_left_out() -> None:
    """They and the pictures that lean on them cannot be decoded."""
    window = _packets("1.0 0.0 ___", "3.0 0.5 K__", "2.5 1.0 ___", "3.5 1.5 ___")
    assert fold_pictures(_probe(), [window]).head == _seconds(3, 3.5)


def test_missing_times_come_from_decoding_times() -> None:
    """AVI: the decoder holds back one picture, so each is shown half a second later."""
    window = _packets("- 0.0 K__", "- 0.5 ___", "1.0 1.0 ___", "- 1.5 ___")
    times = fold_pictures(_probe(has_b_frames=1), [window])
    assert times.head == _seconds(0.5, 1, 1.5, 2)


def test_cut_windows_lose_what_may_have_holes() -> None:
    """16 pictures at each cut: near it, one between two others may be missing."""
    lines = [f"{n / 2} {n / 2} K__" for n in range(100)]
    times = fold_pictures(_probe(), [_packets(*lines)] * 3)
    assert (times.head[0], times.head[-1]) == _seconds(0, 41.5)
    assert (times.middle[0], times.middle[-1]) == _seconds(8, 41.5)
    assert (times.tail[0], times.tail[-1]) == _seconds(8, 49.5)


def test_nothing_was_read() -> None:
    """A file that is cut short gives no packets at its end."""
    times = fold_pictures(_probe(), [[], [], []])
    assert times.head == times.tail == ()
    assert times.last_duration_s == 0


def test_two_windows_are_a_mistake() -> None:
    """The answers must be those to the intervals that were asked for."""
    with pytest.raises(ValueError, match="not 2"):
        fold_pictures(_probe(), [[], []])


def _line(number: int, step_us: int = 40_000) -> str:
    time = f"{number * step_us // 1_000_000}.{number * step_us % 1_000_000:06}"
    return f"pts_time={time}|dts_time={time}|duration_time=0.040000|flags=___"


def _held(value: object) -> int:
    """Count the numbers that a value holds, at any depth; what classes hold is not its own."""
    seen: set[int] = set()
    waiting, numbers = [value], 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        numbers += isinstance(one, int)
        waiting.extend(gc.get_referents(one))
    return numbers


def test_memory_stays_flat() -> None:
    """A million packets, 11 hours at 25 a second: never more than 20,000 numbers are held."""
    window = PictureWindow(_probe(), is_first=True)
    window.take(_line(0).replace("___", "K__"))
    held = []
    for number in range(1, 1_000_000):
        window.take(_line(number))
        if number % 150_000 == 0:
            held.append(_held(window))
    assert len(held) == 6
    assert max(held) < 20_000
    times = packet_times([window])
    assert (times.head[0], times.tail[-1]) == _seconds(0, "39999.96")
    assert times.picture_count == 1_000_000


def test_discards_without_end_stay_flat() -> None:
    """A hostile edit list may leave out everything; it is counted all the same."""
    window = PictureWindow(_probe(), is_first=True)
    for number in range(100_000):
        window.take(_line(number).replace("___", "_D_"))
    assert _held(window) < 20_000
    assert packet_times([window]).discarded_count == 100_000


def test_a_long_file_that_is_read_whole_is_kept_in_three_parts() -> None:
    """The first and last 2,000 pictures, and some of the middle; all are counted."""
    times = fold_pictures(_probe(), [[_line(n) for n in range(100_000)]])
    assert (times.head[0], times.head[-1]) == _seconds(0, "79.96")
    assert len(times.head) == 2_000
    assert (times.tail[0], times.tail[-1]) == _seconds(3_920, "3999.96")
    # 16 pictures at each cut are unsure.
    assert (times.middle[0], len(times.middle)) == (Fraction("1920.64"), 468)
    assert times.picture_count == 100_000
    assert times.longest_step_s == Fraction(1, 25)


def test_the_longest_step_of_a_long_file_is_found_wherever_it_is() -> None:
    """A minute without a picture lies in none of the three parts, in decoding order too."""
    order = [*range(0, 30_000), *range(31_500, 60_000)]
    order = [order[n + (1, -1)[n % 2]] for n in range(len(order))]
    times = fold_pictures(_probe(), [[_line(n) for n in order]])
    assert times.longest_step_s == Fraction("60.04")
    assert times.picture_count == 58_500


def test_a_picture_that_is_listed_twice_counts_once() -> None:
    """Two fields of one picture may have a packet each, with the same time."""
    times = fold_pictures(_probe(), [[_line(n // 2) for n in range(10_000)]])
    assert times.picture_count == 5_000


def test_a_keyframe_that_comes_late_starts_the_count_anew() -> None:
    """Ten minutes of pictures that cannot be decoded are forgotten, but for the keyframe's own."""
    lines = [_line(n) for n in range(20_000)]
    lines[15_000] = lines[15_000].replace("___", "K__")
    # A picture that is shown after the keyframe comes before it.
    lines[14_999], lines[15_001] = lines[15_001], lines[14_999]
    times = fold_pictures(_probe(), [lines])
    assert (times.head[0], times.tail[-1]) == _seconds(600, "799.96")
    assert times.head[:3] == _seconds(600, "600.04", "600.08")
    assert times.picture_count == 5_000


def test_decoding_times_count_to_the_end() -> None:
    """The one packet without a presentation time comes last, and changes what all are read by."""
    lines = [_line(n) for n in range(5_000)]
    lines[-1] = lines[-1].replace("pts_time=199.960000", "pts_time=N/A")
    times = fold_pictures(_probe(has_b_frames=1), [lines])
    assert (times.head[0], times.tail[-1]) == _seconds("0.04", 200)
    assert times.picture_count == 5_000
