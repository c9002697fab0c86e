"""Tests of telling a constant rate from a variable one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from transcoding.source.pacing import (
    PacketTimes,
    longest_step_s,
    measure_rate,
    positive_fraction,
    seconds_or_zero,
)


def _times(*windows: list[Fraction], discarded_count: int = 0) -> PacketTimes:
    head, middle, tail = windows if len(windows) == 3 else (windows[0], [], windows[0])
    return PacketTimes(
        head=tuple(head),
        middle=tuple(middle),
        tail=tuple(tail),
        last_duration_s=Fraction(1, 25),
        discarded_count=discarded_count,
    )


def _grid(rate: Fraction, first: int, count: int) -> list[Fraction]:
    return [n / rate for n in range(first, first + count)]


def _stream(rate: str, average: str | None = None, frames: int | None = None) -> dict[str, str]:
    stream = {"r_frame_rate": rate, "avg_frame_rate": average or rate}
    return stream | ({"nb_frames": str(frames)} if frames else {})


NTSC = Fraction(30000, 1001)


def test_a_constant_rate() -> None:
    """Every place of the grid has one picture in all three windows."""
    windows = [_grid(NTSC, 0, 100), _grid(NTSC, 5_000, 100), _grid(NTSC, 9_900, 100)]
    assert measure_rate(_stream("30000/1001"), _times(*windows)) == (NTSC, True)


def test_milliseconds_are_no_jitter() -> None:
    """Matroska rounds the times of a constant 59.94 to 16 and 17 ms steps."""
    rate = Fraction(60000, 1001)
    rounded = [Fraction(round(t * 1000), 1000) for t in _grid(rate, 0, 300)]
    assert measure_rate(_stream("19001/317"), _times(rounded)) == (rate, True)


def test_a_phone_s_jitter_is_no_variable_rate() -> None:
    """A tick of 1/600 s to either side: every picture is still alone on its place."""
    jittered = [t + Fraction((n * n) % 3 - 1, 600) for n, t in enumerate(_grid(NTSC, 0, 200))]
    assert measure_rate(_stream("30000/1001", "27000/901"), _times(jittered)) == (NTSC, True)


def test_field_rates_are_no_frame_rates() -> None:
    """MPEG names the field rate: 60 claimed, 30 there."""
    assert measure_rate(_stream("60/1", "30/1"), _times(_grid(Fraction(30), 0, 90))) == (
        Fraction(30),
        True,
    )


def test_wrong_claims_are_overruled() -> None:
    """Neither claim fits, the pictures themselves do."""
    times = _times(_grid(Fraction(24), 0, 96))
    assert measure_rate(_stream("90000/1", "0/0"), times) == (Fraction(24), True)


def test_a_hole_in_a_window_makes_the_rate_variable() -> None:
    """The grid stays that of the rate, and the hole is filled by repetition."""
    holed = [t for n, t in enumerate(_grid(Fraction(30), 0, 120)) if not 50 <= n < 60]
    assert measure_rate(_stream("30/1"), _times(holed)) == (Fraction(30), False)


def test_a_hole_between_windows_shows_in_the_count() -> None:
    """The index counts fewer pictures than the grid has places."""
    windows = [_grid(Fraction(25), first, 100) for first in (0, 500, 900)]
    assert measure_rate(_stream("25/1", frames=1_000), _times(*windows)) == (Fraction(25), True)
    assert measure_rate(_stream("25/1", frames=990), _times(*windows)) == (Fraction(25), False)


def test_a_hole_between_windows_shows_where_every_picture_was_read() -> None:
    """WebM without an index: the windows are full, and 10 of 1,000 pictures are in neither."""
    windows = [_grid(Fraction(25), first, 100) for first in (0, 500, 900)]
    read = _times(*windows).model_copy(
        update={"picture_count": 990, "longest_step_s": Fraction(11, 25)}
    )
    assert measure_rate(_stream("25/1"), read) == (Fraction(25), False)
    assert longest_step_s(read) == Fraction(11, 25)
    assert measure_rate(_stream("25/1"), read.model_copy(update={"picture_count": 1_000})) == (
        Fraction(25),
        True,
    )


def test_a_count_with_pictures_that_are_cut_away() -> None:
    """An edit list hides pictures that the index counts."""
    times = _times(_grid(Fraction(25), 0, 50), discarded_count=13)
    assert measure_rate(_stream("25/1", frames=63), times) == (Fraction(25), True)


def test_a_slow_drift_makes_the_rate_variable() -> None:
    """30.02 fps claimed as 30: steady in each window, half a frame off in the middle."""
    rate = Fraction(3002, 100)
    windows = [_grid(rate, first, 100) for first in (0, 700, 1_400)]
    found, is_constant = measure_rate(_stream("30/1", "3002/100"), _times(*windows))
    assert (found, is_constant) == (Fraction(30), False)


def test_a_screen_recording_gets_the_rate_of_its_busiest_window() -> None:
    """Bursts of 30 fps in long stillness: an average of 4 must not make them stutter."""
    still = [Fraction(n) + Fraction(n % 3, 7) for n in range(4)]
    busy = [t + 100 for t in _grid(Fraction(30), 0, 120)]
    late = [t + 200 for t in still]
    found, is_constant = measure_rate(_stream("90000/1", "4/1"), _times(still, busy, late))
    assert (found, is_constant) == (Fraction(30), False)


@pytest.mark.parametrize("claim", ["0/0", "", "90000/1", "-25/1", "N/A"])
def test_nonsense_claims_do_no_harm(claim: str) -> None:
    """A rate comes out whatever the header says, between 1 and 60."""
    one_picture = _times([Fraction(0)])
    rate, _ = measure_rate(_stream(claim), one_picture)
    assert 1 <= rate <= 60


def test_slides_are_shown_at_one_frame_a_second() -> None:
    """A picture every 10 s would make segments of 10 s."""
    slides = _times(_grid(Fraction(1, 10), 0, 12))
    assert measure_rate(_stream("1/10"), slides) == (Fraction(1), False)
    assert longest_step_s(slides) == 10


def test_the_longest_step_of_a_single_picture() -> None:
    """One picture has no step."""
    assert longest_step_s(_times([Fraction(3)])) == 0


def test_numbers_as_ffprobe_writes_them() -> None:
    """Ratios and seconds, some of them missing."""
    assert positive_fraction("30000/1001") == NTSC
    assert positive_fraction("0/0") is None
    assert seconds_or_zero("-0.023") == Fraction("-0.023")
    assert seconds_or_zero("N/A") == seconds_or_zero(None) == 0
