"""Recorded telemetry, for whatever tells of it."""

from __future__ import annotations

import pytest

from tests.adapters.recorded import Recorded


@pytest.fixture(scope="session")
def all_recorded() -> Recorded:
    """OpenTelemetry takes its providers once in a process."""
    return Recorded()


@pytest.fixture
def recorded(all_recorded: Recorded) -> Recorded:
    all_recorded.clear()
    return all_recorded
