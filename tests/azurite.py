"""The storage that tests run against: a real Azurite, on free ports, in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devhost.azurite import AzuriteProcess


@pytest.fixture(scope="session")
def azurite() -> Iterator[AzuriteProcess]:
    """Run Azurite for the whole session; a machine without it fails, it never skips."""
    with AzuriteProcess() as process:
        yield process
