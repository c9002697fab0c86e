"""The triggers' services, on a real Azurite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters import services as services_module
from adapters.services import Services, services
from devhost.azurite import AzuriteProcess
from tests.storage import settings_for


@pytest.fixture
def tools(azurite: AzuriteProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Services whose uploads are where the trigger is bound by default."""
    settings = settings_for(azurite, uploads_container="uploads")
    monkeypatch.setattr(services_module, "load_settings", lambda: settings)
    services.cache_clear()
    services().store.ensure_containers()
    yield services()
    services.cache_clear()
