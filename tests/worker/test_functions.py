"""The worker of Python 3.13 and later finds every function, and calls one of each kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.settings import Settings
from adapters.storage.places import make_places
from tests.containers import containers_of, upload_source
from tests.orchestrators.plans import a_plan
from tests.orchestrators.script import job_of
from tests.test_function_app import index
from tests.worker.durable_api import DurableApi
from tests.worker.worker import (
    VERSIONS,
    Worker,
    WorkerFails,
    blob_data,
    body_of,
    json_data,
    request_data,
)
from transcoding.job.messages import Job, instance_id
from transcoding.reporting.checkup import Checkup
from triggers.on_poison import POISON_QUEUE


@pytest.fixture(scope="module", params=VERSIONS)
def worker(
    request: pytest.FixtureRequest,
    app_settings: Mapping[str, str],
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Worker]:
    make_places(settings, POISON_QUEUE)
    folder = tmp_path_factory.mktemp("worker")
    with Worker(request.param, app_settings, folder=folder) as running:
        yield running


@pytest.fixture
def durable_api() -> Iterator[DurableApi]:
    with DurableApi() as running:
        yield running


def test_every_function_is_found_with_its_bindings(
    worker: Worker, app_settings: Mapping[str, str]
) -> None:
    """The same as the SDK tells of the app without a worker."""
    found = {name: function.bindings for name, function in worker.functions.items()}
    for bindings in found.values():
        for binding in bindings:
            # The worker's own word to the host: see the next test.
            binding.pop("properties", None)
    assert found == index(**app_settings)
    assert len(found) >= 21


def test_a_blob_comes_as_a_client_and_not_as_bytes(
    app_settings: Mapping[str, str], tmp_path: Path
) -> None:
    """The worker asks the host for it: uploads are larger than memory."""
    with Worker("1.3", app_settings, folder=tmp_path) as worker:
        (trigger,) = [
            bound
            for bound in worker.functions["on_upload"].bindings
            if bound["type"] == "blobTrigger"
        ]
    assert trigger["properties"] == {"SupportsDeferredBinding": True}
    assert trigger["path"] == f"{app_settings['VOD_UPLOADS_CONTAINER']}/{{name}}"


def test_an_upload_starts_its_job(
    worker: Worker, settings: Settings, durable_api: DurableApi
) -> None:
    """The trigger gets a BlobClient and a durable client; twice is one job."""
    job = upload_source(settings, "talks/a b#1.mp4", b"source")
    blob = blob_data("UPLOADS_STORAGE", settings.uploads_container, job.name)
    for _ in range(2):
        answered = worker.invoke("on_upload", blob=blob, client=durable_api.client)
        assert answered is None
    assert list(durable_api.instances) == [job.instance_id]
    given = Job.from_json(durable_api.instances[job.instance_id])
    assert (given.name, given.etag) == (job.name, job.etag)


def test_an_activity_answers(worker: Worker, settings: Settings, tiny_clip: Path) -> None:
    """On a thread, with the programs that come with the packages: ffprobe reads a clip."""
    job = upload_source(settings, "clip.mp4", tiny_clip.read_bytes())
    reply = worker.invoke("probe_source", message=json_data(job.to_json()))
    source = json.loads(reply["json"])["value"]["source"]
    assert (source["video"]["coded_width"], source["video"]["coded_height"]) == (320, 180)


def test_an_activity_with_a_durable_client_answers(
    worker: Worker, settings: Settings, durable_api: DurableApi
) -> None:
    """On the event loop: the job of what lies under the name now is started."""
    old = upload_source(settings, "again.mp4", b"old")
    new = upload_source(settings, "again.mp4", b"new")
    reply = worker.invoke(
        "start_successor", message=json_data(old.to_json()), client=durable_api.client
    )
    assert json.loads(reply["json"])["value"] == {"etag": new.etag}
    assert list(durable_api.instances) == [new.instance_id]


def test_an_activity_that_fails_fails_its_invocation(worker: Worker) -> None:
    """With the class and the text that the orchestrator is to read."""
    with pytest.raises(
        WorkerFails, match=r"VodError: .*the message of probe_source cannot be read"
    ):
        worker.invoke("probe_source", message=json_data({"nonsense": 1}))


def test_a_job_is_orchestrated(worker: Worker) -> None:
    """Both orchestrators get the host's history, episode after episode, to the job's end."""
    replay = job_of(a_plan())
    replay.orchestrator = orchestrator(worker, "publish_video")
    replay.runs = {"encode_lane": orchestrator(worker, "encode_lane")}
    replay.run()
    assert replay.output["status"] == "published"
    assert len(replay.calls["encode_unit"]) == 73
    assert replay.calls["purge_cdn"] != []


def orchestrator(worker: Worker, name: str) -> Any:
    """Return what takes a history as JSON and answers with actions."""
    return lambda context: worker.invoke(name, context={"string": context})["json"]


def test_http_is_answered(worker: Worker, settings: Settings, durable_api: DurableApi) -> None:
    """A function on a thread, and one with a durable client on the event loop."""
    health = worker.invoke("health", req=request_data("GET", "/api/health"))["http"]
    assert (health["status_code"], health["headers"]["content-type"]) == ("200", "application/json")
    assert Checkup.from_json(json.loads(body_of(health))).passed
    job = upload_source(settings, "asked.mp4", b"source")
    asked = request_data("GET", "/api/status", name=job.name)
    unknown = worker.invoke("status", req=asked, client=durable_api.client)["http"]
    assert unknown["status_code"] == "404"
    replay = request_data("POST", "/api/replay", name=job.name)
    started = worker.invoke("replay", req=replay, client=durable_api.client)["http"]
    assert (started["status_code"], json.loads(body_of(started))) == (
        "202",
        {"instance_id": job.instance_id},
    )
    known = worker.invoke("status", req=asked, client=durable_api.client)["http"]
    assert (known["status_code"], json.loads(body_of(known))["state"]) == ("200", "pending")


def test_a_given_up_event_becomes_a_dead_letter(worker: Worker, settings: Settings) -> None:
    """The queue's message comes as text, with what the host knows of it."""
    event = {"ContainerName": "uploads", "BlobName": "lost.mp4", "ETag": '"0x8DC"'}
    metadata = {
        "Id": {"string": "e8a1"},
        "DequeueCount": {"json": "1"},
        "ExpirationTime": {"json": '"2026-12-02T12:00:00+00:00"'},
        "InsertionTime": {"json": '"2026-11-25T12:00:00+00:00"'},
        "NextVisibleTime": {"json": '"2026-11-25T12:10:00+00:00"'},
        "PopReceipt": {"string": "AgAA"},
    }
    message = {"string": json.dumps(event)}
    assert worker.invoke("on_poison", message=message, metadata=metadata) is None
    path = f"lost.mp4/{instance_id('uploads', 'lost.mp4', '0x8DC')}.trigger.json"
    letter = json.loads(containers_of(settings).failed.read(path) or b"{}")
    assert letter["event"] == event
