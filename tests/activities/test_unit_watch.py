"""Progress records of a running unit, and the looks that stop it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from activities.encode_unit import encode_chunk, encode_named
from activities.runner import perform
from activities.unit_watch import UnitWatch
from adapters.ffmpeg.output import Progress
from adapters.ffmpeg.scripted import Call, ScriptedTools
from adapters.memory.wrapped import FailingContainer, FreezingContainer
from tests.activities.world import World, picture_units, sound_unit
from transcoding.errors import Cancelled, PlanAgain, Superseded, ToolFailed
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitProgress
from transcoding.plan.lanes import UnitName
from transcoding.plan.plan import Plan, Unit


@pytest.fixture
def unit(planned: Plan) -> Unit:
    """Two rungs of 200 frames."""
    return picture_units(planned)[0]


def records(world: World, unit: Unit) -> list[UnitProgress]:
    return world.services.stores.notes.read_progress(WorkFolder.of(unit.job))


def test_progress_is_written_once_in_a_while(world: World, unit: Unit) -> None:
    """Two words within two seconds are one record; never more frames than there are."""
    with UnitWatch(world.services, unit, 1) as watch:
        watch.encoding(Progress(frames=60, speed=1.5))
        world.clock.advance(1.9)
        watch.encoding(Progress(frames=250, speed=9.0))
        (record,) = records(world, unit)
        assert (record.frames_done, record.speed, record.state) == (60, 1.5, "encoding")
        world.clock.advance(0.1)
        watch.encoding(Progress(frames=250, speed=9.0))
        assert [one.frames_done for one in records(world, unit)] == [200]
    assert records(world, unit) == []


def test_a_record_says_who_wrote_it_when(world: World, unit: Unit) -> None:
    """Attempt and time: one that stays silent has been lost."""
    with UnitWatch(world.services, unit, 3) as watch:
        world.clock.advance(90)
        watch.encoding(Progress(frames=60))
        (record,) = records(world, unit)
    assert record.written_at == datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)
    assert (record.attempt, record.unit_id) == (3, unit.unit_id)
    assert record.track_keys == tuple(track.key for track in unit.tracks)
    assert (record.chunk, record.frames_total) == (0, 200)


def test_sound_counts_its_own_frames(world: World, planned: Plan) -> None:
    """By media time: FFmpeg counts pictures only."""
    unit = sound_unit(planned)
    with UnitWatch(world.services, unit, 1) as watch:
        watch.encoding(Progress(out_time_s=4.0))
        assert [one.frames_done for one in records(world, unit)] == [187]
        watch.enter("checking")
        assert [one.frames_done for one in records(world, unit)] == [unit.chunk.frame_count]


def test_a_unit_is_heard_of_in_all_that_it_does(world: World, unit: Unit) -> None:
    """While it encodes, checks and uploads, however long that takes."""
    heard: list[tuple[str, str]] = []

    def listen(call: Call) -> None:
        for _ in range(3):
            world.clock.advance(20)
            call.tell(Progress(frames=1))
            (record,) = records(world, unit)
            assert record.written_at == world.clock.now()
            heard.append((call.what.partition(" ")[0], record.state))

    encode_chunk(world.services_with(ScriptedTools(run=listen, behind=world.tools)), unit)
    states = ["encode", "decode", "decode", "compare"]
    assert [what for what, _ in heard[::3]] == states
    assert [state for _, state in heard[::3]] == ["encoding", "checking", "checking", "checking"]


def test_an_upload_is_heard_of_between_its_tracks(world: World, unit: Unit) -> None:
    """Each may take a while: here three seconds pass in the first one's."""
    heard: list[UnitProgress] = []
    slow = FreezingContainer(world.containers.videos, 8, lambda: world.clock.advance(3))
    videos = FreezingContainer(slow, 13, lambda: heard.extend(records(world, unit)))
    encode_chunk(world.services_with(videos=videos), unit)
    assert len(world.blobs()) == 8
    (record,) = heard
    assert (record.state, record.written_at) == ("uploading", world.clock.now())


def test_the_second_attempt_says_that_it_is_one(world: World, unit: Unit) -> None:
    """It is counted by the note that the first one's failure left."""
    attempts: list[int] = []

    def fail(call: Call) -> None:
        call.tell(Progress())
        attempts.append(records(world, unit)[0].attempt)
        raise ToolFailed(call.what)

    services = world.services_with(ScriptedTools(run=fail, behind=world.tools))
    name = UnitName(job=unit.job, round=unit.round, number=unit.number)
    for _ in range(3):
        with pytest.raises(ToolFailed):
            perform(services, "encode_unit", name, encode_named)
    assert attempts == [1, 2, 3]
    assert records(world, unit) == []


def test_a_job_without_a_future_stops_its_unit(world: World, unit: Unit) -> None:
    """What is raised here ends what the runner does."""
    notes = world.services.stores.notes
    work = WorkFolder.of(unit.job)
    watch = UnitWatch(world.services, unit, 1)
    notes.mark_round_over(work, 1)
    watch.check()
    notes.mark_round_over(work, 0)
    with pytest.raises(PlanAgain):
        watch.encoding(Progress())
    world.clock.advance(3)
    world.upload(b"newer")
    with pytest.raises(Superseded):
        watch.heartbeat()
    notes.cancel(work)
    with pytest.raises(Cancelled):
        watch.enter("uploading")
    assert records(world, unit) == []


def test_storage_that_does_not_answer_ends_no_unit(world: World, unit: Unit) -> None:
    """Progress is not worth minutes of encoding: neither while it encodes nor after."""
    for container in ("work", "uploads"):
        silent = FailingContainer(getattr(world.containers, container), 1)
        services = world.services_with(None, **{container: silent})
        with UnitWatch(services, unit, 1) as watch:
            watch.encoding(Progress())
            watch.enter("checking")
            watch.heartbeat()
        assert len(silent.operations) >= 2


def test_what_is_left_of_a_units_time_shrinks_and_never_ends(world: World, unit: Unit) -> None:
    """25 minutes unless set; the last look gets a second all the same."""
    watch = UnitWatch(world.services, unit, 1)
    assert watch.seconds_left() == world.settings.unit_timeout_s == 1500
    world.clock.advance(1400)
    assert watch.seconds_left() == 100
    world.clock.advance(1400)
    assert watch.seconds_left() == 1
