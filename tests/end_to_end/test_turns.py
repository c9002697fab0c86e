"""A short video beside a long one on one worker, and the long one cancelled by hand.

What happens is counted in the order in which it happens, never by a clock.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cli.main import main
from devhost.azurite import AzuriteProcess
from tests.end_to_end.host import APPS, Host, running
from tests.end_to_end.jobs import (
    instance,
    instances,
    job_of,
    upload,
    wait_for_end,
    wait_for_outcome,
    wait_until,
)
from tests.media import ClipMaker
from transcoding.job.messages import instance_id
from transcoding.job.paths import WorkFolder
from transcoding.reporting.status import JobStatus

LONG, SHORT = "long.mp4", "short.mp4"
IN_FLIGHT = 2
LONG_UNITS = 61
"""30 chunks of 4 s for each of two rungs, and one of sound."""


class Note(NamedTuple):
    """A line of apps/watched.py."""

    what: str
    step: str
    video: str
    id: str


def read_notes(folder: Path) -> list[Note]:
    lines = (folder / "notes.jsonl").read_text().splitlines()
    return [Note(**json.loads(line)) for line in lines]


@dataclass(frozen=True)
class Seen:
    """What happened, first while the short video was published, then until the long one had ended.

    Attributes:
        notes: all of it, in order.
        short: status of the short video's job.
        long_then: state of the long video's job when the short one was published.
        at_mark: how many notes there were when the cancel mark had been written.
        done_at_mark, done: how many chunks of the long video were done then, and at its end.
        outcome: of the long video's job.
        letters: paths of dead letters.
        running: instances that had not ended.
    """

    url: str
    notes: list[Note]
    short: JobStatus
    long_then: str
    at_mark: int
    done_at_mark: int
    done: int
    outcome: dict[str, Any]
    letters: list[str]
    running: list[str]


@pytest.fixture(scope="module")
def seen(
    azurite: AzuriteProcess, clip_maker: ClipMaker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    """Upload a clip of 5 s in the middle of a job of two minutes of video; then cancel that one."""
    long = clip_maker.clip(frame_rate=Fraction(25), frame_count=3000, size="320x180")
    short = clip_maker.clip(frame_rate=Fraction(25), frame_count=125, size="320x180")
    folder = tmp_path_factory.mktemp("host")
    settings = {
        "VOD_PRESET": "ultrafast",
        "VOD_CHUNK_S": "4",
        "VOD_MAX_HEIGHT": "234",
        "VOD_GROUPING": "per_rendition",
        "VOD_UNITS_IN_FLIGHT": str(IN_FLIGHT),
    }
    app = APPS / "watched.py"
    with running(Host(azurite, folder, settings=settings, app=app, activities=1)) as host:
        etag = upload(host.containers, LONG, long)
        wait_until(lambda: _chunks_done(host), lambda count: count >= 4)
        upload(host.containers, SHORT, short)
        published = wait_for_end(host.url, SHORT)

        job_id = instance_id(host.settings.uploads_container, LONG, etag)
        long_then = str(instance(host.url, job_id)["runtimeStatus"])
        work = WorkFolder.of(job_of(host.url, job_id))
        host.containers.work.put(work.cancel_mark(), b"", content_type="text/plain")
        at_mark, done_at_mark = len(read_notes(folder)), _chunks_done(host)
        outcome = wait_for_outcome(host.url, job_id)
        yield Seen(
            url=host.url,
            notes=read_notes(folder),
            short=published,
            long_then=long_then,
            at_mark=at_mark,
            done_at_mark=done_at_mark,
            done=_chunks_done(host),
            outcome=outcome,
            letters=[blob.path for blob in host.containers.failed.list("")],
            running=[
                one["instanceId"]
                for one in instances(host.url)
                if one["runtimeStatus"] in ("Running", "Pending")
            ],
        )


def _chunks_done(host: Host) -> int:
    return sum("/chunk-" in blob.path for blob in host.containers.videos.list(f"{LONG}/"))


def units_waited_for(notes: list[Note]) -> dict[Note, int]:
    """Return how many units of the long video began between a step's being asked for and its begin.

    By the begin of each step of the short one.
    """
    waited: dict[Note, int] = {}
    for position, begun in enumerate(notes):
        if begun.what == "begins" and begun.video == SHORT:
            asked = notes.index(begun._replace(what="is asked for"))
            units = [n for n in notes[asked:position] if n.what == "begins" and n.video == LONG]
            assert {unit.step for unit in units} <= {"encode_unit"}
            waited[begun] = len(units)
    return waited


def test_a_short_video_is_published_before_the_long_one(seen: Seen) -> None:
    """Though it came in the middle of it."""
    assert seen.short.state == "published"
    assert seen.long_then == "Running"
    assert seen.done_at_mark < LONG_UNITS


def test_no_step_of_the_short_video_waits_for_more_units_than_are_in_flight(seen: Seen) -> None:
    """Two at most, whichever step it is; and some did have to wait, or nothing is shown."""
    waited = units_waited_for(seen.notes)
    steps = Counter(note.step for note in waited)
    assert steps == {
        "probe_source": 1,
        "measure_source": 1,
        "plan_job": 1,
        # Two chunks of each of two rungs, one of sound.
        "encode_unit": 5,
        "collect_chunks": 1,
        "make_poster": 1,
        "make_storyboard": 1,
        "write_playlists": 1,
        "verify_outputs": 1,
        "publish_release": 1,
        "purge_cdn": 1,
        "end_job": 1,
    }
    assert max(waited.values()) <= IN_FLIGHT
    assert sum(waited.values()) >= 7


def test_a_job_that_is_cancelled_by_hand_ends_as_cancelled(seen: Seen) -> None:
    """It was nobody's failure: there is no dead letter."""
    assert (seen.outcome["status"], seen.outcome["warnings"]) == ("cancelled", [])
    assert seen.letters == []


def test_no_unit_of_a_cancelled_job_goes_on(seen: Seen) -> None:
    """Each lane's next unit finds the mark; no lane is left."""
    after = [n for n in seen.notes[seen.at_mark :] if n.video == LONG and n.what == "begins"]
    assert [note.step for note in after].count("encode_unit") <= IN_FLIGHT
    assert {note.step for note in after} <= {"encode_unit", "end_job"}
    # What ran may have been past its last look.
    assert seen.done <= seen.done_at_mark + 1
    assert seen.running == []


def test_the_command_says_that_a_job_was_cancelled(
    seen: Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the exit code of a job that has not published."""
    assert main(["status", LONG, "--url", seen.url]) == 1
    told = capsys.readouterr().out
    assert told.startswith("long.mp4  cancelled")
    assert "why   the job was cancelled" in told
