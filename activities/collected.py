"""What `collect_chunks` leaves for the steps after it."""

from __future__ import annotations

from adapters.services import Services
from transcoding.errors import EncodeAgain
from transcoding.job.collected import Collected
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan


def read_collected(services: Services, plan: Plan) -> Collected:
    """Return what `collect` has kept.

    Raises:
        EncodeAgain: it is gone or cannot be read.
    """
    collected = services.stores.notes.read_collected(WorkFolder.of(plan.job), Collected)
    if collected is None:
        raise EncodeAgain("the joined done-markers are gone", on=plan.job.name)
    return collected
