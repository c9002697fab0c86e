"""The record of how a job ended, on a real Azurite."""

from __future__ import annotations

from fractions import Fraction

import pytest

from adapters.outcomes import record_outcome
from adapters.publisher import publish_manifests
from adapters.services import Services
from adapters.settings import Settings
from adapters.verifier import verify_outputs
from tests.adapters.jobs import encode, plan, quick_services
from tests.media import ClipMaker
from tests.storage import upload
from transcoding.errors import Superseded
from transcoding.job.messages import Ending, Outcome, Stage
from transcoding.plan.plan import Plan
from transcoding.reporting.report import Report


@pytest.fixture
def services(settings: Settings) -> Services:
    return quick_services(settings)


@pytest.fixture
def published(services: Services, clip_maker: ClipMaker) -> Plan:
    """12 s of 320x180 whose second sound track has a codec without a decoder."""
    body = clip_maker.clip(frame_rate=Fraction(25), frame_count=300).read_bytes()
    unknown = body.replace(b"mp4a", b"ac-4").replace(b"esds", b"zzzz")
    made = plan(services, unknown)
    encode(services, made)
    verify_outputs(services, made)
    publish_manifests(services, made)
    return made


def ending(made: Plan, status: str) -> Ending:
    stages = (Stage(name="encoding", seconds=1.5),)
    outcome = Outcome.model_validate({"status": status, "name": made.job.name, "stages": stages})
    return Ending(job=made.job, outcome=outcome)


def test_a_published_job_has_a_report(services: Services, published: Plan) -> None:
    """Renditions, stages, rules, and the sound that was left out."""
    assert record_outcome(services, ending(published, "published")).path == "clip.mp4/report.json"
    body = services.store.videos.read("clip.mp4/report.json")
    assert body is not None
    report = Report.model_validate_json(body)
    assert report.source_etag == published.job.etag
    assert report.duration_s == 12.0
    assert [rendition.kind for rendition in report.renditions] == ["video", "video"]
    assert [rendition.segments for rendition in report.renditions] == [3, 3]
    assert report.stages[0].seconds == 1.5
    assert len(report.conformance) > 50
    assert report.source["unplayable_audio"] == [
        {
            "stream_index": 1,
            "codec": "ac4",
            "language": "und",
            "reason": "it cannot be decoded and mixed to stereo",
        }
    ]


def test_an_overtaken_job_leaves_the_newer_ones_report_alone(
    services: Services, published: Plan
) -> None:
    """The report under the stable name is that of what is live."""
    upload(services.store, services.settings, "clip.mp4", b"newer")
    with pytest.raises(Superseded):
        record_outcome(services, ending(published, "published"))
    assert services.store.videos.properties("clip.mp4/report.json") is None
    assert record_outcome(services, ending(published, "superseded")).path == ""
