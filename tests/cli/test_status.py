"""`vod status` and `vod replay` against recorded answers of the app."""

from __future__ import annotations

import json

import pytest

from tests.cli.app_stand_in import Answer, a_status, app_answering
from tests.cli.conftest import Vod


def test_a_running_job_is_shown_with_its_renditions(vod: Vod) -> None:
    """State, phase, percent, time left and each rendition's chunks, frames and speed."""
    with app_answering(Answer(200, a_status())) as app:
        ran = vod("status", "holiday.mp4", "--url", app.url)
    assert ran.code == 0
    assert ran.out.splitlines()[:3] == [
        "holiday.mp4  running: encoding  45.0 %",
        "job   holiday-mp4-0123",
        "left  12 s",
    ]
    assert [line.split() for line in ran.out.splitlines()[3:]] == [
        ["rendition", "chunks", "frames", "speed"],
        ["720p", "3000k", "1/2", "450/720", "1.8x"],
        ["audio", "en", "1/1", "1125/1125"],
    ]


def test_the_name_is_sent_whole_and_the_key_as_header(vod: Vod) -> None:
    """Slashes and spaces of a blob name survive, and the key stays out of the URL."""
    with app_answering(Answer(200, a_status(state="published"))) as app:
        vod("status", "a b/c&d.mp4", "--url", f"{app.url}/", "--key", "s3cret")
    assert app.requests == [("GET", "/api/status?name=a+b%2Fc%26d.mp4", "s3cret")]


@pytest.mark.parametrize("given", [["--key", "-abc=="], ["--key=-abc=="], ["--key", "--abc"]])
def test_a_key_may_begin_with_a_dash(vod: Vod, given: list[str]) -> None:
    """Function keys are base64 for URLs, so that one in 64 begins so."""
    with app_answering(Answer(200, a_status())) as app:
        ran = vod("status", "holiday.mp4", "--url", app.url, *given)
    assert (ran.code, ran.err) == (0, "")
    assert [key for _, _, key in app.requests] == [given[-1].removeprefix("--key=")]


def test_address_and_key_come_from_the_environment(
    vod: Vod, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DURABLE_VOD_URL and DURABLE_VOD_KEY stand for the options."""
    with app_answering(Answer(200, a_status())) as app:
        monkeypatch.setenv("DURABLE_VOD_URL", app.url)
        monkeypatch.setenv("DURABLE_VOD_KEY", "s3cret")
        assert vod("status", "holiday.mp4").code == 0
    assert app.requests == [("GET", "/api/status?name=holiday.mp4", "s3cret")]


def test_json_is_one_document(vod: Vod) -> None:
    """`--json` prints the status as the app gave it, defaults filled in."""
    with app_answering(Answer(200, a_status(renditions=[]))) as app:
        ran = vod("status", "holiday.mp4", "--json", "--url", app.url)
    document = json.loads(ran.out)
    assert document["percent"] == 45.0
    assert document["renditions"] == []
    assert document["hls_url"] == ""


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("pending", 0),
        ("running", 0),
        ("published", 0),
        ("refused", 1),
        ("superseded", 1),
        ("cancelled", 1),
        ("failed", 1),
    ],
)
def test_exit_code_tells_a_bad_end(vod: Vod, state: str, code: int) -> None:
    """A job that has ended without publishing is exit code 1."""
    with app_answering(Answer(200, a_status(state=state, detail="because"))) as app:
        ran = vod("status", "holiday.mp4", "--url", app.url)
    assert ran.code == code
    assert ran.out.startswith(f"holiday.mp4  {state}")
    assert "why   because" in ran.out


def test_a_published_job_shows_its_urls_whole(vod: Vod) -> None:
    """URLs are never wrapped: they are there to be copied."""
    url = f"http://127.0.0.1:10000/devstoreaccount1/videos/{'x' * 200}/master.m3u8"
    with app_answering(Answer(200, a_status(state="published", hls_url=url))) as app:
        ran = vod("status", "holiday.mp4", "--url", app.url)
    assert f"HLS    {url}\n" in ran.out


def test_escape_sequences_do_not_reach_the_terminal(vod: Vod) -> None:
    """A name or label from an upload cannot steer the terminal."""
    status = a_status(detail="\x1b[2Jgone [red]x[/red]")
    with app_answering(Answer(200, status)) as app:
        ran = vod("status", "holiday.mp4", "--url", app.url)
    assert "\x1b" not in ran.out
    assert "gone [red]x[/red]" in ran.out


@pytest.mark.parametrize(
    ("answer", "code", "complaint"),
    [
        (
            Answer(404, {"error": "there is no upload named holiday.mp4"}),
            2,
            "vod: no job is known (holiday.mp4): there is no upload named holiday.mp4; check the",
        ),
        (Answer(401), 2, "vod: the app refuses the key ("),
        (Answer(200, {"hello": 1}), 2, "vod: what answers is not the status of a job ("),
        (Answer(200, "<html>"), 2, "vod: what answers is not the status of a job ("),
        (Answer(500, "out of\norder"), 1, "vod: read the status: HTTP 500 ("),
    ],
)
def test_other_answers_are_one_line(vod: Vod, answer: Answer, code: int, complaint: str) -> None:
    """What is not a status gives one line on stderr that says what to do."""
    with app_answering(answer) as app:
        ran = vod("status", "holiday.mp4", "--url", app.url, "--key", "s3cret")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(complaint)
    assert ran.err.count("\n") == 1
    assert "s3cret" not in ran.err


def test_watch_waits_for_the_job_and_follows_it_to_its_end(vod: Vod) -> None:
    """An unknown job is waited for; each phase is one plain line where there is no terminal."""
    with app_answering(
        Answer(404),
        Answer(200, a_status()),
        Answer(200, a_status(state="published", phase="", percent=100, renditions=[])),
    ) as app:
        ran = vod("status", "holiday.mp4", "--watch", "--url", app.url)
    assert ran.code == 0
    assert [line.partition(" s  ")[2] or line for line in ran.err.splitlines()] == [
        "waiting for the job",
        "encoding 45.0 %, 12 s left | 720p 3000k 62 % (1/2 chunks 1.8x)",
        "published 100.0 %",
    ]
    assert ran.out.startswith("holiday.mp4  published  100.0 %\n")


def test_replay_starts_the_job_again(vod: Vod) -> None:
    """Replay is one POST, and its answer says how to follow the job."""
    with app_answering(Answer(202, {"instance_id": "holiday-mp4-0123"})) as app:
        ran = vod("replay", "holiday.mp4", "--url", app.url)
    assert ran == (
        0,
        "started again; follow it with: vod status holiday.mp4 --watch\n",
        "",
    )
    assert app.requests == [("POST", "/api/replay?name=holiday.mp4", None)]


@pytest.mark.parametrize(
    ("answer", "code", "complaint"),
    [
        (Answer(404), 2, "vod: no job is known (holiday.mp4)"),
        (Answer(409, {"error": "the job is running"}), 1, "vod: replay: HTTP 409 (http://127.0.0"),
        (Answer(503, "busy"), 1, "vod: replay: HTTP 503 (http://127.0.0"),
    ],
)
def test_a_replay_that_is_refused(vod: Vod, answer: Answer, code: int, complaint: str) -> None:
    """The app's own reason reaches the user."""
    with app_answering(answer) as app:
        ran = vod("replay", "holiday.mp4", "--url", app.url)
    assert ran.code == code
    assert ran.err.startswith(complaint)
    assert ran.err.endswith((": the job is running\n", ": busy\n", "takes a moment\n"))
