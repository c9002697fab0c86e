"""Lanes: what a job has in flight, as so many lists of units that run one after the other."""

from __future__ import annotations

from transcoding.plan.plan import Plan
from transcoding.values import Value


class LaneWork(Value):
    """What one lane has left to do.

    Attributes:
        lane: its number, counted from 0 up to the plan's `lanes`.
        position: how many of its units are behind it.
    """

    plan: Plan
    lane: int
    position: int = 0

    @property
    def units(self) -> range:
        """The numbers of the units that are left: every so many-th, so that lanes end together."""
        return range(self.lane, self.plan.unit_count, self.plan.lanes)[self.position :]


def lanes_of(plan: Plan) -> tuple[LaneWork, ...]:
    """Return the lanes of a plan: never more than it has units."""
    return tuple(LaneWork(plan=plan, lane=lane) for lane in range(min(plan.lanes, plan.unit_count)))
