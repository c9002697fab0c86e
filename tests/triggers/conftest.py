"""The triggers' services, on a real Azurite."""

from __future__ import annotations

import pytest

from adapters.services import Services, make_services
from adapters.settings import Settings
from adapters.storage.container import BlobContainer, BlobProperties
from adapters.storage.store import BlobStore
from transcoding.errors import StorageFailed


@pytest.fixture
def tools(settings: Settings) -> Services:
    """Services with containers of the test's own."""
    made = make_services(settings)
    made.store.ensure_containers()
    return made


class SilentContainer(BlobContainer):
    """A container that does not answer.

    Attributes:
        asked: how often it was asked for something.
    """

    def __init__(self) -> None:
        self.asked = 0

    def properties(self, path: str) -> BlobProperties | None:
        self.asked += 1
        raise StorageFailed("storage: read properties", on=path, advice="503 Server Busy")


class SilentStore(BlobStore):
    """A store whose uploads cannot be looked at."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.uploads: SilentContainer = SilentContainer()


@pytest.fixture
def silent(settings: Settings) -> SilentStore:
    return SilentStore(settings)
