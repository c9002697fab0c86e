"""The Front Door purger, with Azure's real client against a stand-in for its management API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.front_door import FrontDoorPurger, not_configured
from adapters.settings import FrontDoor
from tests.management_api import OPERATION_PATH, PURGE_PATH, Answer, ManagementApi
from transcoding.errors import PurgeFailed


@pytest.fixture
def api() -> Iterator[ManagementApi]:
    with ManagementApi() as running:
        yield running


def _purger(
    api: ManagementApi | None, domain: str = "", management_url: str = ""
) -> FrontDoorPurger:
    config = FrontDoor(
        subscription_id="00000000-0000-0000-0000-000000000001",
        resource_group="media",
        profile="door",
        endpoint="videos",
        domain=domain,
        management_url=api.url if api else management_url,
    )
    return FrontDoorPurger(config)


def test_a_purge_is_started_and_not_waited_for(api: ManagementApi) -> None:
    """One request, with paths and domain; the answer is a token and Azure's own wait."""
    state = _purger(api, "play.example.org").start(["/videos/a.mp4/master.m3u8", "/videos/b/*"])
    assert (state.status, state.wait_s) == ("running", 7)
    assert state.token
    assert [(asked.method, asked.path) for asked in api.asked] == [("POST", PURGE_PATH)]
    assert api.asked[0].body == {
        "contentPaths": ["/videos/a.mp4/master.m3u8", "/videos/b/*"],
        "domains": ["play.example.org"],
    }


def test_a_stand_in_gets_no_real_token(api: ManagementApi) -> None:
    """What goes over plain http on this machine opens nothing."""
    _purger(api).start(["/a"])
    assert api.asked[0].authorization == "Bearer development"


def test_without_a_domain_all_of_them_are_purged(api: ManagementApi) -> None:
    """No domain in the settings means none in the request."""
    _purger(api).start(["/videos/a.mp4/manifest.mpd"])
    assert api.asked[0].body == {"contentPaths": ["/videos/a.mp4/manifest.mpd"]}


def test_any_instance_follows_a_purge_by_its_token(api: ManagementApi) -> None:
    """A purger that knows only the token asks once a call, until Azure has succeeded."""
    token = _purger(api).start(["/a"]).token
    api.asked.clear()
    api.to_status = Answer(200, {"status": "InProgress"}, {"Retry-After": "25"})
    state = _purger(api).poll(token)
    assert (state.status, state.wait_s) == ("running", 25)
    api.to_status = Answer(200, {"status": "InProgress"})
    state = _purger(api).poll(state.token)
    assert (state.status, state.wait_s) == ("running", 10)
    api.to_status = Answer(200, {"status": "Succeeded"})
    state = _purger(api).poll(state.token)
    assert (state.status, state.token, state.wait_s) == ("done", "", 0)
    assert [(asked.method, asked.path) for asked in api.asked] == [("GET", OPERATION_PATH)] * 3


def test_a_purge_that_azure_finishes_at_once_is_done(api: ManagementApi) -> None:
    """200 instead of 202 needs no polling."""
    api.to_purge = Answer(200)
    assert _purger(api).start(["/a"]).status == "done"


def test_a_purge_that_fails_later_says_why(api: ManagementApi) -> None:
    """Azure's reason reaches whoever reads the job's outcome."""
    token = _purger(api).start(["/a"]).token
    error = {"code": "InternalServerError", "message": "an edge did not answer"}
    api.to_status = Answer(200, {"status": "Failed", "error": error})
    state = _purger(api).poll(token)
    assert state.status == "failed"
    assert state.detail == "Front Door says failed: (InternalServerError) an edge did not answer"


def test_throttling_is_waited_out_by_the_orchestrator(api: ManagementApi) -> None:
    """429 hands Azure's wait on, at the start without a token and later with the same one."""
    token = _purger(api).start(["/a"]).token
    api.asked.clear()
    throttled = Answer(429, {"error": {"code": "TooMany", "message": "x"}}, {"Retry-After": "45"})
    api.to_purge = api.to_status = throttled
    started, polled = _purger(api).start(["/a"]), _purger(api).poll(token)
    assert (started.status, started.token, started.wait_s) == ("running", "", 45)
    assert (polled.status, polled.token, polled.wait_s) == ("running", token, 45)
    assert len(api.asked) == 2


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "check VOD_FRONT_DOOR_DOMAIN"),
        (401, "the roles durable-vod purge and durable-vod purge results"),
        (403, "the roles durable-vod purge and durable-vod purge results"),
        (404, "check VOD_FRONT_DOOR_SUBSCRIPTION_ID"),
        (500, "it is tried again"),
    ],
)
def test_a_refused_purge_says_what_to_do(api: ManagementApi, status: int, advice: str) -> None:
    """The error has the status, Azure's words and advice, and was asked for only once."""
    api.to_purge = Answer(status, {"error": {"code": "Refused", "message": "no such luck"}})
    with pytest.raises(PurgeFailed) as failure:
        _purger(api).start(["/a"])
    assert f"start a purge: HTTP {status}, (Refused) no such luck (videos)" in str(failure.value)
    assert advice in str(failure.value)
    assert len(api.asked) == 1


def test_a_failed_look_is_a_failure_of_ours(api: ManagementApi) -> None:
    """An error while asking says nothing about the purge; the activity is retried."""
    token = _purger(api).start(["/a"]).token
    api.to_status = Answer(503)
    with pytest.raises(PurgeFailed, match="ask after a purge: HTTP 503"):
        _purger(api).poll(token)


def test_a_token_that_is_none_is_refused(api: ManagementApi) -> None:
    """Whatever else is handed in as a token fails in words."""
    with pytest.raises(PurgeFailed, match="ask after a purge"):
        _purger(api).poll("not a token")


def test_an_unreachable_azure_is_a_failure() -> None:
    """No answer at all names the network."""
    with pytest.raises(PurgeFailed, match="check the network"):
        _purger(None, management_url="http://127.0.0.1:9").start(["/a"])


def test_a_token_is_not_sent_in_the_clear() -> None:
    """Plain http is for this machine only; to any other host nothing is sent."""
    purger = _purger(None, management_url="http://management.example.invalid")
    with pytest.raises(PurgeFailed, match="not permitted for non-TLS"):
        purger.start(["/a"])


def test_azures_limit_of_paths_is_kept(api: ManagementApi) -> None:
    """More than 100 paths are refused here, none at all is done already; neither asks Azure."""
    with pytest.raises(PurgeFailed, match="purge 101 paths: purge a directory"):
        _purger(api).start([f"/{number}" for number in range(101)])
    assert _purger(api).start([]).status == "done"
    assert api.asked == []


def test_without_front_door_it_says_so() -> None:
    """The state names the four settings."""
    state = not_configured()
    assert state.status == "not_configured"
    for name in ("SUBSCRIPTION_ID", "RESOURCE_GROUP", "PROFILE", "ENDPOINT"):
        assert f"VOD_FRONT_DOOR_{name}" in state.detail
