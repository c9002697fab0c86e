"""The triggers' services, on a real Azurite."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.memory.stores import memory_containers, memory_stores
from adapters.memory.wrapped import FailingContainer
from adapters.services import Services, make_services
from adapters.settings import Settings
from adapters.storage.places import make_places
from triggers.on_poison import POISON_QUEUE


@pytest.fixture
def tools(settings: Settings) -> Services:
    """Services with containers of the test's own."""
    make_places(settings, POISON_QUEUE)
    return make_services(settings)


@pytest.fixture
def silent_uploads() -> FailingContainer:
    """A container of uploads that does not answer."""
    return FailingContainer(memory_containers().uploads, at=1)


@pytest.fixture
def silent(tools: Services, silent_uploads: FailingContainer) -> Services:
    """Services whose uploads cannot be looked at."""
    kept = replace(memory_containers(), uploads=silent_uploads)
    return replace(tools, stores=memory_stores(kept))
