"""Following one upload's job, and no other's."""

from __future__ import annotations

import pytest

from cli.app_client import AppClient, NoAnswer
from cli.follow import follow
from tests.cli.app_stand_in import Answer, a_status, app_answering
from transcoding.errors import VodError
from transcoding.reporting.status import JobStatus


class Recorder:
    """A view that keeps what it is shown."""

    def __init__(self) -> None:
        self.percents: list[float] = []

    def show(self, status: JobStatus) -> None:
        self.percents.append(status.percent)


def test_the_job_of_an_earlier_upload_is_passed_over() -> None:
    """The finished job of the same name is not taken for the one of this upload."""
    view = Recorder()
    with app_answering(
        Answer(200, a_status(instance_id="earlier", state="published", percent=100.0)),
        Answer(200, a_status(instance_id="mine", percent=10.0)),
        Answer(200, a_status(instance_id="mine", state="published", percent=99.0)),
    ) as app:
        status = follow(AppClient(app.url), "holiday.mp4", view, instance_id="mine", poll_s=0.01)
    assert status.instance_id == "mine"
    assert view.percents == [10.0, 99.0]


def test_a_later_upload_supersedes_the_job_that_is_followed() -> None:
    """When the name has another job by now, following ends as superseded."""
    with app_answering(
        Answer(200, a_status(instance_id="mine")), Answer(200, a_status(instance_id="later"))
    ) as app:
        status = follow(
            AppClient(app.url), "holiday.mp4", Recorder(), instance_id="mine", poll_s=0.01
        )
    assert (status.state, status.instance_id) == ("superseded", "mine")


def test_a_job_whose_upload_is_gone_is_superseded() -> None:
    """Nothing is known under its name any more; for a moment that may be so before a successor."""
    mine = Answer(200, a_status(instance_id="mine"))
    with app_answering(mine, *[Answer(404)] * 11) as app:
        status = follow(AppClient(app.url), "a.mp4", Recorder(), instance_id="mine", poll_s=0.001)
    assert (status.state, status.detail) == ("superseded", "the upload is gone; upload it again")
    assert len(app.requests) == 12


def test_a_job_that_never_appears_is_an_error() -> None:
    """Patience ends with a line that says where to look."""
    with (
        app_answering(Answer(404)) as app,
        pytest.raises(VodError, match=r"no job has appeared within 0 s \(holiday.mp4\): check"),
    ):
        follow(AppClient(app.url), "holiday.mp4", Recorder(), poll_s=0.01, patience_s=0.05)


def test_answers_that_are_lost_on_the_way_are_asked_for_again() -> None:
    """Ten in a row are borne: an app that is deployed anew comes back."""
    view = Recorder()
    with app_answering(
        Answer(200, a_status(percent=10.0)),
        *[Answer(0)] * 10,
        Answer(200, a_status(state="published", percent=100.0)),
    ) as app:
        assert follow(AppClient(app.url), "a.mp4", view, poll_s=0.001).state == "published"
    assert view.percents == [10.0, 100.0]
    assert len(app.requests) == 12


def test_an_app_that_goes_away_for_good_is_an_error() -> None:
    """With the eleventh answer that is lost in a row, following ends."""
    with (
        app_answering(Answer(200, a_status()), Answer(0)) as app,
        pytest.raises(NoAnswer, match="no app answers"),
    ):
        follow(AppClient(app.url), "holiday.mp4", Recorder(), poll_s=0.001)
    assert len(app.requests) == 12


@pytest.mark.parametrize("state", ["published", "refused", "superseded", "cancelled", "failed"])
def test_every_end_ends_following(state: str) -> None:
    """Whatever has become of the job, its last status is returned."""
    with app_answering(Answer(200, a_status(state=state))) as app:
        assert follow(AppClient(app.url), "holiday.mp4", Recorder()).state == state


def test_the_app_is_watched_at_every_turn() -> None:
    """An error of the watch ends following at once."""

    def gone() -> None:
        raise VodError("the app has ended")

    with app_answering(Answer(404)) as app, pytest.raises(VodError, match="the app has ended"):
        follow(AppClient(app.url), "holiday.mp4", Recorder(), watch_app=gone)
    assert app.requests == []
