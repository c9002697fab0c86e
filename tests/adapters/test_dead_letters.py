"""Dead letters on a real Azurite."""

from __future__ import annotations

import json

import pytest

from adapters.dead_letters import write_dead_letter, write_poison_letter
from adapters.services import Services
from adapters.settings import Settings
from adapters.storage.store import BlobStore
from tests.adapters.jobs import quick_services
from tests.transcoding.builders import a_job
from transcoding.job.messages import Ending, Job, Outcome
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitFailure


@pytest.fixture
def services(settings: Settings) -> Services:
    return quick_services(settings)


def ending(job: Job, status: str = "failed") -> Ending:
    values = {"status": status, "name": job.name, "detail": "encode_chunk: no space"}
    return Ending(job=job, outcome=Outcome.model_validate(values))


def letter_at(store: BlobStore, path: str) -> dict[str, object]:
    body = store.failed.read(path)
    assert body is not None
    document: dict[str, object] = json.loads(body)
    return document


def test_a_letter_tells_what_failed_and_how_to_go_on(services: Services) -> None:
    """Reason, replay and the failures of 20 units at most; what still runs is cancelled."""
    job = a_job()
    work = WorkFolder.of(job)
    for number in range(30):
        services.store.write_failure(
            work, UnitFailure(unit_id=f"video-{number:02d}", error="ToolFailed", message="no space")
        )
    path = write_dead_letter(services, ending(job)).path
    letter = letter_at(services.store, path)
    assert path == f"holiday/beach.mp4/{job.instance_id}.json"
    assert letter["reason"] == "encode_chunk: no space"
    assert str(letter["replay"]).startswith("vod replay 'holiday/beach.mp4'")
    failures = letter["failures"]
    assert isinstance(failures, list)
    assert len(failures) == 20
    assert services.store.is_cancelled(work)
    assert not services.store.is_cancelled(WorkFolder.of(a_job(run_id="2")))


@pytest.mark.parametrize("name", ["a//b.mp4", "x" * 1024, "日" * 900, "../up.mp4", "/a.mp4"])
def test_a_refused_name_has_a_letter_too(services: Services, name: str) -> None:
    """The letter lies where any name has room."""
    job = a_job(name=name)
    path = write_dead_letter(services, ending(job, "refused")).path
    assert path == f"unknown/{job.instance_id}.json"
    letter = letter_at(services.store, path)
    assert letter["name"] == name
    assert letter["replay"] == "upload a corrected file under the same name"


def test_an_event_that_was_given_up_is_kept(services: Services) -> None:
    """All that the host knows, under the upload's name."""
    event = {
        "Type": "BlobTrigger",
        "FunctionId": "Host.Functions.on_upload",
        "ContainerName": "uploads",
        "BlobName": "holiday/beach.mp4",
        "ETag": '"0x8DC"',
    }
    path = write_poison_letter(services.store, event)
    assert path == f"holiday/beach.mp4/{a_job().instance_id}.trigger.json"
    assert letter_at(services.store, path)["event"] == event


def test_an_event_that_is_lost_before_the_first_job_leaves_a_letter(settings: Settings) -> None:
    """On storage where nothing has been made yet, its container is made."""
    store = BlobStore(settings)
    path = write_poison_letter(store, {"ContainerName": "uploads", "BlobName": "a.mp4"})
    assert store.failed.properties(path) is not None
