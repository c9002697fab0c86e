"""What Application Insights gets of whole jobs: one trace each, metrics, log lines, no secret."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
import requests
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from adapters.settings import SETTING_NAMES, load_settings
from cli.local_app import local_app
from tests.containers import containers_of
from tests.end_to_end.jobs import upload, wait_for_end, wait_until
from tests.host_lines import OF_THE_PRODUCT
from tests.ingestion import EXPORTER_SETTINGS, WORKER_SETTINGS, Ingestion, Item
from tests.management_api import (
    FRONT_DOOR,
    OPERATION_PATH,
    PURGE_PATH,
    Answer,
    Asked,
    ManagementApi,
)
from tests.media import ClipMaker
from transcoding.job import paths
from transcoding.job.messages import instance_id
from transcoding.reporting.status import JobStatus
from triggers.on_poison import POISON_QUEUE

ROOT = Path(__file__).parents[2]
GOOD, BAD, LOST = "talks/good.mp4", "talks/bad.mp4", "talks/lost.mp4"

ACTIVITIES = {
    "probe_source",
    "measure_source",
    "plan_job",
    "encode_unit",
    "collect_chunks",
    "make_poster",
    "make_storyboard",
    "write_playlists",
    "verify_outputs",
    "publish_release",
    "purge_cdn",
    "end_job",
}
"""All that a job of the whole pipeline takes."""

ROWS = ("234p 145k", "360p 365k", "432p 730k", "432p 1100k")
"""Of the ladder, as far as 640x400 reaches."""

INFORMATION = 1
"""As Application Insights counts severity."""

SETTINGS = {"VOD_PRESET": "ultrafast", "VOD_GROUPING": "together"}


@dataclass(frozen=True)
class Seen:
    """What came in while an app published one video, refused one and lost one.

    Attributes:
        good, bad: the instance ids of the two jobs.
        published: how the good one ended.
        rungs: labels of its renditions, for people.
        purges: every request to Front Door.
        account_key: that of the storage.
    """

    ingestion: Ingestion
    good: str
    bad: str
    published: JobStatus
    rungs: list[str]
    purges: list[Asked]
    account_key: str

    def spans(self, job_id: str) -> list[Item]:
        return [span for span in self.ingestion.spans if span.properties["vod.job_id"] == job_id]

    def total(self, metric: str, **by: str) -> float:
        """Return the sum of a metric's values with exactly these dimensions."""
        values = [m.value for m in self.ingestion.metrics if m.name == metric and m.by == by]
        assert values, f"no {metric} by {by}"
        return sum(values)


@pytest.fixture(scope="module")
def seen(clip_maker: ClipMaker) -> Iterator[Seen]:
    """Run the app until it has ended in an orderly way; the first purge of the good job fails.

    The refused job is replayed.
    """
    clip = clip_maker.clip(frame_rate=Fraction(25), frame_count=200, size="640x400")
    with Ingestion() as ingestion, ManagementApi() as front_door:
        front_door.first_answers = [Answer(500), Answer(202, headers={"Retry-After": "1"})]
        front_door.to_status = Answer(200, {"status": "Succeeded"})
        extra = {
            **EXPORTER_SETTINGS,
            **WORKER_SETTINGS,
            **FRONT_DOOR,
            "VOD_FRONT_DOOR_MANAGEMENT_URL": front_door.url,
            "APPLICATIONINSIGHTS_CONNECTION_STRING": ingestion.connection_string,
        }
        base = {**os.environ, **dict.fromkeys(SETTING_NAMES, ""), **SETTINGS}
        with local_app(base, extra=extra) as app:
            settings = load_settings(app.environment)
            containers = containers_of(settings)
            good = instance_id("uploads", GOOD, upload(containers, GOOD, clip))
            bad = instance_id("uploads", BAD, upload(containers, BAD, b"this is no video\n" * 100))
            refused = wait_for_end(app.url, BAD)
            letter = f"{BAD}/{bad}.json"
            first = containers.failed.read(letter)
            requests.post(f"{app.url}/api/replay", params={"name": BAD}, timeout=30)
            wait_until(lambda: containers.failed.read(letter), lambda found: found != first)
            _lose(settings.uploads.connection_string)
            published = wait_for_end(app.url, GOOD)
            wait_until(lambda: containers.failed.list(f"{LOST}/"), bool)
            report = containers.videos.read(paths.stable(GOOD, paths.REPORT))
        assert (refused.state, published.state) == ("refused", "published")
        yield Seen(
            ingestion=ingestion,
            good=good,
            bad=bad,
            published=published,
            rungs=[r["label"] for r in json.loads(report or b"")["renditions"] if r["width"]],
            purges=front_door.asked,
            account_key=_key(settings.uploads.connection_string),
        )


def _key(connection_string: str) -> str:
    (key,) = re.findall("AccountKey=([^;]+)", connection_string)
    return str(key)


