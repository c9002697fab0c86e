"""Values in the history of jobs that run while a new version is deployed, and their sizes."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from orchestrators.encode_renditions import units_of

from tests.transcoding.builders import a_plan, a_source, an_audio_track
from transcoding.job.messages import (
    Ending,
    Job,
    Outcome,
    Purge,
    PurgeState,
    Refused,
    Reply,
    UnitDone,
    Verdict,
)
from transcoding.job.records import UnitFailure, UnitProgress
from transcoding.plan.plan import AudioUnit, EncodeUnit, Plan, Probed, RungGroup
from transcoding.reporting.status import CustomStatus
from transcoding.values import Value

RECORDED: dict[str, Any] = json.loads(
    Path(__file__).with_name("recorded").joinpath("values.json").read_text()
)
"""What version 0.1.0 wrote. Nothing here is ever changed: new versions are recorded beside it."""

KINDS: tuple[type[Value], ...] = (
    AudioUnit,
    CustomStatus,
    EncodeUnit,
    Ending,
    Job,
    Outcome,
    Plan,
    Probed,
    Purge,
    PurgeState,
    Refused,
    Reply,
    RungGroup,
    UnitDone,
    UnitFailure,
    UnitProgress,
    Verdict,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_an_older_version_recorded_can_be_read(kind: type[Value]) -> None:
    """A field that is removed, renamed or added without a default would end every running job."""
    recorded = RECORDED[kind.__name__]
    read = kind.from_json(recorded).to_json()
    assert _only_added(recorded, read)


def test_a_running_job_survives_a_field_with_a_default() -> None:
    """The plan in its history has none of it, and means what it meant."""

    class NewPlan(Plan):
        captions: tuple[str, ...] = ()

    assert NewPlan.from_json(RECORDED["Plan"]).captions == ()
    assert NewPlan.from_json(RECORDED["Plan"]).rungs == Plan.from_json(RECORDED["Plan"]).rungs


def test_a_film_in_every_size_stays_far_from_the_limit_of_a_message() -> None:
    """Two hours of 2160p60 with eight sounds: 13 rungs; the host takes 1 MB a message."""
    tracks = [an_audio_track(stream_index=n, title="x" * 100) for n in range(1, 9)]
    source = a_source(
        *tracks, coded_width=3840, coded_height=2160, frame_rate=Fraction(60), frame_count=432_000
    )
    plan = a_plan(source, grouping="together")
    assert len(plan.rungs) == 13
    assert plan.timeline.chunk_count > 240
    units = units_of(plan, plan.groups[0])
    group = RungGroup(plan=plan, rung_keys=plan.groups[0])
    assert len(json.dumps(plan.to_json())) < 16_000
    assert len(json.dumps(group.to_json())) < 16_000
    assert max(len(json.dumps(unit.to_json())) for unit in units) < 8_000


def _only_added(recorded: Any, read: Any) -> bool:
    """Whether all that was recorded is still there, in the same words."""
    if isinstance(recorded, dict):
        return isinstance(read, dict) and all(
            name in read and _only_added(value, read[name]) for name, value in recorded.items()
        )
    if isinstance(recorded, list):
        return len(recorded) == len(read) and all(map(_only_added, recorded, read))
    return bool(recorded == read)
