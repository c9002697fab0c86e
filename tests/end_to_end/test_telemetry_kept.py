"""What Application Insights has of a job when its instance is gone right after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from devhost.azurite import AzuriteProcess
from tests.end_to_end.host import Host, running
from tests.end_to_end.jobs import upload, wait_for_end
from tests.ingestion import EXPORTER_SETTINGS, WORKER_SETTINGS, Ingestion
from tests.media import ClipMaker

GOOD, BAD = "talks/good.mp4", "talks/bad.mp4"


@pytest.fixture
def killed(azurite: AzuriteProcess, clip_maker: ClipMaker, tmp_path: Path) -> Iterator[Ingestion]:
    """Refuse one upload, publish another, and kill the app as soon as that job has ended."""
    clip = clip_maker.clip(frame_rate=Fraction(25), frame_count=100, size="320x180")
    with Ingestion() as ingestion:
        settings = {
            **EXPORTER_SETTINGS,
            **WORKER_SETTINGS,
            "APPLICATIONINSIGHTS_CONNECTION_STRING": ingestion.connection_string,
            "VOD_PRESET": "ultrafast",
            "VOD_GROUPING": "together",
        }
        with running(Host(azurite, tmp_path, settings=settings)) as host:
            upload(host.containers, BAD, b"this is no video\n" * 100)
            wait_for_end(host.url, BAD)
            upload(host.containers, GOOD, clip)
            wait_for_end(host.url, GOOD)
            host.kill()
        yield ingestion


def test_every_number_is_there(killed: Ingestion) -> None:
    """Jobs, letters and encodes, each counted once, and the time of every step."""
    counted = Counter[tuple[str, str]]()
    for metric in killed.metrics:
        if metric.name in ("vod.jobs", "vod.dead_letters", "vod.purges"):
            counted[metric.name, next(iter(metric.by.values()))] += int(metric.value)
    assert counted == {
        ("vod.jobs", "refused"): 1,
        ("vod.jobs", "published"): 1,
        ("vod.dead_letters", "refused"): 1,
        ("vod.purges", "not_configured"): 1,
    }
    assert sum(m.value for m in killed.metrics if m.name == "vod.job.media_duration") == 4.0
    encoded = {m.by["kind"] for m in killed.metrics if m.name == "vod.encode.bytes"}
    assert encoded == {"video", "audio"}
    timed = {m.by["activity"] for m in killed.metrics if m.name == "vod.activity.duration"}
    spans = Counter(span.data["name"] for span in killed.spans)
    assert timed == spans.keys() - {"on_upload"}
    assert (spans["on_upload"], spans["encode_unit"], spans["end_job"]) == (2, 2, 1)
    assert len(timed) == 13
