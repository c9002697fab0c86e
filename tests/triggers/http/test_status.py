"""The status of a job over HTTP, on a real Azurite."""

from __future__ import annotations

import pytest

from adapters.services import Services
from tests.containers import upload_source
from tests.triggers.extension import Extension
from tests.triggers.http.calls import call
from transcoding.job.records import ReleaseRecord, StableText
from triggers.http.replay import post_replay
from triggers.http.status import get_status


def test_who_asks_wrongly_is_told_what_is_wrong(tools: Services) -> None:
    """No name, one that no blob has, no such upload, and an upload whose event has not come in."""
    extension = Extension()
    assert call(get_status, extension, tools)[0] == 400
    assert call(get_status, extension, tools, name="a/../b.mp4")[0] == 400
    assert call(get_status, extension, tools, name="none.mp4")[0] == 404
    upload_source(tools.settings, "new.mp4", b"source")
    code, told = call(get_status, extension, tools, name="new.mp4")
    assert (code, told["error"]) == (
        404,
        "no job for new.mp4 yet: the event of its upload has not come in; where only its metadata"
        " was changed none will: vod replay 'new.mp4'",
    )


@pytest.mark.parametrize(
    "name", ["a b/#1?100%.mp4", "a//b.mp4", pytest.param("x" * 1000, id="long")]
)
def test_a_job_of_any_name_has_a_status(tools: Services, name: str) -> None:
    """Also one whose name is refused."""
    extension = Extension()
    upload_source(tools.settings, name, b"source")
    assert call(post_replay, extension, tools, name=name)[0] == 202
    code, told = call(get_status, extension, tools, name=name)
    assert (code, told["state"], told["name"]) == (200, "running", name)


def test_storage_that_does_not_answer_is_said_in_one_line(silent: Services) -> None:
    """503 with the failure's words, no stack trace."""
    code, told = call(get_status, Extension(), silent, name="busy.mp4")
    assert (code, told) == (
        503,
        {"error": "storage: properties (busy.mp4): it was made to fail here"},
    )


@pytest.fixture
def published(tools: Services) -> str:
    """Publish a release without a job; return the name of its video."""
    name = "shown.mp4"
    record = ReleaseRecord(
        number=1,
        source_key="~0123456789ab",
        folders=(),
        files={file: StableText(text="text") for file in ("master.m3u8", "manifest.mpd")},
        is_complete=True,
        run_id="run-1",
    )
    assert tools.stores.releases.record(name, record)
    tools.stores.releases.publish(name, record)
    return name


def test_a_video_whose_upload_is_gone_is_still_published(tools: Services, published: str) -> None:
    """Its status says what plays, and that nothing is left to make it from."""
    code, told = call(get_status, Extension(), tools, name=published)
    assert (code, told["state"], told["percent"]) == (200, "published", 100.0)
    assert told["detail"] == "there is no upload named shown.mp4; this was published before"
    assert told["hls_url"].endswith("/shown.mp4/master.m3u8")
    assert told["dash_url"].endswith("/shown.mp4/manifest.mpd")


def test_a_published_video_is_told_of_while_its_next_upload_has_no_job(
    tools: Services, published: str
) -> None:
    """Setting metadata makes another upload of it, of which there is no event."""
    upload_source(tools.settings, published, b"source")
    code, told = call(get_status, Extension(), tools, name=published)
    assert (code, told["state"]) == (200, "published")
    assert told["detail"] == (
        "no job for shown.mp4 yet: the event of its upload has not come in; where only its metadata"
        " was changed none will: vod replay 'shown.mp4'; "
        "this was published before"
    )


def test_a_job_that_is_known_is_told_rather_than_what_was_published(
    tools: Services, published: str
) -> None:
    """A newer upload under the name of a video that is live."""
    upload_source(tools.settings, published, b"newer")
    extension = Extension()
    assert call(post_replay, extension, tools, name=published)[0] == 202
    code, told = call(get_status, extension, tools, name=published)
    assert (code, told["state"]) == (200, "running")
