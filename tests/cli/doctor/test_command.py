"""`vod doctor` as its user runs it, on an app that does not do what it should."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.settings import Settings
from cli.doctor.app import judge_without_key
from cli.doctor.fetching import Fetched
from cli.doctor.patient import AzureNames, patient
from cli.project import ROOT
from devhost.azurite import AzuriteProcess
from tests.cli.conftest import Ran, Vod
from tests.cli.doctor.builders import NOBODY, a_visit, an_answer, make_containers
from tests.cli.doctor.stand_in import HEALTHY, KEY, StandInApp
from tests.containers import containers_of
from tests.storage import settings_for


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, vod: Vod, azurite: AzuriteProcess) -> Settings:
    """Let the command use Azurite, with containers of this test's own."""
    made = settings_for(azurite)
    for name in ("UPLOADS_STORAGE", "DELIVERY_STORAGE"):
        monkeypatch.setenv(name, azurite.connection_string)
    for kind in ("uploads", "videos", "work", "failed"):
        container = getattr(made, f"{kind}_container")
        monkeypatch.setenv(f"VOD_{kind.upper()}_CONTAINER", container)
    make_containers(made)
    return made


@pytest.fixture
def app(settings: Settings) -> Iterator[StandInApp]:
    with StandInApp(settings) as running:
        yield running


def examine(vod: Vod, app: StandInApp, *options: str) -> tuple[Ran, dict[str, dict[str, str]]]:
    """Run the command with --json; return it and its checks by name."""
    ran = vod("doctor", "--json", "--url", app.address, "--key", KEY, *options)
    checks = json.loads(ran.out)["checks"]
    return ran, {check["name"]: check for check in checks}


def uploads_of(settings: Settings) -> list[str]:
    return [blob.path for blob in containers_of(settings).uploads.list("")]


def test_an_examination_without_a_canary_changes_nothing(
    vod: Vod, app: StandInApp, settings: Settings
) -> None:
    """It passes; the app is asked for its health, and without a key for a status."""
    ran, checks = examine(vod, app, "--no-canary")
    assert ran.code == 0
    assert {name: check["status"] for name, check in checks.items()} == {
        "app": "ok",
        "app: settings": "ok",
        "app: ffmpeg": "ok",
        "app: ffprobe": "ok",
        "app: key is needed": "ok",
        "uploads: clock": "ok",
        "uploads: read and write": "ok",
        "event subscription": "skipped",
    }
    document = json.loads(ran.out)
    assert (document["passed"], document["version"]) == (True, "0.1.0")
    assert app.asked == ["GET /api/health", "GET /api/status"]
    assert uploads_of(settings) == []
    assert KEY not in ran.out + ran.err


def test_the_table_has_a_line_for_each_check_with_its_advice(vod: Vod, app: StandInApp) -> None:
    """Progress goes to stderr, the table and its sum to stdout; control characters go nowhere."""
    bad = {"name": "disk\x1b[2J", "status": "failed", "found": "full", "advice": "make room"}
    app.health = (503, {"version": "0.1.0", "checks": [bad]})
    ran = vod("doctor", "--no-canary", "--url", app.address, "--key", KEY)
    assert ran.code == 1
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "check found"
    assert lines[1] == f"app ok version 0.1.0 answers at {app.address}"
    assert lines[2:4] == ["app: disk [2J failed full", "-> make room"]
    assert lines[-1] == "4 ok, 1 failed, 1 skipped"
    assert "app: disk [2J: failed" in ran.err
    assert "\x1b" not in ran.out + ran.err


def test_a_dead_app_fails_and_storage_is_looked_at_all_the_same(
    vod: Vod, settings: Settings
) -> None:
    """What needs the app is skipped, and nothing is uploaded that nobody would see."""
    ran = vod("doctor", "--json", "--url", NOBODY)
    assert ran.code == 1
    checks = {check["name"]: check for check in json.loads(ran.out)["checks"]}
    assert checks["app"]["found"] == f"no app answers ({NOBODY})"
    assert "make start" in checks["app"]["advice"]
    assert checks["uploads: read and write"]["status"] == "ok"
    assert checks["canary: upload"]["found"] == "there is nothing to try without: app"
    assert checks["public: gone"]["status"] == "skipped"
    assert uploads_of(settings) == []


def test_a_wrong_key_fails_with_how_to_set_it(vod: Vod, app: StandInApp) -> None:
    """And the key is nowhere in what is told."""
    ran = vod("doctor", "--json", "--url", app.address, "--key", "wr0ng")
    checks = {check["name"]: check for check in json.loads(ran.out)["checks"]}
    assert ran.code == 1
    assert checks["app"]["found"] == f"the app refuses the key ({app.address})"
    assert "DURABLE_VOD_KEY" in checks["app"]["advice"]
    assert "wr0ng" not in ran.out + ran.err


