"""What `collect_chunks` leaves for the steps after it."""

from __future__ import annotations

from adapters.services import Services
from transcoding.errors import EncodeAgain
from transcoding.job.collected import Collected
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan


def read_collected(services: Services, plan: Plan) -> Collected:
    """Return what `collect` has kept in this pass over the plan.

    Raises:
        EncodeAgain: it is gone, or cannot be read.
    """
    work = WorkFolder.of(plan.job)
    notes = services.stores.notes
    return _found(plan, notes.read_collected(work, plan.round, plan.pass_number, Collected))


def read_last_collected(services: Services, plan: Plan) -> Collected:
    """Return what `collect` has kept in the last pass over the plan: that which was published.

    Raises:
        EncodeAgain: as `read_collected`.
    """
    work = WorkFolder.of(plan.job)
    return _found(plan, services.stores.notes.read_latest_collected(work, plan.round, Collected))


def _found(plan: Plan, collected: Collected | None) -> Collected:
    if collected is None:
        raise EncodeAgain("the joined done-markers are gone", on=plan.job.name)
    return collected
