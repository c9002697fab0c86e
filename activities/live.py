"""What is live must not be touched."""

from __future__ import annotations

from adapters.services import Services
from transcoding.job.paths import RenditionFolder


def is_live(services: Services, folder: RenditionFolder) -> bool:
    """Tell whether a release refers to a folder: nothing there is written or removed any more.

    A record that cannot be read is left to planning (`may_be_live`), which then gives a folder
    that has all of its chunks, or a new one.
    """
    referred = services.stores.releases.folders_referred(folder.name, folder.source_key)
    return folder.relative in referred.folders


def may_be_live(services: Services, folder: RenditionFolder) -> bool:
    """Tell whether a release refers to a folder, or may do so: not all records can be read."""
    return folder.relative in services.stores.releases.folders_referred(
        folder.name, folder.source_key
    )
