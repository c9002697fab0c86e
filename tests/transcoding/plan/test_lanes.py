"""Lanes: every unit in one of them, once, in the plan's order."""

from __future__ import annotations

import pytest

from tests.orchestrators.plans import a_plan_of
from transcoding.plan.lanes import lanes_of


def test_five_units_in_two_lanes() -> None:
    """Units go round the lanes, so that the first are done first and lanes end together."""
    lanes = lanes_of(a_plan_of(5, lanes=2))
    assert [list(lane.units) for lane in lanes] == [[0, 2, 4], [1, 3]]


def test_what_is_behind_a_lane_is_left_out() -> None:
    """Position counts the lane's own units; at its end nothing is left."""
    lane = lanes_of(a_plan_of(50, lanes=3))[1]
    assert list(lane.model_copy(update={"position": 14}).units) == [43, 46, 49]
    assert list(lane.model_copy(update={"position": 17}).units) == []


@pytest.mark.parametrize(
    ("units", "lanes", "used", "longest", "shortest"),
    [
        (1, 1, 1, 1, 1),
        (1, 200, 1, 1, 1),
        (7, 7, 7, 1, 1),
        (40, 2, 2, 20, 20),
        (41, 2, 2, 21, 20),
        (73, 2, 2, 37, 36),
        (1000, 16, 16, 63, 62),
        (28_080, 1000, 1000, 29, 28),
    ],
)
def test_every_unit_is_in_one_lane(
    units: int, lanes: int, used: int, longest: int, shortest: int
) -> None:
    """None is left out or twice there, no lane is empty, and no lane is longer by two."""
    work = lanes_of(a_plan_of(units, lanes=lanes))
    lengths = [len(lane.units) for lane in work]
    assert (len(work), max(lengths), min(lengths)) == (used, longest, shortest)
    assert sorted(number for lane in work for number in lane.units) == list(range(units))