@pytest.mark.parametrize(
    "health",
    [
        (200, "<html>hello</html>"),
        (200, {"hello": 1}),
        (200, {"version": "1", "checks": [{"name": "x", "status": "failed", "found": "y"}]}),
        (302, ""),
        (500, "x" * 1000),
    ],
)
def test_what_is_no_app_of_ours_is_told(vod: Vod, app: StandInApp, health: Any) -> None:
    """Another page, another document, a redirect, an error: a failed check, no crash."""
    app.health = health
    ran, checks = examine(vod, app)
    assert (ran.code, checks["app"]["status"]) == (1, "failed")
    assert checks["canary: upload"]["status"] == "skipped"


@pytest.mark.parametrize("broken", ["settings", "ffmpeg", "ffprobe"])
def test_an_app_that_cannot_make_a_video_gets_no_canary(
    vod: Vod, app: StandInApp, settings: Settings, broken: str
) -> None:
    """It would take no event, or fail after a while, and be of no help in removing it."""
    wrong = {"name": broken, "status": "failed", "found": "VOD_X is wrong", "advice": "mend it"}
    others = [check for check in HEALTHY["checks"] if check["name"] != broken]
    app.health = (503, {"version": "0.1.0", "checks": [wrong, *others]})
    ran, checks = examine(vod, app, "--timeout", "6")
    assert ran.code == 1
    assert checks[f"app: {broken}"]["advice"] == "mend it"
    assert checks["canary: upload"]["found"] == f"there is nothing to try without: app: {broken}"
    assert "left: " not in ran.err
    assert uploads_of(settings) == []
    assert set(app.asked) == {"GET /api/health", "GET /api/status"}


def test_a_topic_alone_is_bad_usage(vod: Vod, app: StandInApp) -> None:
    """Where it lies decides which one is meant."""
    ran = vod("doctor", "--url", app.address, "--key", KEY, "--topic", "uploads-topic")
    assert ran.code == 2
    assert "--topic needs --subscription and --resource-group" in ran.err


def test_an_event_that_never_comes_is_told_and_the_upload_is_removed(
    vod: Vod, app: StandInApp, settings: Settings
) -> None:
    """A third of the time is spent on waiting; the advice says what to compare."""
    ran, checks = examine(vod, app, "--timeout", "6")
    assert ran.code == 1
    event = checks["canary: event"]
    assert event["status"] == "failed"
    assert event["found"].startswith("no job has begun 2 s after the upload")
    assert "VOD_UPLOADS_CONTAINER" in event["advice"]
    assert checks["canary: job"]["status"] == "skipped"
    assert checks["closed: uploads"]["status"] == "ok"
    assert "removing the canary durable-vod-doctor/" in ran.err
    assert app.asked[-1] == "DELETE /api/videos"
    assert uploads_of(settings) == []


@pytest.mark.parametrize(
    ("job", "found", "advice"),
    [
        (
            {"state": "refused", "detail": "too long"},
            "its job has ended as refused: too long",
            "VOD_MAX_",
        ),
        (
            {"state": "failed", "detail": "encode: killed"},
            "its job has ended as failed: encode: killed",
            "dead letter, container failed-",
        ),
        ({"state": "superseded", "detail": ""}, "its job has ended as superseded", "rules that"),
        (
            {"state": "published", "hls_url": "http://["},
            "the app does not say where the video plays (http://[)",
            "VOD_PLAYBACK_BASE_URL",
        ),
        (
            {
                "state": "published",
                "hls_url": f"{NOBODY}/v/a/master.m3u8",
                "warnings": ["end_job failed: full"],
            },
            "published, but end_job failed: full",
            "docs/recover.md",
        ),
    ],
)
def test_a_job_that_does_not_end_well_is_told(
    vod: Vod, app: StandInApp, settings: Settings, job: dict[str, Any], found: str, advice: str
) -> None:
    """With its reason and what to do about it; nothing public is tried, and nothing stays."""
    app.job = job
    ran, checks = examine(vod, app, "--timeout", "60")
    assert ran.code == 1
    assert checks["canary: event"]["status"] == "ok"
    assert checks["canary: job"]["status"] == "failed"
    assert checks["canary: job"]["found"].startswith(found)
    assert advice in checks["canary: job"]["advice"]
    assert checks["public: files"]["status"] == "skipped"
    assert uploads_of(settings) == []


@pytest.mark.parametrize(
    ("removal", "found"),
    [
        ((500, ""), "remove: HTTP 500"),
        ((404, ""), "the app cannot remove videos"),
        ((404, {"error": "nothing"}), "the app knows of nothing to remove"),
        ((200, {"hello": 1}), "what answers is not what was removed"),
        (
            (
                200,
                {
                    "name": "a",
                    "upload": True,
                    "stable_files": 6,
                    "source_files": 20,
                    "is_complete": True,
                    "purge": {"status": "not_configured", "detail": "none"},
                },
            ),
            "its upload is there as before",
        ),
    ],
)
def test_a_removal_that_fails_is_told_with_the_command_for_it(
    vod: Vod, app: StandInApp, removal: Any, found: str
) -> None:
    """An error, another version, an app that has other accounts, one that does nothing."""
    app.job = {"state": "published", "hls_url": f"{NOBODY}/v/a/master.m3u8"}
    app.removal = removal
    ran, checks = examine(vod, app, "--timeout", "60")
    assert ran.code == 1
    assert checks["canary: removed"]["status"] == "failed"
    assert checks["canary: removed"]["found"].startswith(found)
    assert checks["public: gone"]["status"] == "skipped"
    assert "curl -X DELETE" in checks["canary: removed"]["advice"] + ran.err


