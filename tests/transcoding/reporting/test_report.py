"""report.json from records."""

from __future__ import annotations

import json

from tests.transcoding.builders import a_chunk_record, a_plan, a_song, a_source
from transcoding.conformance import RuleResult
from transcoding.job.messages import Outcome, Stage
from transcoding.job.records import join_chunks
from transcoding.manifests.presentation import present
from transcoding.plan.plan import Plan
from transcoding.plan.release import Release
from transcoding.reporting.report import Report, make_report

RULE = RuleResult(rule="HLS 7.4", level="MUST", passed=True, applies=True, detail="all start so")


def the_report(encode_s: float) -> Report:
    """Report on 8 s of two rungs in two chunks each, of which each took `encode_s`."""
    return report_on(a_plan(a_source(frame_count=240), max_height=300), encode_s)


def report_on(plan: Plan, encode_s: float) -> Report:
    """Report on a plan whose tracks have two chunks each."""
    records = {
        track.key: tuple(a_chunk_record(i, key=track.key, encode_s=encode_s) for i in (0, 1))
        for track in plan.tracks
    }
    renditions = {key: join_chunks(chunks) for key, chunks in records.items()}
    shown = present(Release.whole(plan), renditions)
    outcome = Outcome(
        status="published",
        name=plan.job.name,
        purge="done: 5 paths",
        stages=(Stage(name="encoding", seconds=12.5),),
    )
    return make_report(plan, shown, records, [RULE], outcome)


def test_a_rendition_tells_size_rate_and_speed() -> None:
    """Two chunks of 50,000 bytes in 8 s are 100 kbit/s; 4 s of encoding are twice real time."""
    rendition = the_report(2.0).renditions[0]
    assert (rendition.width, rendition.height, rendition.frame_rate) == (416, 234, "30")
    assert (rendition.size_bytes, rendition.segments, rendition.chunks) == (100_000, 2, 2)
    assert (rendition.average_bps, rendition.encode_s) == (100_000, 4.0)
    assert rendition.realtime_factor == 2.0


def test_sound_has_no_size() -> None:
    """It has a title, a rate and a speed as pictures have."""
    (rendition,) = report_on(a_plan(a_song(duration_s=8)), 0.5).renditions
    assert (rendition.kind, rendition.label) == ("audio", "audio en")
    assert (rendition.width, rendition.height, rendition.frame_rate) == (0, 0, "")
    assert (rendition.average_bps, rendition.realtime_factor) == (100_000, 8.0)


def test_nothing_encoded_has_no_speed() -> None:
    """A report of records without times divides nothing by zero."""
    assert the_report(0.0).renditions[0].realtime_factor is None


def test_what_the_json_of_a_report_has() -> None:
    """Source, stages, rules and purge are in it, exact numbers as text."""
    report = the_report(2.0)
    document = json.loads(report.model_dump_json())
    assert document["duration_s"] == 8.0
    assert document["source_etag"] == "0x8DC"
    assert document["purge"] == "done: 5 paths"
    assert [rule["rule"] for rule in document["conformance"]] == ["HLS 7.4"]
    assert document["source"]["video"]["codec"] == "h264"
    assert document["source"]["video"]["frame_rate"] == "30"
