"""A purge, against a stand-in of Azure Resource Manager."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.checkup.front_door import try_purge
from adapters.settings import FrontDoor
from tests.management_api import Answer, ManagementApi
from transcoding.errors import PurgeFailed


@pytest.fixture
def api() -> Iterator[ManagementApi]:
    with ManagementApi() as running:
        yield running


def door(api: ManagementApi) -> FrontDoor:
    return FrontDoor(
        subscription_id="1",
        resource_group="media",
        profile="door",
        endpoint="videos",
        management_url=api.url,
    )


def test_without_a_front_door_nothing_is_tried() -> None:
    """A deployment need not have one."""
    assert try_purge(None, "videos").status == "skipped"


def test_a_purge_is_really_started(api: ManagementApi) -> None:
    """Of a path where nothing can be published; one request, and nobody waits for it."""
    assert try_purge(door(api), "videos") == ("ok", "a purge of videos was accepted", "")
    assert [asked.body for asked in api.asked] == [{"contentPaths": ["/videos/~checkup/purged"]}]


def test_an_azure_that_is_busy_allows_it(api: ManagementApi) -> None:
    """Who may not purge is told so, however busy Azure is."""
    api.to_purge = Answer(429, headers={"Retry-After": "7"})
    assert try_purge(door(api), "videos") == (
        "ok",
        "a purge is allowed; just now Azure asks to slow down",
        "",
    )


def test_a_purge_that_is_refused_says_which_role(api: ManagementApi) -> None:
    """The purger's own advice."""
    api.to_purge = Answer(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})
    with pytest.raises(PurgeFailed, match="CDN Profile Contributor"):
        try_purge(door(api), "videos")
