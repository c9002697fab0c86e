"""Storage as the doctor tries it, against a real Azurite: roles and clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.settings import Settings, UploadsConnection
from cli.doctor.patient import AzureNames, patient
from cli.doctor.storage import clock, judge_date, may_read_and_write
from cli.doctor.visit import Step, Visit, go_through
from devhost.azurite import AzuriteProcess
from tests.cli.doctor.builders import a_visit, make_containers, some_settings
from tests.containers import containers_of
from transcoding.reporting.checkup import Check

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def tried(visit: Visit) -> Check:
    """Return what comes of trying to read and write."""
    go_through(visit, (Step("storage", may_read_and_write),))
    return visit.checks[-1]


def test_uploads_that_may_be_written_are_not_written(settings: Settings) -> None:
    """The try is a write that no blob allows: nothing is there afterwards, no job would start."""
    make_containers(settings)
    check = tried(a_visit(settings))
    assert (check.status, check.found) == ("ok", f"container {settings.uploads_container}")
    assert containers_of(settings).uploads.list("") == []


def test_a_container_that_is_missing_is_told(settings: Settings) -> None:
    """Nothing is made here: an app that runs has made it."""
    check = tried(a_visit(settings))
    assert check.status == "failed"
    assert check.found == f"read and write: it is not there ({settings.uploads_container})"
    assert "VOD_UPLOADS_CONTAINER" in check.advice


def test_an_identity_without_a_role_is_told_which(
    settings: Settings, azurite: AzuriteProcess
) -> None:
    """403 names the role."""
    make_containers(settings)
    wrong = azurite.connection_string.replace("AccountKey=Eby8", "AccountKey=AAAA")
    other = settings.model_copy(update={"uploads": UploadsConnection(connection_string=wrong)})
    check = tried(a_visit(other))
    assert check.found.startswith("read and write: HTTP 403")
    assert "Storage Blob Data Contributor" in check.advice


def test_storage_that_does_not_answer_is_told() -> None:
    """No answer is no crash, and says how to start the local one."""
    check = tried(a_visit(some_settings()))
    assert check.found.startswith("read and write: no storage answers")
    assert "make start" in check.advice


def test_the_clock_of_this_machine_is_that_of_storage(settings: Settings) -> None:
    """Azurite runs on the same machine; that nothing else is allowed does not matter."""
    check = clock(a_visit(settings))
    assert (check.status, check.found) == ("ok", "0 s apart from storage's")


@pytest.mark.parametrize(
    ("date", "status", "found"),
    [
        ("Wed, 25 Nov 2026 12:00:00 GMT", "ok", "0 s apart from storage's"),
        ("Wed, 25 Nov 2026 12:00:04 GMT", "ok", "2 s apart from storage's"),
        ("Wed, 25 Nov 2026 12:05:02 GMT", "ok", "300 s apart from storage's"),
        (
            "Wed, 25 Nov 2026 12:05:03 GMT",
            "failed",
            "this machine's is 301 s behind storage's; 300 s is the most",
        ),
        (
            "Wed, 25 Nov 2026 11:30:00 GMT",
            "failed",
            "this machine's is 1799 s ahead of storage's; 300 s is the most",
        ),
        ("yesterday", "skipped", "storage does not tell the time"),
        ("", "skipped", "storage does not tell the time"),
    ],
)
def test_clocks_that_are_apart(date: str, status: str, found: str) -> None:
    """The answer was made in one whole second, between the request and now, 2 s later."""
    check = judge_date({"Date": date}, NOON, NOON + timedelta(seconds=2))
    assert (check.status, check.found) == (status, found)
    assert ("NTP" in check.advice) == (status == "failed")


def test_signatures_of_a_connection_string_are_not_lent_to_a_stranger(
    azurite: AzuriteProcess,
) -> None:
    """With one the try would read what nobody else can, and put it into the table."""
    signed = f"BlobEndpoint={azurite.blob_endpoint};SharedAccessSignature=sv=2024&sig=s3cret"
    stores = {"UPLOADS_STORAGE": azurite.connection_string, "DELIVERY_STORAGE": signed}
    assert patient("http://localhost", stores, AzureNames()).delivery_url == azurite.blob_endpoint
