"""Messages and settings that a step cannot begin with."""

from __future__ import annotations

from typing import Any

import pytest

from activities.encode_unit import encode_chunk
from activities.runner import run_step
from adapters.services import Services
from tests.activities.world import World, picture_units
from transcoding.errors import (
    SettingsInvalid,
    VodError,
)
from transcoding.job.messages import Done, Ending, Job, Reply, Successor
from transcoding.job.paths import WorkFolder
from transcoding.job.records import UnitFailure
from transcoding.plan.plan import Plan, Unit


@pytest.fixture
def job(world: World) -> Job:
    return world.upload(b"source")


def succeeds(*_: object) -> Done:
    return Done(done=1)


def notes_of(world: World, job: Job) -> list[UnitFailure]:
    return world.services.stores.notes.read_failures(WorkFolder.of(job), 10)


# --- messages that cannot be read


def test_a_message_of_another_version_leaves_a_note_and_is_raised(
    world: World, planned: Plan
) -> None:
    """Its job can be told all the same; another worker may understand it."""
    message = picture_units(planned)[0].to_json() | {"hdr": "c2VjcmV0"}
    for attempt in (1, 2):
        with pytest.raises(VodError, match="encode_unit cannot be read: hdr: Extra inputs"):
            run_step("encode_unit", message, Unit, encode_chunk, lambda: world.services)
        (note,) = notes_of(world, planned.job)
        assert (note.unit_id, note.error, note.attempt) == ("encode_unit", "VodError", attempt)
    assert "hdr: Extra inputs are not permitted" in note.message
    assert "c2VjcmV0" not in note.model_dump_json()


@pytest.mark.parametrize("extra", [{}, {"priority": 1}])
def test_a_job_of_another_version_is_known_by_what_is_known_of_it(
    world: World, job: Job, extra: dict[str, int]
) -> None:
    """Its folder is where the note goes."""
    message = {"job": job.to_json() | extra, "outcome": None}
    with pytest.raises(VodError, match=r"outcome"):
        run_step("end_job", message, Ending, succeeds, lambda: world.services)
    assert len(notes_of(world, job)) == 1


@pytest.mark.parametrize("message", [{}, {"job": None}, {"job": [1]}, {"job": {"name": 1}}, [], 7])
def test_a_message_without_a_job_is_raised_without_a_note(world: World, message: Any) -> None:
    """There is no folder for it."""
    with pytest.raises(VodError, match="the message of plan_job cannot be read"):
        run_step("plan_job", message, Unit, succeeds, lambda: world.services)
    assert world.containers.work.list("") == []


def test_wrong_settings_are_an_answer(job: Job) -> None:
    """Nothing can be noted without storage, and no retry puts them right."""

    def wrong() -> Services:
        raise SettingsInvalid("setting X is wrong")

    reply = Reply.from_json(run_step("plan_job", job.to_json(), Job, succeeds, wrong))
    assert reply.stop is not None
    assert (reply.stop.why, reply.stop.detail) == ("failed", "setting X is wrong")


def test_an_answer_survives_json(world: World, job: Job) -> None:
    """As the host keeps it."""

    def body(*_: object) -> Successor:
        return Successor(etag="0x8DC")

    answer = run_step("start_successor", job.to_json(), Job, body, lambda: world.services)
    assert Successor.from_json(Reply.from_json(answer).value).etag == "0x8DC"
