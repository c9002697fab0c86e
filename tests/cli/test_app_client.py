"""The app's HTTP API as the command meets it, where what answers is not the app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from cli.app_client import AppClient, JobRuns, NoAnswer
from tests.cli.app_stand_in import Answer, app_answering
from tests.loopback import LoopbackServer, saying
from transcoding.errors import VodError


@contextmanager
def leading_to(url: str) -> Iterator[str]:
    """Serve nothing but the way to another address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(307)
            self.send_header("Location", url + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with LoopbackServer(Handler) as server:
        yield server.address


def test_the_key_is_not_carried_to_where_an_answer_leads() -> None:
    """A redirect is an error: whoever is at its end would read the key."""
    with app_answering(Answer(404)) as other, leading_to(other.url) as url:
        with pytest.raises(VodError, match="HTTP 307"):
            AppClient(url, "s3cret").status("a.mp4")
        assert other.requests == []


def test_an_answer_that_breaks_off_is_a_lost_one() -> None:
    """So following a job asks again."""
    sent = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"
    with saying(sent) as url, pytest.raises(NoAnswer):
        AppClient(url).status("a.mp4")


def test_an_answer_without_an_end_is_given_up() -> None:
    """It is read up to 8 MiB, whatever goes on after that."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"
    with (
        saying(head, b" " * 1_000_000, for_ever=True) as url,
        pytest.raises(VodError, match="its answer does not end"),
    ):
        AppClient(url).health()


def test_a_job_that_runs_is_told_apart_from_other_errors() -> None:
    """The video can be removed later."""
    busy = Answer(409, {"error": "it is running"})
    with app_answering(busy) as app, pytest.raises(JobRuns, match="it is running"):
        AppClient(app.url).remove("a.mp4")
    with app_answering(Answer(500)) as app, pytest.raises(VodError, match="HTTP 500") as raised:
        AppClient(app.url).remove("a.mp4")
    assert not isinstance(raised.value, JobRuns)
