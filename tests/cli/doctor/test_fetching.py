"""What servers may answer, the hostile ones among them: nothing hangs, crashes or is believed."""

from __future__ import annotations

import gzip
from http.server import BaseHTTPRequestHandler

import pytest

from cli.doctor.delivery import wait_for
from cli.doctor.fetching import MAX_BODY_BYTES, ORIGIN, Fetched, Stranger
from cli.doctor.time_limit import OutOfTime, time_limit
from tests.cli.doctor.builders import GZIP, NOBODY
from tests.loopback import LoopbackServer, saying


def test_an_answer_is_kept_as_it_came() -> None:
    """Status, headers by lower-case name, and the bytes that were sent, not decoded."""
    body = gzip.compress(b"#EXTM3U\n")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    with saying(head.encode() + body) as url:
        seen = Stranger().get(url)
    assert (seen.status, seen.answer, seen.body) == (200, "HTTP 200", body)
    assert seen.header("CONTENT-encoding") == "gzip"
    assert seen.text() == "#EXTM3U\n"
    assert seen.first_byte_s > 0


def test_a_stranger_brings_an_origin_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither a key nor a password of the user's: .netrc is not read."""
    netrc = tmp_path_factory.mktemp("home") / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret", "utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({name.lower(): text for name, text in self.headers.items()})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with LoopbackServer(Handler) as server:
        Stranger().get(server.address)
    assert seen[0]["origin"] == ORIGIN
    assert not {"authorization", "x-functions-key", "cookie"} & seen[0].keys()


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    """Where it leads is for the doctor to judge."""
    with saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n") as url:
        seen = Stranger().get(url)
    assert (seen.status, seen.header("location")) == (302, "http://127.0.0.1:9/")


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"", "does not answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nshort", "does not answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "answers something"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "does not answer"),
    ],
)
def test_what_is_no_http_is_no_answer(sent: bytes, why: str) -> None:
    """A closed connection, another protocol, a body cut short, a flood of headers."""
    with saying(sent) as url:
        seen = Stranger().get(url)
    assert seen.status == 0
    assert seen.failure.startswith("127.0.0.1:")


@pytest.mark.parametrize("url", [NOBODY, "http://[", "ftp://127.0.0.1/", "", "http://a..b/"])
def test_addresses_at_which_nobody_is(url: str) -> None:
    """Also those that are none."""
    seen = Stranger().get(url)
    assert (seen.status, bool(seen.failure)) == (0, True)


def test_a_body_without_an_end_is_cut() -> None:
    """It is read up to the limit, and then counts as cut: 17 MB where 16 MiB are allowed."""
    flood = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 17_000_000
    with saying(flood) as url:
        seen = Stranger().get(url)
    assert (seen.status, seen.is_cut, len(seen.body)) == (200, True, MAX_BODY_BYTES)
    with pytest.raises(ValueError, match="does not end"):
        seen.text()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"no gzip", "is not"),
        (gzip.compress(b"x" * 100)[:-10], "does not end"),
        (gzip.compress(b"\0" * (MAX_BODY_BYTES + 1)), "does not end"),
        (gzip.compress(b"\xff\xfe"), "codec can't decode"),
    ],
    ids=["plain", "cut", "too-large", "no-text"],
)
def test_a_text_that_is_none(body: bytes, why: str) -> None:
    """Another encoding than is told, a torn one, a bomb of 16 kB that unpacks to 16 MB, bytes."""
    with pytest.raises(ValueError, match=why):
        Fetched(url="u", status=200, headers=GZIP, body=body).text()


@pytest.mark.parametrize(
    "parts",
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"x"),
    ],
)
def test_a_trickle_is_ended(parts: tuple[bytes, ...]) -> None:
    """A byte now and then keeps every time-out of a socket quiet, in headers as in a body."""
    with saying(*parts, for_ever=True) as url, pytest.raises(OutOfTime), time_limit(0.5):
        Stranger().get(url)


def test_waiting_for_a_text_ends_when_it_is_there() -> None:
    """The text may be gzip; what comes instead is given back."""
    with saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnew!") as url:
        waited_s, seen = wait_for(Stranger(), url, 5.0, until="new")
        assert waited_s is not None
        missed_s, last = wait_for(Stranger(), url, 0.0, until="old")
    assert (missed_s, last.body, seen.body) == (None, b"new!", b"new!")


@pytest.mark.parametrize(("status", "is_gone"), [(404, True), (410, True), (403, False)])
def test_waiting_for_a_file_to_go(status: int, is_gone: bool) -> None:
    """Only "not there" is gone: what is refused may be there."""
    with saying(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()) as url:
        waited_s, _ = wait_for(Stranger(), url, 0.0, until=None)
    assert (waited_s is not None) == is_gone
