"""What is live must not be touched."""

from __future__ import annotations

from adapters.services import Services
from transcoding.job.paths import RenditionFolder


def is_live(services: Services, folder: RenditionFolder) -> bool:
    """Tell whether a release refers to a folder: nothing there is written or removed any more."""
    referred = services.stores.releases.folders_referred(folder.name, folder.source_key)
    return folder.relative in referred