def test_whoever_does_not_want_to_wait_is_told_what_stays(
    app: StandInApp, settings: Settings
) -> None:
    """Ctrl-C waits for the end of the job; a second one does not, and nothing is hidden."""
    app.removal = (409, {"error": "the job is running"})
    command = [sys.executable, "-m", "cli.main", "doctor", "--url", app.address, "--key", KEY]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "waiting for the event" in line or "waiting for the end of its job" in line:
                process.send_signal(signal.SIGINT)
            if "waiting for the end" in line:
                break
        told = process.stderr.read()
    (name,) = uploads_of(settings)
    assert process.returncode == 130
    assert told == (
        f"left: {name} (interrupted); remove it, with a function key in DURABLE_VOD_KEY:"
        f" curl -X DELETE"
        f' -H "x-functions-key: $DURABLE_VOD_KEY"'
        f" '{app.address}/api/videos?name={name.replace('/', '%2F')}'\n"
    )


def test_the_public_address_is_that_of_the_deployment(
    vod: Vod, app: StandInApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app that sends viewers past Front Door is told; files are tried all the same."""
    monkeypatch.setenv("PLAYBACK_BASE_URL", "https://video.example")
    app.job = {"state": "published", "hls_url": f"{NOBODY}/v/a/master.m3u8"}
    _, checks = examine(vod, app, "--timeout", "60")
    assert checks["public: address"]["found"] == (
        f"{NOBODY}/v/a/master.m3u8 does not begin with https://video.example"
    )
    assert checks["public: files"]["found"] == (
        "master.m3u8: 127.0.0.1:9 does not answer, and 2 more"
    )
    assert checks["public: players find"]["status"] == "failed"
    assert checks["canary: replaced"]["status"] == "skipped"


def test_an_app_that_asks_nobody_for_a_key() -> None:
    """In Azure that fails; a host on this machine asks for none, and one that does passes."""
    azure = a_visit(url="https://func.azurewebsites.net").patient
    local = a_visit(url="http://localhost:7071").patient
    assert judge_without_key(azure, an_answer(401)).status == "ok"
    assert judge_without_key(local, an_answer(401)).status == "ok"
    assert judge_without_key(local, an_answer(404)).status == "skipped"
    told = judge_without_key(azure, an_answer(404))
    assert (told.status, told.found) == ("failed", "HTTP 404 without one")
    assert "new keys" in told.advice


@pytest.mark.parametrize(
    "answered",
    [
        Fetched(url="u", failure="func does not answer"),
        an_answer(302, location="https://login.example"),
        an_answer(503),
    ],
    ids=lambda answered: answered.answer,
)
@pytest.mark.parametrize("url", ["https://func.azurewebsites.net", "http://localhost:7071"])
def test_what_is_no_word_of_the_app_proves_nothing_of_keys(url: str, answered: Fetched) -> None:
    """No key is to be made anew for it, and it is no pass either."""
    told = judge_without_key(a_visit(url=url).patient, answered)
    assert (told.status, told.found) == (
        "failed",
        f"{answered.answer} without one, which is no refusal",
    )
    assert "new keys" not in told.advice


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--keep", "--no-canary"), "vod: --keep and --no-canary exclude each other"),
        (("--start", "--keep"), "vod: --keep and --start exclude each other"),
        (("--timeout", "soon"), "vod doctor: invalid value for '--timeout'"),
        (("--no-canary",), "vod: setting UPLOADS_STORAGE is missing: set"),
    ],
)
def test_bad_usage_and_missing_settings(vod: Vod, words: tuple[str, ...], complaint: str) -> None:
    """Exit code 2, and nothing is asked."""
    ran = vod("doctor", *words)
    assert ran.code == 2
    assert complaint in ran.err


def test_the_names_of_azd_are_enough() -> None:
    """Accounts, container and address are those of the deployment, whatever the settings say."""
    names = AzureNames(account="vodup1", container="incoming", delivery_account="vodout1")
    found = patient("https://func", {"UPLOADS_STORAGE": "UseDevelopmentStorage=true"}, names)
    assert found.settings.uploads.blob_service_uri == "https://vodup1.blob.core.windows.net"
    assert found.settings.uploads.connection_string == ""
    assert found.settings.uploads_container == "incoming"
    assert found.delivery_url == "https://vodout1.blob.core.windows.net"
    china = AzureNames(account="https://vodup1.blob.core.chinacloudapi.cn/")
    other = patient("https://func", {}, china)
    assert other.settings.uploads.blob_service_uri == "https://vodup1.blob.core.chinacloudapi.cn"
    assert other.delivery_url == ""
