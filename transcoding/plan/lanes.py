"""Lanes: what a job has in flight, as so many lists of units that run one after the other.

Lanes and units travel by name. A lane with the plan in it would be kilobytes, and the parent's
actions carry all lanes in each of its episodes.
"""

from __future__ import annotations

from transcoding.job.messages import Job
from transcoding.plan.plan import Plan, unit_id
from transcoding.values import Value


class UnitName(Value):
    """A unit of a job's plan, which lies in the job's work folder.

    Attributes:
        round: which of the job's plans.
        number: of the unit in it, counted from 0.
    """

    job: Job
    round: int
    number: int

    @property
    def unit_id(self) -> str:
        return unit_id(self.round, self.number)


class LaneWork(Value):
    """What one lane has left to do.

    Attributes:
        round: which of the job's plans.
        lanes, unit_count: of that plan.
        lane: its number, counted from 0.
        position: how many of its units are behind it.
    """

    job: Job
    round: int
    lanes: int
    unit_count: int
    lane: int
    position: int = 0

    @property
    def units(self) -> range:
        """The numbers of the units that are left: every so many-th, so that lanes end together."""
        return range(self.lane, self.unit_count, self.lanes)[self.position :]


def lanes_of(plan: Plan) -> tuple[LaneWork, ...]:
    """Return the lanes of a plan: never more than it has units."""
    return tuple(
        LaneWork(
            job=plan.job,
            round=plan.round,
            lanes=plan.lanes,
            unit_count=plan.unit_count,
            lane=lane,
        )
        for lane in range(min(plan.lanes, plan.unit_count))
    )
