"""What the app says of its own health, on a real Azurite."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import azure.functions as func
import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient

from adapters.checkup.examination import Examination, Trial, failed, passed
from adapters.ffmpeg.scripted import ScriptedTools
from adapters.services import Services, make_services
from adapters.settings import Settings
from devhost.azurite import AzuriteProcess
from tests.containers import containers_of
from tests.ingestion import Ingestion
from tests.management_api import FRONT_DOOR, ManagementApi
from transcoding.errors import SettingsInvalid
from transcoding.reporting.checkup import Checkup
from triggers.http.health import examination_of, get_health
from triggers.on_poison import POISON_QUEUE

NAMES = [
    "settings",
    "ffmpeg",
    "ffprobe",
    "temp disk",
    "storage: uploads",
    "storage: work",
    "storage: failed",
    "storage: videos",
    "queue",
    "clock",
    "application insights",
    "front door",
    "playback",
]


@pytest.fixture(autouse=True)
def queue(azurite: AzuriteProcess) -> None:
    """Give what the app makes when a host loads it."""
    with (
        QueueClient.from_connection_string(azurite.connection_string, POISON_QUEUE) as client,
        suppress(ResourceExistsError),
    ):
        client.create_queue()


def asking(**params: str) -> func.HttpRequest:
    return func.HttpRequest(method="GET", url="/api/health", params=params, body=b"")


def told_by(tools: Services, **params: str) -> tuple[int, Checkup, str]:
    """Return status, checkup and text of an answer."""
    answer = asyncio.run(get_health(asking(**params), (), lambda: examination_of(tools)))
    text = answer.get_body().decode()
    return answer.status_code, Checkup.model_validate_json(text), text


def statuses(checkup: Checkup) -> dict[str, str]:
    return {check.name: check.status for check in checkup.checks}


def test_an_app_that_is_well_passes(tools: Services) -> None:
    """Everything is tried, in this order; nothing stays behind in any container."""
    code, checkup, _ = told_by(tools)
    assert code == 200
    assert checkup.passed
    assert checkup.version == "0.1.0"
    assert [check.name for check in checkup.checks] == NAMES
    skipped = [name for name, status in statuses(checkup).items() if status == "skipped"]
    assert skipped == ["application insights", "front door"]
    kept = containers_of(tools.settings)
    assert [kept.uploads.list(""), kept.work.list("")] == [[], []]
    assert [kept.failed.list(""), kept.videos.list("")] == [[], []]


@pytest.mark.usefixtures("stores")
def test_what_is_configured_is_tried_too(settings: Settings) -> None:
    """Telemetry and purge are sent for real; players' address is told."""
    with Ingestion() as ingestion, ManagementApi() as api:
        given = {
            **{name.lower().removeprefix("vod_"): text for name, text in FRONT_DOOR.items()},
            "front_door_management_url": api.url,
            "telemetry_connection_string": ingestion.connection_string,
            "playback_base_url": "https://play.example.org",
        }
        tools = make_services(settings.model_copy(update=given))
        code, checkup, _ = told_by(tools, purge="true")
        assert (code, set(statuses(checkup).values())) == (200, {"ok"})
        assert (len(ingestion.items), len(api.asked)) == (1, 1)
        played = f"https://play.example.org/{settings.videos_container}/NAME/master.m3u8"
        assert checkup.checks[-1].found == f"players are sent to {played}"


@pytest.mark.usefixtures("stores")
@pytest.mark.parametrize("params", [{}, {"purge": "false"}])
def test_whoever_watches_the_app_purges_nothing(settings: Settings, params: dict[str, str]) -> None:
    """A purge a minute would keep those of publishes waiting; how to have one is told."""
    with ManagementApi() as api:
        door = {name.lower().removeprefix("vod_"): text for name, text in FRONT_DOOR.items()}
        given = {**door, "front_door_management_url": api.url}
        tools = make_services(settings.model_copy(update=given))
        _, checkup, _ = told_by(tools, **params)
        assert api.asked == []
    (found,) = [check for check in checkup.checks if check.name == "front door"]
    assert (found.status, found.found) == (
        "skipped",
        "tried only when it is asked for: ?purge=true",
    )


def test_what_is_asked_for_in_other_words_is_told() -> None:
    """400, and nothing is tried."""

    def never() -> Examination:
        raise AssertionError("there is nothing to examine")

    answer = asyncio.run(get_health(asking(purge="yes"), (), never))
    assert (answer.status_code, json.loads(answer.get_body())) == (
        400,
        {"error": "purge is true or false"},
    )


def test_a_container_that_is_gone_is_503_and_told(tools: Services, settings: Settings) -> None:
    """One failure is enough; the others are told all the same."""
    containers_of(settings).work._client.delete_container()
    code, checkup, _ = told_by(tools)
    assert code == 503
    assert [check.name for check in checkup.checks if check.status == "failed"] == ["storage: work"]
    assert [check.name for check in checkup.checks] == NAMES


def test_no_key_is_told_whoever_says_it(tools: Services) -> None:
    """Whole or alone; a program may be a script that somebody has written."""
    string = tools.settings.uploads.connection_string
    key = string.partition("AccountKey=")[2].partition(";")[0]
    loud = ScriptedTools(ask=lambda _: f"ffmpeg {key} {string}")
    _, checkup, text = told_by(replace(tools, ffmpeg=loud))
    assert statuses(checkup)["ffmpeg"] == "failed"
    assert checkup.checks[1].found.startswith("ffmpeg <removed> <removed> lacks ")
    assert key not in text


def test_wrong_settings_are_a_line_each_and_nothing_else_is_tried() -> None:
    """503; they are no worse found later than at load."""

    def invalid() -> Examination:
        raise SettingsInvalid("setting A is wrong\nsetting B is missing")

    def never() -> Examination:
        raise AssertionError("there is nothing to examine")

    at_load = asyncio.run(
        get_health(asking(), ["setting A is wrong", "setting B is missing"], never)
    )
    later = asyncio.run(get_health(asking(), (), invalid))
    told: dict[str, Any] = json.loads(at_load.get_body())
    assert (at_load.status_code, later.status_code) == (503, 503)
    assert json.loads(later.get_body()) == told
    assert told == {
        "version": "0.1.0",
        "checks": [
            {
                "name": "settings",
                "status": "failed",
                "found": "setting A is wrong\nsetting B is missing",
                "advice": "correct the app settings that are named here, and restart the app",
            }
        ],
    }


def test_one_failure_is_no_pass() -> None:
    """Skipped and passed ones do not outweigh it."""
    trials = [Trial("a", lambda: passed("fine"), "-"), Trial("b", lambda: failed("no", "do"), "-")]
    answer = asyncio.run(get_health(asking(), (), lambda: Examination(trials)))
    assert answer.status_code == 503
