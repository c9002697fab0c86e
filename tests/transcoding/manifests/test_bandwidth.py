"""Peak and average rates, against a slow and obvious calculation."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcoding.renditions import segments_of
from transcoding.manifests.bandwidth import average_bps, peak_bps


def test_average_is_bits_by_time() -> None:
    """3,000 bytes in 12 s are 2,000 bit/s."""
    assert average_bps(segments_of((4_000, 1_000), (4_000, 1_000), (4_000, 1_000)), 1_000) == 2_000


def test_average_is_exact_and_rounded_up() -> None:
    """1,000 bytes in 4.004 s are 1998.002 bit/s, written as 1999."""
    assert average_bps(segments_of((120_120, 1_000)), 30_000) == 1_999


def test_peak_is_the_largest_segment_where_segments_are_of_target_duration() -> None:
    """Runs of two 4 s segments are longer than 1.5 targets, so that single ones count."""
    segments = segments_of((4_000, 1_000), (4_000, 3_000), (4_000, 2_500))
    assert peak_bps(segments, 1_000, 4) == 6_000


def test_short_segments_count_only_in_runs_of_half_a_target() -> None:
    """A last segment of 1 s with 8,000 bit/s counts together with the 4 s before it."""
    segments = segments_of((4_000, 1_000), (4_000, 1_000), (1_000, 1_000))
    assert peak_bps(segments, 1_000, 4) == 3_200


def test_bounds_of_a_run_are_inclusive() -> None:
    """Exactly half a target and exactly one and a half both count."""
    assert peak_bps(segments_of((2_000, 1_000), (4_000, 500)), 1_000, 4) == 4_000
    assert peak_bps(segments_of((1_999, 1_000), (4_001, 500)), 1_000, 4) == 2_000


def test_video_shorter_than_half_a_target_has_its_average_as_peak() -> None:
    """0.4 s with 1,000 bytes are 20,000 bit/s, though no run is as long as 0.5 s."""
    assert peak_bps(segments_of((400, 1_000)), 1_000, 1) == 20_000


def test_nothing_has_no_rate() -> None:
    """Without a duration there is no rate to state."""
    with pytest.raises(ValueError, match="without a duration"):
        peak_bps((), 1_000, 4)
    with pytest.raises(ValueError, match="without a duration"):
        average_bps(segments_of((0, 1_000)), 1_000)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    shapes=st.lists(
        st.tuples(st.integers(1, 9_000), st.integers(0, 100_000)), min_size=1, max_size=30
    ),
    target_s=st.integers(1, 9),
)
def test_peak_agrees_with_trying_every_run(shapes: list[tuple[int, int]], target_s: int) -> None:
    """The peak is the largest rate among all runs of 0.5 to 1.5 target durations."""
    rates = []
    for start in range(len(shapes)):
        for end in range(start + 1, len(shapes) + 1):
            seconds = Fraction(sum(ticks for ticks, _ in shapes[start:end]), 1_000)
            if Fraction(target_s, 2) <= seconds <= Fraction(3 * target_s, 2):
                rates.append(8 * sum(size for _, size in shapes[start:end]) / seconds)

    peak = peak_bps(segments_of(*shapes), 1_000, target_s)

    if rates:
        assert peak == ceil(max(rates))
    else:
        assert peak == average_bps(segments_of(*shapes), 1_000)


def test_ten_thousand_segments() -> None:
    """11 hours of 4 s segments, one of them large."""
    shapes = [(4_000, 1_000)] * 10_000
    shapes[7_777] = (4_000, 5_000)
    assert peak_bps(segments_of(*shapes), 1_000, 4) == 10_000
