"""Once a video is live nothing can make its job fail: what could not be done is a warning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
from azure.storage.blob import BlobLeaseClient

from adapters.settings import DELIVERY_CONNECTION
from adapters.storage.account import StorageAccount
from cli.main import main
from devhost.azurite import AzuriteProcess
from tests.end_to_end.host import Host, running
from tests.end_to_end.jobs import (
    status,
    upload,
    wait_for_end,
    wait_for_outcome,
    wait_for_phase,
)
from tests.management_api import FRONT_DOOR, Answer, ManagementApi
from tests.media import ClipMaker
from transcoding.job.messages import instance_id
from transcoding.reporting.status import JobStatus

UNWRITABLE, DELETED = "unwritable.mp4", "deleted.mp4"


@dataclass(frozen=True)
class Seen:
    """What became of a video whose report cannot be written, and of one that was deleted.

    Attributes:
        outcome: of the deleted one's job.
    """

    url: str
    unwritable: JobStatus
    deleted: JobStatus
    outcome: dict[str, Any]
    letters: list[str]
    reports: list[str]


@pytest.fixture(scope="module")
def seen(
    azurite: AzuriteProcess,
    clip_maker: ClipMaker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Seen]:
    """Publish both, with a Front Door that takes as long as it takes to delete an upload."""
    clip = clip_maker.clip(frame_rate=Fraction(25), frame_count=100, size="320x180")
    with ManagementApi() as front_door:
        front_door.to_purge = Answer(202, headers={"Retry-After": "1"})
        host = Host(
            azurite,
            tmp_path_factory.mktemp("host"),
            settings={
                "VOD_PRESET": "ultrafast",
                "VOD_GROUPING": "together",
                "VOD_FRONT_DOOR_MANAGEMENT_URL": front_door.url,
                **FRONT_DOOR,
            },
        )
        hold(host, f"{UNWRITABLE}/report.json")
        with running(host):
            upload(host.containers, UNWRITABLE, clip)
            job = _job(host, DELETED, upload(host.containers, DELETED, clip))
            wait_for_phase(host.url, DELETED, "purging")
            host.containers.uploads.delete(DELETED)
            front_door.to_status = Answer(200, {"status": "Succeeded"})
            outcome = wait_for_outcome(host.url, job)
            unwritable = wait_for_end(host.url, UNWRITABLE)
            deleted = status(host.url, DELETED)
            assert deleted is not None
            yield Seen(
                url=host.url,
                unwritable=unwritable,
                deleted=deleted,
                outcome=outcome,
                letters=[blob.path for blob in host.containers.failed.list("")],
                reports=[
                    blob.path
                    for blob in host.containers.videos.list("")
                    if blob.path.endswith("/report.json") and blob.size_bytes > 1000
                ],
            )


def _job(host: Host, name: str, etag: str) -> str:
    return instance_id(host.settings.uploads_container, name, etag)


def hold(host: Host, path: str) -> None:
    """Put something where a file is to be published, and let nobody change it."""
    host.containers.videos.put(path, b"held", content_type="text/plain")
    account = StorageAccount(host.settings.delivery, DELIVERY_CONNECTION)
    blob = account.container(host.settings.videos_container).get_blob_client(path)
    BlobLeaseClient(blob).acquire(lease_duration=-1)


def test_a_report_that_cannot_be_written_is_a_warning(seen: Seen) -> None:
    """The video is published, with its URLs."""
    assert seen.unwritable.state == "published"
    assert seen.unwritable.hls_url.endswith("/unwritable.mp4/master.m3u8")
    (warning,) = seen.unwritable.warnings
    assert warning.startswith("end_job failed: ")
    assert "storage: write (unwritable.mp4/report.json): 412" in warning


def test_the_warning_is_shown_and_the_command_ends_well(
    seen: Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script that waits for the video goes on."""
    assert main(["status", UNWRITABLE, "--url", seen.url]) == 0
    told = capsys.readouterr().out
    assert told.startswith("unwritable.mp4  published  100.0 %\n")
    assert "warning end_job failed: " in told


def test_an_upload_that_is_deleted_during_the_purge_stays_published(seen: Seen) -> None:
    """Its job ends as any other: report, purge and all."""
    assert (seen.outcome["status"], seen.outcome["warnings"]) == ("published", [])
    assert seen.outcome["purge"] == "done: Front Door has purged the stable names"
    assert seen.reports == ["deleted.mp4/report.json"]


def test_the_status_of_a_deleted_upload_says_what_is_live(seen: Seen) -> None:
    """And that nothing is left to make it from."""
    assert seen.deleted.state == "published"
    assert seen.deleted.detail.startswith("there is no upload named deleted.mp4")
    assert seen.deleted.hls_url.endswith("/deleted.mp4/master.m3u8")


def test_there_is_no_dead_letter(seen: Seen) -> None:
    """Nobody is alarmed."""
    assert seen.letters == []
