"""Settings and stores on Azurite, in containers of the test's own."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from adapters.settings import Settings, UploadsConnection
from adapters.storage.places import make_places
from adapters.storage.stores import Stores, make_stores
from devhost.azurite import AzuriteProcess
from triggers.on_poison import POISON_QUEUE


def settings_for(azurite: AzuriteProcess, **changes: Any) -> Settings:
    """Return settings with fresh container names on this Azurite."""
    unique = uuid.uuid4().hex[:8]
    connection = UploadsConnection(connection_string=azurite.connection_string)
    names = {f"{kind}_container": f"{kind}-{unique}" for kind in ("uploads", "videos", "work")}
    values: dict[str, Any] = {
        "uploads": connection,
        "delivery": connection,
        "failed_container": f"failed-{unique}",
        **names,
    }
    return Settings(**values | changes)


@pytest.fixture
def settings(azurite: AzuriteProcess) -> Settings:
    return settings_for(azurite)


@pytest.fixture
def stores(settings: Settings) -> Stores:
    """Stores whose four containers exist and are empty."""
    make_places(settings, POISON_QUEUE)
    return make_stores(settings)