def _lose(connection_string: str) -> None:
    """Put an event where the host puts one that it has given up on."""
    event = {"ContainerName": "uploads", "BlobName": LOST, "ETag": '"0x1"'}
    with QueueClient.from_connection_string(
        connection_string, POISON_QUEUE, message_encode_policy=TextBase64EncodePolicy()
    ) as queue:
        queue.send_message(json.dumps(event))


def test_a_job_is_one_trace_from_upload_to_purge(seen: Seen) -> None:
    """Every activity is a child of the span of the upload, and of the same operation."""
    spans = seen.spans(seen.good)
    assert {span.data["name"] for span in spans} == ACTIVITIES | {"on_upload"}
    assert len({span.trace_id for span in spans}) == 1
    (started,) = [span for span in spans if span.data["name"] == "on_upload"]
    assert started.parent_id == ""
    activities = [span for span in spans if span is not started]
    assert {span.parent_id for span in activities} == {started.data["id"]}


def test_nothing_else_becomes_a_span(seen: Seen) -> None:
    """Neither requests to storage nor to Front Door: each span that was sent is a function's."""
    once = ACTIVITIES - {"encode_unit", "purge_cdn"} | {"on_upload"}
    # A unit of the picture and one of the sound; a purge fails, starts, and has ended.
    good = Counter({**dict.fromkeys(once, 1), "encode_unit": 2, "purge_cdn": 3})
    refused = Counter({"on_upload": 1, "replay": 1, "probe_source": 2, "dead_letter": 2})
    assert Counter(span.data["name"] for span in seen.spans(seen.good)) == good
    assert Counter(span.data["name"] for span in seen.spans(seen.bad)) == refused
    assert len(seen.ingestion.spans) == good.total() + refused.total()


def test_a_good_job_leaves_ten_lines(seen: Seen) -> None:
    """Those that host.json is held against; nothing of the worker, the exporter and the SDKs."""
    lines = seen.ingestion.log_lines
    good = [line for line in lines if line.properties.get("job_id") == seen.good]
    assert [line.data["severityLevel"] for line in good] == [INFORMATION] * 10
    assert sum(line.written for line in OF_THE_PRODUCT) == 10
    loggers = {line.properties["logger_name"] for line in lines}
    # What devhost tells, the host would send itself.
    assert {name.partition(".")[0] for name in loggers} - {"devhost"} == {"durable_vod"}


def test_every_run_of_a_job_has_a_trace_of_its_own(seen: Seen) -> None:
    """The refused job has two, of the upload and of its replay; both end with the dead letter."""
    runs: dict[str, set[str]] = {}
    for span in seen.spans(seen.bad):
        runs.setdefault(span.trace_id, set()).add(span.data["name"])
    assert sorted(runs.values(), key=sorted) == [
        {"dead_letter", "on_upload", "probe_source"},
        {"dead_letter", "probe_source", "replay"},
    ]
    assert not runs.keys() & {span.trace_id for span in seen.spans(seen.good)}


def test_a_good_job_is_measured(seen: Seen) -> None:
    """Work, speed, bytes and times arrive, by rung, kind, activity and status."""
    assert seen.total("vod.jobs", status="published") == 1
    assert seen.total("vod.job.media_duration") == 8.0
    assert seen.total("vod.job.duration", status="published") > 0
    for rung in (*ROWS, "audio"):
        assert seen.total("vod.encode.realtime_factor", rung=rung) > 0
        assert seen.total("vod.encode.cpu", rung=rung) > 0
    # One process encodes all four: 374x234 is 0.341859375 of 640x400.
    low, high = (seen.total("vod.encode.cpu", rung=ROWS[number]) for number in (0, 3))
    assert low / high == pytest.approx(0.341859375)
    assert seen.total("vod.encode.bytes", kind="video") > 100_000
    assert seen.total("vod.encode.bytes", kind="audio") > 50_000
    for activity in ACTIVITIES:
        assert seen.total("vod.activity.duration", activity=activity, status="ok") > 0


def test_a_picture_of_another_shape_makes_no_series_of_its_own(seen: Seen) -> None:
    """People see sizes of 16:10; metrics have the names of the ladder's rows, and no others."""
    assert seen.rungs == ["234p 145k", "360p 365k", "400p 563k", "400p 848k"]
    measured = {m.by["rung"] for m in seen.ingestion.metrics if "rung" in m.by}
    assert measured == {*ROWS, "audio"}


def test_a_refused_and_a_lost_upload_are_counted(seen: Seen) -> None:
    """The refused job by its status, each time; dead letters by what went wrong."""
    assert seen.total("vod.jobs", status="refused") == 2
    assert seen.total("vod.job.duration", status="refused") > 0
    assert seen.total("vod.dead_letters", kind="refused") == 2
    assert seen.total("vod.dead_letters", kind="trigger_failed") == 1
    told = [line.data["message"] for line in seen.ingestion.log_lines]
    assert [f"failed/{LOST}/" in line for line in told if "could not be handled" in line] == [True]


