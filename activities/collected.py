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
        EncodeAgain: it is gone, cannot be read, or is that of another plan: an attempt that was
            frozen while the job was planned anew has written it.
    """
    collected = services.stores.notes.read_collected(WorkFolder.of(plan.job), Collected)
    if collected is None or collected.records.keys() != {track.key for track in plan.tracks}:
        raise EncodeAgain("the joined done-markers are gone", on=plan.job.name)
    return collected
