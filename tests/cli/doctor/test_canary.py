"""What becomes of the canary in the end: removed, or told with how to remove it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from adapters.memory.clock import ManualClock
from adapters.settings import Settings
from cli.app_client import AppClient
from cli.doctor.canary import Canary
from cli.doctor.patient import AzureNames, Patient
from devhost.azurite import AzuriteProcess
from tests.adapters.checkup.test_storage import Refusing
from tests.cli.doctor.builders import make_containers
from tests.cli.doctor.stand_in import KEY, StandInApp
from tests.containers import containers_of
from tests.storage import settings_for


@pytest.fixture
def settings(azurite: AzuriteProcess) -> Settings:
    made = settings_for(azurite)
    make_containers(made)
    return made


@pytest.fixture
def app(settings: Settings) -> Iterator[StandInApp]:
    with StandInApp(settings) as running:
        yield running


def a_canary(app: StandInApp, settings: Settings) -> tuple[Canary, ManualClock]:
    """Return one of which something may be there, and its clock."""
    patient, clock = Patient(app.address, settings, AzureNames(), ""), ManualClock()
    canary = Canary(patient, AppClient(app.address, KEY), clock=clock)
    canary.is_there = True
    return canary, clock


def cleaned_up(canary: Canary) -> list[str]:
    """Return the lines that are told of it."""
    told = io.StringIO()
    canary.clean_up(Console(file=told, width=1_000))
    return told.getvalue().splitlines()


def a_removal(purge: str = "done", detail: str = "purged", **changes: Any) -> dict[str, Any]:
    return {
        "name": "a",
        "upload": True,
        "stable_files": 6,
        "source_files": 20,
        "is_complete": True,
        "purge": {"status": purge, "detail": detail},
        **changes,
    }


def test_what_is_removed_is_told(app: StandInApp, settings: Settings) -> None:
    """That it begins, and that nothing is left: whoever has pressed Ctrl-C wants to know."""
    app.removal = (200, a_removal())
    canary, _ = a_canary(app, settings)
    assert cleaned_up(canary) == [
        f"removing the canary {canary.name}",
        f"removed: {canary.name}",
    ]
    assert not canary.is_there


def test_a_purge_that_failed_is_told(app: StandInApp, settings: Settings) -> None:
    """All is gone from storage, and what Front Door keeps plays on."""
    app.removal = (200, a_removal("failed", "start a purge: HTTP 403"))
    canary, _ = a_canary(app, settings)
    assert cleaned_up(canary)[1:] == [
        f"purge failed: {canary.name} is removed, and Front Door may still play what it keeps"
        f" (start a purge: HTTP 403); {canary.how_to_remove()}"
    ]


def test_an_upload_that_cannot_be_removed_is_told(app: StandInApp) -> None:
    """The app may look at another account: that it is content says nothing of the upload."""
    app.removal = (200, a_removal())
    with Refusing(403, "AuthorizationPermissionMismatch") as refusing:
        settings = Settings(uploads=refusing.connection, delivery=refusing.connection)
        canary, _ = a_canary(app, settings)
        (line,) = cleaned_up(canary)[1:]
    assert line.startswith(f"left: {canary.name} (storage: delete the upload: 403 ")
    assert line.endswith(canary.how_to_remove())


def test_an_upload_that_is_gone_is_not_left(app: StandInApp, settings: Settings) -> None:
    """Also where the app knows nothing of it, and the user's own identity has removed it."""
    canary, _ = a_canary(app, settings)
    containers_of(settings).uploads.put(canary.name, b"clip", content_type="video/mp4")
    assert cleaned_up(canary)[1:] == [f"removed: {canary.name}"]
    assert containers_of(settings).uploads.list("") == []


def test_a_removal_in_parts_leaves_the_app_its_time(app: StandInApp, settings: Settings) -> None:
    """Two seconds between two calls; the last one says how it went."""
    parts = [a_removal(is_complete=False), a_removal(is_complete=False), a_removal()]
    app.removals = [(202, part) for part in parts]
    canary, clock = a_canary(app, settings)
    canary.remove()
    assert app.asked == ["DELETE /api/videos"] * 3
    assert clock.slept_s == [2.0, 2.0]
    assert canary.removal is not None
    assert canary.removal.is_complete


def test_one_account_serves_all_who_ask(app: StandInApp, settings: Settings) -> None:
    """Each that is made signs in anew, which with `az` is a process of its own."""
    patient = Patient(app.address, settings, AzureNames(), "")
    assert patient.uploads is patient.uploads
    canary = Canary(patient, AppClient(app.address, KEY))
    assert canary._uploads.credential is patient.uploads.client.credential
