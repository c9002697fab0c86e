"""Units that stop: their source is gone, their job is cancelled, or the encoder is another."""

from __future__ import annotations

import pytest

from activities.encode_unit import encode_chunk, encode_named
from adapters.ffmpeg.output import Progress
from adapters.ffmpeg.scripted import Call, ScriptedTools
from adapters.ffmpeg.wrapped import WrappedTools
from adapters.memory.wrapped import FailingContainer, FreezingContainer
from tests.activities.world import (
    World,
    lowest,
    picture_units,
    sound_unit,
    units,
)
from tests.transcoding.builders import a_failure
from transcoding.errors import (
    Cancelled,
    PlanAgain,
    Superseded,
    ToolFailed,
    WrongWorker,
)
from transcoding.job.paths import WorkFolder
from transcoding.plan.lanes import UnitName
from transcoding.plan.plan import Plan, Unit

PHASES = ["encode chunk 0", "decode chunk 0", "compare chunk 0"]
"""What FFmpeg does for a unit, by the first words that are told of it."""


@pytest.fixture
def unit(planned: Plan) -> Unit:
    """Both rungs of the first chunk: two segments each."""
    return picture_units(planned)[0]


# --- no future


def test_a_source_that_is_replaced_stops_its_units(world: World, planned: Plan) -> None:
    """Nothing of the old source is stored once there is a newer one."""
    world.upload(b"newer")
    for unit in units(planned):
        with pytest.raises(Superseded, match="was replaced by a newer upload"):
            encode_chunk(world.services, unit)
    assert world.blobs() == {}


def test_a_change_of_metadata_is_told_as_what_it_is(world: World, unit: Unit) -> None:
    """It makes another version of the upload, and no event tells anybody."""
    world.containers.uploads.set_metadata("clip.mp4", {"owner": "kim"})
    with pytest.raises(Superseded, match="its metadata was changed"):
        encode_chunk(world.services, unit)


@pytest.mark.parametrize("phase", PHASES)
def test_a_source_that_is_deleted_in_the_middle_is_no_failure_of_the_tool(
    world: World, unit: Unit, phase: str
) -> None:
    """FFmpeg cannot read on: that is told from a failure of ours."""

    def lose_source(call: Call) -> None:
        if call.what.startswith(phase):
            world.containers.uploads.delete("clip.mp4")
            raise ToolFailed(call.what, exit_code=1, stderr_tail="HTTP error 404")

    tools = ScriptedTools(run=lose_source, behind=world.tools)
    with pytest.raises(Superseded, match="was deleted"):
        encode_chunk(world.services_with(tools), unit)
    assert world.blobs() == {}


def test_a_failure_of_ours_is_told_where_storage_does_not_say_whose_it_is(
    world: World, unit: Unit
) -> None:
    """FFmpeg's own words are worth more than those of a look that failed too."""
    silent = FailingContainer(world.containers.uploads, 2)

    def fail(call: Call) -> None:
        raise ToolFailed(call.what, exit_code=8)

    tools = ScriptedTools(run=fail, behind=world.tools)
    with pytest.raises(ToolFailed, match=r"encode chunk 0 of clip\.mp4"):
        encode_chunk(world.services_with(tools, uploads=silent), unit)
    assert silent.operations == ["properties clip.mp4"] * 2


# --- cancelled


def test_a_job_that_is_cancelled_starts_no_unit(world: World, planned: Plan) -> None:
    """Neither FFmpeg nor storage hears of it."""
    world.services.stores.notes.cancel(WorkFolder.of(planned.job))
    tools = ScriptedTools(behind=world.tools)
    for unit in units(planned):
        with pytest.raises(Cancelled):
            encode_chunk(world.services_with(tools), unit)
    assert tools.calls == []
    assert world.blobs() == {}


def progress_written(work: FailingContainer) -> int:
    """Return how many records of progress were written."""
    return sum("put" in done and "/progress/" in done for done in work.operations)


@pytest.mark.parametrize("phase", PHASES)
def test_the_cancel_mark_ends_what_ffmpeg_does(world: World, unit: Unit, phase: str) -> None:
    """Two words of FFmpeg later at most: while encoding, decoding and comparing."""
    work = FailingContainer(world.containers.work, 0)
    written: list[int] = []

    def cancel(call: Call) -> None:
        if call.what.startswith(phase):
            world.services.stores.notes.cancel(WorkFolder.of(unit.job))
            written.append(progress_written(work))
            for frames in range(10):
                world.clock.advance(0.5)
                call.tell(Progress(frames=frames))
            raise AssertionError("nobody has looked")

    tools = ScriptedTools(run=cancel, behind=world.tools)
    with pytest.raises(Cancelled):
        encode_chunk(world.services_with(tools, work=work), unit)
    assert progress_written(work) - written[0] <= 2
    assert world.blobs() == {}
    assert world.services.stores.notes.read_progress(WorkFolder.of(unit.job)) == []


