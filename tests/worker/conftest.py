"""An app on a real Azurite, taken up by each version of the worker."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from adapters.settings import Settings
from devhost.azurite import AzuriteProcess
from tests.storage import settings_for


@pytest.fixture(scope="module")
def settings(azurite: AzuriteProcess) -> Settings:
    """The settings of the app that a worker takes up, with containers of its own."""
    return settings_for(azurite)


@pytest.fixture(scope="module")
def app_settings(azurite: AzuriteProcess, settings: Settings) -> Mapping[str, str]:
    """The same as the worker gets them."""
    return {
        "UPLOADS_STORAGE": azurite.connection_string,
        "DELIVERY_STORAGE": azurite.connection_string,
        "VOD_UPLOADS_CONTAINER": settings.uploads_container,
        "VOD_VIDEOS_CONTAINER": settings.videos_container,
        "VOD_WORK_CONTAINER": settings.work_container,
        "VOD_FAILED_CONTAINER": settings.failed_container,
    }
