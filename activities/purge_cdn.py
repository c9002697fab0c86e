"""Step: start a Front Door purge of the stable names, or ask after one."""

from __future__ import annotations

import azure.durable_functions as df

from activities.runner import run_step
from adapters.front_door import FrontDoorPurger, not_configured
from adapters.services import Services
from transcoding.job import paths
from transcoding.job.messages import Purge, PurgeState

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def purge_cdn(message: dict) -> dict:
    """Purge -> PurgeState."""
    return run_step("purge_cdn", message, Purge, purge)


def purge(services: Services, request: Purge) -> PurgeState:
    """Start a purge, or ask after the one whose token is given.

    Everything else under a video is immutable and never purged.

    Raises:
        PurgeFailed: Front Door refused; worth another attempt.
    """
    settings = services.settings
    if settings.front_door is None:
        return not_configured()
    purger = FrontDoorPurger(settings.front_door)
    if request.token:
        return purger.poll(request.token)
    return purger.start(
        [
            paths.url_path(settings.videos_container, paths.stable(request.job.name, file))
            for file in paths.STABLE_NAMES
        ]
    )