def test_the_cancel_mark_ends_an_upload_between_two_tracks(
    world: World, planned: Plan, unit: Unit
) -> None:
    """What is stored by then is whole; the other track is not begun."""
    work = FailingContainer(world.containers.work, 0)

    def cancel() -> None:
        world.services.stores.notes.cancel(WorkFolder.of(unit.job))
        world.clock.advance(3)

    # It reads two markers and two lists of releases, then lists and creates.
    videos = FreezingContainer(world.containers.videos, 8, cancel)
    with pytest.raises(Cancelled):
        encode_chunk(world.services_with(videos=videos, work=work), unit)
    assert progress_written(work) <= 3
    assert len(world.bodies(lowest(planned))) == 4
    assert len(world.blobs()) == 4


def test_another_runs_cancel_mark_stops_nothing(world: World, unit: Unit) -> None:
    """A replay starts while units of the failed run still see their mark."""
    world.services.stores.notes.cancel(WorkFolder(unit.job.instance_id, "run-0"))
    assert encode_chunk(world.services, unit).done == 2


# --- another encoder


def named(unit: Unit) -> UnitName:
    return UnitName(job=unit.job, round=unit.round, number=unit.number)


def test_a_unit_that_finds_another_encoder_has_the_job_planned_anew(
    world: World, planned: Plan
) -> None:
    """Nothing of the other encoder is stored, and other units of the round stop where they are."""
    first, second = picture_units(planned)
    deployed = world.services_with(WrappedTools(world.tools, version="10.0"))
    told: list[int] = []

    def deploy(call: Call) -> None:
        if not told:
            with pytest.raises(PlanAgain, match=r"planned for FFmpeg .*, this worker has 10\.0"):
                encode_named(deployed, named(second))
        for frames in range(10):
            world.clock.advance(0.5)
            told.append(frames)
            call.tell(Progress(frames=frames))

    tools = ScriptedTools(run=deploy, behind=world.tools)
    with pytest.raises(PlanAgain, match="another unit has found"):
        encode_named(world.services_with(tools), named(first))
    assert len(told) <= 5
    with pytest.raises(PlanAgain, match="another unit has found"):
        encode_named(world.services, named(sound_unit(planned)))
    assert world.blobs() == {}


def test_a_unit_without_its_plan_has_the_job_planned_anew(
    world: World, planned: Plan, unit: Unit
) -> None:
    """Somebody has emptied the work folder; the others need not come to that, too."""
    world.containers.work.delete(WorkFolder.of(planned.job).plan(0))
    with pytest.raises(PlanAgain, match="the plan is gone"):
        encode_named(world.services, named(unit))
    assert world.services.stores.notes.is_round_over(WorkFolder.of(planned.job), 0)
    anew = world.plan_again(planned)
    assert encode_named(world.services, named(picture_units(anew)[0])).done == 2


def test_the_next_round_is_not_stopped_by_the_mark_of_the_last(
    world: World, planned: Plan, unit: Unit
) -> None:
    """The job goes on with the encoder that is there now."""
    deployed = world.services_with(WrappedTools(world.tools, version="10.0"))
    with pytest.raises(PlanAgain):
        encode_named(deployed, named(unit))
    next_round = world.plan_again(planned, deployed)
    assert next_round.round == 1
    assert next_round.video[0].key != planned.video[0].key
    assert encode_chunk(deployed, picture_units(next_round)[0]).done == 2
    assert lowest(planned).path("init.mp4") not in world.blobs()


def test_in_a_later_round_another_worker_is_looked_for(world: World, planned: Plan) -> None:
    """A worker that is old or new tells nothing of the plan: the host tries again elsewhere."""
    anew = world.plan_again(planned)
    unit = picture_units(anew)[0]
    other = world.services_with(WrappedTools(world.tools, version="10.0"))
    with pytest.raises(WrongWorker, match=r"planned for FFmpeg .*, this worker has 10\.0"):
        encode_named(other, named(unit))
    assert not world.services.stores.notes.is_round_over(WorkFolder.of(anew.job), 1)
    assert world.blobs() == {}
    assert encode_named(world.services, named(unit)).done == 2


@pytest.mark.parametrize(
    ("failed_before", "raised"), [(0, WrongWorker), (2, WrongWorker), (3, PlanAgain)]
)
def test_where_no_right_worker_comes_there_is_another_plan(
    world: World, planned: Plan, failed_before: int, raised: type[Exception]
) -> None:
    """The last of four attempts has one made by whoever is there then."""
    anew = world.plan_again(planned)
    unit = picture_units(anew)[0]
    notes, work = world.services.stores.notes, WorkFolder.of(anew.job)
    if failed_before:
        notes.write_failure(work, a_failure(unit_id=unit.unit_id, attempt=failed_before))
    other = world.services_with(WrappedTools(world.tools, version="10.0"))
    with pytest.raises(raised):
        encode_named(other, named(unit))
    assert notes.is_round_over(work, 1) == (raised is PlanAgain)
