"""What is open to anyone: a real Azurite, opened in each way once, and what is asked of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from azure.storage.blob import BlobServiceClient

from adapters.settings import Settings
from cli.doctor.closed import judge_closed, listing, notes, uploads
from cli.doctor.fetching import Fetched
from cli.doctor.visit import Visit
from devhost.azurite import AzuriteProcess
from tests.cli.doctor.builders import a_visit, an_answer, make_containers, some_settings
from tests.containers import containers_of
from tests.edge import Edge, Reply, Request


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
    with Edge(container) as edge:
        edge.alter = lambda _request, _reply: Reply(404)
        edge.origin = azurite.blob_endpoint
        visit.canary.master_url = f"{edge.address}/{container}/{visit.canary.name}/master.m3u8"
        assert listing(visit).status == "ok"
        visit.patient = replace(visit.patient, delivery_url=azurite.blob_endpoint)
        assert listing(visit).status == "failed"
        visit.patient = replace(visit.patient, delivery_url="http://127.0.0.1:9/typo")
        assert (listing(visit).status, listing(visit).found) == (
            "skipped",
            "127.0.0.1:9 does not answer; what else was asked: HTTP 404",
        )


def test_a_container_that_lists_behind_front_door_is_told(
    visit: Visit, azurite: AzuriteProcess
) -> None:
    """Its route does not match the container's bare name, and does with a slash behind it."""
    container = visit.patient.settings.videos_container
    with Edge(container) as edge:
        edge.origin = azurite.blob_endpoint
        visit.canary.master_url = f"{edge.address}/{container}/{visit.canary.name}/master.m3u8"
        assert listing(visit).status == "ok"
        open_up(azurite, container, "container")
        check = listing(visit)
    assert (check.status, check.found) == (
        "failed",
        f"HTTP 200 to anyone: {edge.address}/{container}/",
    )
    assert "bicep/modules/roles.bicep" in check.advice


def test_a_list_below_a_folder_is_told(visit: Visit, azurite: AzuriteProcess) -> None:
    """What is asked at the public address, and how."""
    container = visit.patient.settings.videos_container
    folder = f"/{container}/{visit.canary.name}/"

    def lists(request: Request, reply: Reply) -> Reply:
        return Reply(200, body=b"<EnumerationResults>") if request.path == folder else reply

    with Edge(container) as edge:
        edge.origin, edge.alter = azurite.blob_endpoint, lists
        visit.canary.master_url = f"{edge.address}{folder}master.m3u8"
        check = listing(visit)
    assert check.found == f"HTTP 200 to anyone: {edge.address}{folder}"


def test_an_account_that_does_not_answer_proves_nothing(settings: Settings) -> None:
    """A typo in its name: the clip was uploaded there, so it has to answer."""
    nowhere = a_visit(some_settings(uploads_container=settings.uploads_container))
    check = uploads(nowhere)
    assert check.status == "failed"
    assert check.found.startswith("127.0.0.1:9 does not answer, which is no refusal: http://127")
    assert "nothing is known" in check.advice


@pytest.mark.parametrize(
    ("answered", "status"),
    [
        (an_answer(401), "ok"),
        (an_answer(403), "ok"),
        (an_answer(404), "ok"),
        (an_answer(409), "ok"),
        (an_answer(400, x_ms_error_code="InvalidUri"), "ok"),
        (an_answer(400), "failed"),
        (an_answer(200), "failed"),
        (an_answer(206), "failed"),
        (an_answer(301, location="https://v.example/b"), "failed"),
        (an_answer(304), "failed"),
        (an_answer(429), "failed"),
        (an_answer(503), "failed"),
        (Fetched(url="https://v.example/a", failure="v.example does not answer"), "failed"),
    ],
    ids=lambda value: getattr(value, "answer", value),
)
def test_only_a_refusal_proves_that_it_is_closed(answered: Fetched, status: str) -> None:
    """Of what has to answer; where one thing is refused, the others have to be too."""
    check = judge_closed("closed", [an_answer(404), answered], advice="close it")
    assert check.status == status
    if status == "failed":
        is_open = answered.status in (200, 206)
        assert check.found == (
            f"{answered.answer} to anyone: https://v.example/a"
            if is_open
            else f"{answered.answer}, which is no refusal: https://v.example/a"
        )
        assert (check.advice == "close it") == is_open


def test_what_may_be_out_of_reach_is_skipped_and_never_passed() -> None:
    """What it does answer counts as for the others."""
    silent = Fetched(url="https://a.example/v", failure="a.example does not answer")

    def judged(*others: Fetched) -> tuple[str, str]:
        check = judge_closed("closed", [an_answer(404)], others, advice="close it")
        return check.status, check.found

    assert judged(silent) == (
        "skipped",
        "a.example does not answer; what else was asked: HTTP 404",
    )
    assert judged(silent, an_answer(200))[0] == "failed"
    assert judged(silent, an_answer(302))[0] == "failed"
    assert judged(an_answer(409)) == ("ok", "HTTP 404, HTTP 409")


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
