"""What steps are told and answer: every message survives JSON, and is small enough for the host."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from tests.transcoding.builders import (
    a_chunk_record,
    a_failure,
    a_job,
    a_plan,
    a_progress,
    a_release,
    a_song,
    a_sound_unit,
    a_source,
    a_unit,
    an_audio_track,
)
from transcoding.job.collected import Collected
from transcoding.job.messages import (
    Done,
    Ending,
    Filed,
    Outcome,
    Published,
    Purge,
    PurgeState,
    RefusalCode,
    Refused,
    Reply,
    Stage,
    Stop,
    Successor,
    Verdict,
)
from transcoding.job.records import DeadLetter
from transcoding.plan.lanes import lanes_of
from transcoding.plan.plan import Plan, Planning, Probed
from transcoding.reporting.status import CustomStatus
from transcoding.source.measured import Measured
from transcoding.values import Value

FRACTIONS = a_source(
    an_audio_track(),
    frame_rate=Fraction(30_000, 1001),
    start_s=Fraction(1, 3),
    longest_step_s=Fraction(1, 7),
)
REFUSED = Refused(code=RefusalCode.EMPTY, reason="the file is empty", advice="upload it again")
OUTCOME = Outcome(
    status="published",
    name="a.mp4",
    release=3,
    warnings=("end_job failed",),
    stages=(Stage(name="probing", seconds=0.125),),
)

MESSAGES: tuple[Value, ...] = (
    a_job(trace_parent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    Probed(job=a_job(), source=FRACTIONS),
    Probed(job=a_job(), refused=REFUSED),
    Measured(),
    Planning(job=a_job(), source=a_song(), measured=Measured(), round=1),
    a_plan(FRACTIONS),
    a_plan(a_song()),
    a_unit(a_plan(FRACTIONS), 0, 0, 1),
    a_sound_unit(a_plan(FRACTIONS)),
    lanes_of(a_plan())[-1].model_copy(update={"position": 20}),
    Done(done=2, skipped=1),
    Verdict(checked=80, failed=("hls.4.3: too long",)),
    Published(number=7),
    Successor(etag="0x8DC"),
    Purge(job=a_job(), token="t"),
    PurgeState(status="running", detail="", token="t", wait_s=5),
    Ending(job=a_job(), outcome=OUTCOME),
    Filed(path="a/b.json", live=2),
    Reply(value={"done": 1}),
    Reply(stop=Stop(why="plan_again", detail="another encoder")),
    CustomStatus(phase="encoding"),
    Collected(records={"h264-1": (a_chunk_record(0), a_chunk_record(1))}),
    a_progress("h264-1"),
    a_failure(command=("ffmpeg", "-i"), exit_code=-9),
    a_release(3),
    DeadLetter(
        status="failed",
        name="a.mp4",
        etag="0x8DC",
        instance_id="a",
        run_id="1",
        reason="no space",
        replay="vod replay",
        failures=(a_failure(),),
    ),
)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_message_survives_json(message: Value) -> None:
    """Exact fractions, times and kinds of track among them: as the host keeps it, as a blob too."""
    assert type(message).from_json(json.loads(json.dumps(message.to_json()))) == message
    assert type(message).model_validate_json(message.model_dump_json()) == message


def test_a_film_in_every_size_stays_far_from_the_limit_of_a_message() -> None:
    """Two hours of 2160p60 with eight sounds: 13 rungs; the host takes 1 MB a message."""
    tracks = [an_audio_track(stream_index=n, title="x" * 100) for n in range(1, 9)]
    source = a_source(
        *tracks, coded_width=3840, coded_height=2160, frame_rate=Fraction(60), frame_count=432_000
    )
    plan: Plan = a_plan(source, grouping="together")
    assert len(plan.video) == 13
    assert plan.video[0].timeline.chunk_count > 240
    assert len(json.dumps(plan.to_json())) < 24_000
    assert max(len(json.dumps(lane.to_json())) for lane in lanes_of(plan)) < 24_000
    assert max(len(json.dumps(plan.unit(n).to_json())) for n in range(plan.unit_count)) < 16_000