def test_a_retry_is_counted_and_its_reason_told(seen: Seen) -> None:
    """The first purge is refused with 500; the attempt after it is another span of the trace."""
    failed = seen.total("vod.activity.failures", activity="purge_cdn", error="PurgeFailed")
    retried = seen.total("vod.activity.retries", activity="purge_cdn")
    assert (failed, retried) == (1, 1)
    purges = [span for span in seen.spans(seen.good) if span.data["name"] == "purge_cdn"]
    assert [span.data["success"] for span in purges] == [False, True, True]
    (exception,) = [
        item
        for item in seen.ingestion.items
        if item.kind == "ExceptionData" and item.parent_id == purges[0].data["id"]
        # Those of log lines have the short name.
        if item.data["exceptions"][0]["typeName"] == "transcoding.errors.PurgeFailed"
    ]
    assert exception.trace_id == purges[0].trace_id
    assert "HTTP 500" in exception.data["exceptions"][0]["message"]


def test_log_lines_carry_the_job_s_id_and_name(seen: Seen) -> None:
    """Those of the trigger and of activities also belong to the trace; the orchestrator's do not.

    An orchestrator has no span: it would be another one at every replay.
    """
    lines = [
        line for line in seen.ingestion.log_lines if line.properties.get("job_id") == seen.good
    ]
    told = [line.data["message"] for line in lines]
    phases = [
        "probing",
        "measuring",
        "planning",
        "encoding",
        "verifying",
        "publishing",
        "purging",
        "recording",
    ]
    expected = [f"{GOOD}: phase: {phase}" for phase in phases]
    assert [line for line in told if ": phase: " in line] == expected
    assert told[-1] == f"{GOOD}: job ended: published"
    (started,) = [line for line in lines if line.data["message"] == f"started the job of {GOOD}"]
    (span,) = [span for span in seen.spans(seen.good) if span.data["name"] == "on_upload"]
    assert (started.trace_id, started.parent_id) == (span.trace_id, span.data["id"])


def test_nothing_secret_is_sent(seen: Seen) -> None:
    """No signature, no key and no address with a query, in whatever was sent."""
    sent = "".join(seen.ingestion.texts)
    assert seen.good in sent
    for secret in ("sig=", "AccountKey=", seen.account_key, "?sv=", "&se="):
        assert secret not in sent


def test_the_stable_names_alone_are_purged(seen: Seen) -> None:
    """What is immutable stays cached; Front Door is asked again, then asked how it is going."""
    assert [(asked.method, asked.path) for asked in seen.purges] == [
        ("POST", PURGE_PATH),
        ("POST", PURGE_PATH),
        ("GET", OPERATION_PATH),
    ]
    assert seen.purges[1].body == {
        "contentPaths": [
            f"/videos/{GOOD}/{file}"
            for file in (
                "master.m3u8",
                "manifest.mpd",
                "poster.jpg",
                "storyboard.vtt",
                "report.json",
            )
        ]
    }
    assert seen.published.purge == "done: Front Door has purged the stable names"


def test_every_metric_has_been_sent(seen: Seen) -> None:
    """The three uploads together bring out all that the app measures."""
    names = {metric.name for metric in seen.ingestion.metrics}
    assert {name for name in names if name.startswith("vod.")} == {
        "vod.activity.duration",
        "vod.activity.retries",
        "vod.activity.failures",
        "vod.encode.realtime_factor",
        "vod.encode.cpu",
        "vod.encode.bytes",
        "vod.job.duration",
        "vod.job.media_duration",
        "vod.jobs",
        "vod.purges",
        "vod.dead_letters",
    }


def queries() -> list[str]:
    """Return the Kusto queries of the workbook and of the alerts."""
    workbook = json.loads((ROOT / "bicep" / "workbook.json").read_text())
    shown = [item["content"]["query"] for item in workbook["items"] if "query" in item["content"]]
    alerts = (ROOT / "bicep" / "modules" / "alerts.bicep").read_text()
    return [*shown, *(text for text in alerts.split("'''")[1::2] if "App" in text)]


@pytest.mark.parametrize("query", queries(), ids=lambda query: " ".join(query.split())[:70])
def test_a_query_asks_for_what_is_sent(seen: Seen, query: str) -> None:
    """Names of metrics and spans, their dimensions, and how log lines begin."""
    compared = re.findall(r"\bName (?:==|in) (\([^)]*\)|\S+)", query)
    names = {name for text in compared for name in re.findall(r'"([^"]+)"', text)}
    begins = re.findall(r'Message startswith "([^"]+)"', query)
    assert names or begins
    metrics = [metric for metric in seen.ingestion.metrics if metric.name in names]
    spans = [span for span in seen.ingestion.spans if span.data["name"] in names]
    lines = [
        line for line in seen.ingestion.log_lines if line.data["message"].startswith(tuple(begins))
    ]
    assert names == {m.name for m in metrics} | {span.data["name"] for span in spans}
    assert len(begins) <= len(lines)
    asked = set(re.findall(r"Properties\.(\w+)", query))
    asked |= set(re.findall(r'Properties\["([^"]+)"\]', query))
    sent = {name for metric in metrics for name in metric.by}
    sent |= {name for item in (*spans, *lines) for name in item.properties}
    assert asked <= sent
