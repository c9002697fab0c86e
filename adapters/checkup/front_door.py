"""Whether Front Door accepts a purge from the app."""

from __future__ import annotations

from adapters.checkup.examination import Finding, passed, skipped
from adapters.front_door import FrontDoorPurger
from adapters.settings import FrontDoor
from transcoding.job import paths


def try_purge(front_door: FrontDoor | None, videos_container: str) -> Finding:
    """Start a purge of a path where nothing is published.

    Raises:
        PurgeFailed: it was refused.
    """
    if front_door is None:
        return skipped("no Front Door is configured: nothing is purged")
    path = paths.url_path(videos_container, paths.checkup_blob("purged"))
    state = FrontDoorPurger(front_door).start([path])
    if state.status == "running" and not state.token:
        return passed(f"a purge is allowed; just now {state.detail}")
    return passed(f"a purge of {front_door.endpoint} was accepted")
