"""Storage as the doctor tries it, against a real Azurite: roles, clocks, what is open to anyone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import BlobServiceClient

from adapters.settings import Settings, StorageConnection
from cli.doctor.closed import listing, notes, uploads
from cli.doctor.patient import AzureNames, patient
from cli.doctor.storage import clock, judge_clock, may_read_and_write
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
    other = settings.model_copy(update={"uploads": StorageConnection(connection_string=wrong)})
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
        ("Wed, 25 Nov 2026 12:05:03 GMT", "failed", "this machine's is 301 s behind storage's"),
        ("Wed, 25 Nov 2026 11:30:00 GMT", "failed", "this machine's is 1799 s ahead of storage's"),
        ("yesterday", "skipped", "storage does not tell the time"),
        ("", "skipped", "storage does not tell the time"),
    ],
)
def test_clocks_that_are_apart(date: str, status: str, found: str) -> None:
    """The answer was made in one whole second, between the request and now, 2 s later."""
    check = judge_clock({"Date": date}, NOON, NOON + timedelta(seconds=2))
    assert (check.status, check.found) == (status, found)
    assert ("timedatectl" in check.advice) == (status == "failed")


@pytest.fixture
def visit(settings: Settings, azurite: AzuriteProcess) -> Visit:
    """Give a visit to storage with an upload, a note, a dead letter, and a video."""
    made = containers_of(settings)
    make_containers(settings)
    begun = a_visit(settings)
    made.uploads.put(begun.canary.name, b"clip", content_type="video/mp4")
    made.work.put("job/run/plan.json", b"{}", content_type="application/json")
    made.failed.put("a.mp4/job.json", b"{}", content_type="application/json")
    master = f"{begun.canary.name}/master.m3u8"
    made.videos.put(master, b"#EXTM3U", content_type="text/plain")
    begun.canary.master_url = made.videos.url(master)
    return begun


def open_up(azurite: AzuriteProcess, container: str, level: str) -> None:
    """Let anyone read a container's blobs (`blob`), or list them too (`container`)."""
    client = BlobServiceClient.from_connection_string(azurite.connection_string)
    client.get_container_client(container).set_container_access_policy({}, public_access=level)


def test_storage_as_it_should_be_is_closed(visit: Visit) -> None:
    """Videos are read by name and not listed, all else is neither."""
    assert [look(visit).status for look in (listing, uploads, notes)] == ["ok", "ok", "ok"]


def test_videos_that_anyone_may_list_are_told(visit: Visit, azurite: AzuriteProcess) -> None:
    """The advice is the command that closes it."""
    container = visit.patient.settings.videos_container
    open_up(azurite, container, "container")
    check = listing(visit)
    assert check.status == "failed"
    assert check.found == f"HTTP 200 to anyone: {azurite.blob_endpoint}/{container}"
    assert f"set-permission --name {container} --public-access blob" in check.advice


def test_the_account_is_asked_behind_the_public_address(
    visit: Visit, azurite: AzuriteProcess
) -> None:
    """A Front Door that lists nothing does not help an account that does."""
    container = visit.patient.settings.videos_container
    open_up(azurite, container, "container")
    visit.canary.master_url = f"http://127.0.0.1:9/{container}/{visit.canary.name}/master.m3u8"
    assert listing(visit).status == "ok"
    visit.patient = replace(visit.patient, delivery_url=azurite.blob_endpoint)
    assert listing(visit).status == "failed"


@pytest.mark.parametrize("level", ["blob", "container"])
def test_uploads_that_anyone_may_read_are_told(
    visit: Visit, azurite: AzuriteProcess, level: str
) -> None:
    """By name is enough; the advice names the container."""
    container = visit.patient.settings.uploads_container
    open_up(azurite, container, level)
    check = uploads(visit)
    assert check.status == "failed"
    assert check.found.startswith(f"HTTP 200 to anyone: {azurite.blob_endpoint}/{container}")
    assert f"take public access from {container}" in check.advice


@pytest.mark.parametrize("kind", ["work_container", "failed_container"])
@pytest.mark.parametrize("level", ["blob", "container"])
def test_notes_that_anyone_may_read_are_told(
    visit: Visit, azurite: AzuriteProcess, kind: str, level: str
) -> None:
    """A plan or a dead letter is read by its name, which the doctor looks up as the user."""
    open_up(azurite, getattr(visit.patient.settings, kind), level)
    assert notes(visit).status == "failed"


def test_containers_that_the_user_may_not_list_are_tried_as_a_stranger(
    settings: Settings,
) -> None:
    """Whoever uploads need not see them: nothing is open, and nothing fails."""
    assert notes(a_visit(settings)).status == "ok"


def test_signatures_of_a_connection_string_are_not_lent_to_a_stranger(
    azurite: AzuriteProcess,
) -> None:
    """With one the try would read what nobody else can, and put it into the table."""
    signed = f"BlobEndpoint={azurite.blob_endpoint};SharedAccessSignature=sv=2024&sig=s3cret"
    stores = {"UPLOADS_STORAGE": azurite.connection_string, "DELIVERY_STORAGE": signed}
    assert patient("http://localhost", stores, AzureNames()).delivery_url == azurite.blob_endpoint
