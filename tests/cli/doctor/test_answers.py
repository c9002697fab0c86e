"""What the doctor thinks of answers at the public address, one broken thing at a time."""

from __future__ import annotations

import pytest

from cli.doctor.answers import judge, max_age_s
from cli.doctor.fetching import Fetched
from cli.doctor.public_file import Kind, PublicFile
from tests.cli.doctor.builders import BODY, a_file, an_answer, told, with_header

KINDS: tuple[Kind, ...] = ("master", "poster", "manifest", "playlist", "init", "segment")


def all_files(*others: PublicFile) -> list[PublicFile]:
    """Return a good file of each kind, and others."""
    return [*(a_file(kind) for kind in KINDS), *others]


def test_files_as_the_app_publishes_them_pass() -> None:
    """Nothing is found, and times and ages are told."""
    checks = judge(all_files())
    assert told(checks) == {
        "public: files": "ok",
        "public: queries": "ok",
        "public: content types": "ok",
        "public: gzip": "ok",
        "public: caching": "ok",
        "public: CORS": "ok",
        "public: byte ranges": "ok",
        "public: HEAD": "ok",
        "public: first byte": "ok",
    }
    found = {check.name: check.found for check in checks}
    assert found["public: caching"].startswith("stable names for 10 s, ")
    assert found["public: first byte"].startswith("slowest master 12 ms, poster 12 ms")


MISSING = Fetched(url="u", status=404)
WHOLE = a_file().whole
BROKEN: list[tuple[PublicFile, str, str]] = [
    (a_file(whole=MISSING), "public: files", "segment: HTTP 404"),
    (
        a_file(whole=Fetched(url="u", failure="v.example does not answer")),
        "public: files",
        "segment: v.example does not answer",
    ),
    (
        a_file(whole=WHOLE.model_copy(update={"is_cut": True})),
        "public: files",
        "segment does not end",
    ),
    (
        a_file(whole=WHOLE.model_copy(update={"body": b"", "headers": {}})),
        "public: queries",
        "segment is no media after it was asked for with ?comp=blocklist",
    ),
    (
        a_file(whole=WHOLE.model_copy(update={"body": b"<?xml version='1.0'?><BlockList/>"})),
        "public: queries",
        "segment is no media after it was asked for with ?comp=blocklist",
    ),
    (
        with_header(a_file("manifest"), "content-type", "text/plain; charset=utf-8"),
        "public: content types",
        "manifest is text/plain, not application/dash+xml",
    ),
    (
        with_header(a_file("segment"), "content-type", ""),
        "public: content types",
        "segment is nothing, not video/mp4",
    ),
    (
        with_header(a_file("playlist"), "content-encoding", ""),
        "public: gzip",
        "playlist has Content-Encoding none",
    ),
    (
        with_header(a_file("master"), "cache-control", "public, max-age=86400"),
        "public: caching",
        "master may stay in caches: public, max-age=86400",
    ),
    (
        with_header(a_file("poster"), "cache-control", ""),
        "public: caching",
        "poster may stay in caches: none",
    ),
    (
        with_header(a_file("master"), "cache-control", "max-age=10, immutable"),
        "public: caching",
        "master may stay in caches: max-age=10, immutable",
    ),
    (
        with_header(a_file("segment"), "cache-control", "public, max-age=31536000"),
        "public: caching",
        "segment never changes and is not kept: public, max-age=31536000",
    ),
    (
        with_header(a_file("init"), "cache-control", "public, s-max-age=31536000, immutable"),
        "public: caching",
        "init never changes and is not kept: public, s-max-age=31536000, immutable",
    ),
    (
        with_header(a_file("segment"), "access-control-allow-origin", ""),
        "public: CORS",
        "segment allows origin none",
    ),
    (
        with_header(a_file("segment"), "access-control-allow-origin", "https://other.example"),
        "public: CORS",
        "segment allows origin https://other.example",
    ),
    (
        with_header(a_file("segment"), "access-control-expose-headers", "ETag, Content-Length"),
        "public: CORS",
        "segment does not expose content-range",
    ),
    (
        with_header(a_file("segment"), "access-control-expose-headers", ""),
        "public: CORS",
        "segment does not expose content-length, content-range",
    ),
    (
        a_file(part=an_answer(200, BODY)),
        "public: byte ranges",
        "segment: HTTP 200 to a range",
    ),
    (
        a_file(
            part=an_answer(
                206, BODY[:100], content_range="bytes 0-99/*", access_control_expose_headers="*"
            )
        ),
        "public: byte ranges",
        "segment: bytes 0-99/*, 100 bytes instead of bytes 0-99/300",
    ),
    (
        a_file(
            part=an_answer(
                206, BODY[1:101], content_range="bytes 0-99/300", access_control_expose_headers="*"
            )
        ),
        "public: byte ranges",
        "segment: bytes 0-99/300, 100 bytes instead of bytes 0-99/300",
    ),
    (a_file(head=an_answer(405)), "public: HEAD", "segment: HTTP 405"),
    (
        a_file(head=an_answer(200, content_length="17")),
        "public: HEAD",
        "segment: Content-Length 17 instead of 300",
    ),
]


@pytest.mark.parametrize(("file", "name", "found"), BROKEN, ids=[found for _, _, found in BROKEN])
def test_one_broken_thing_fails_its_check_alone(file: PublicFile, name: str, found: str) -> None:
    """It says which file, what was seen, and what to do; all else stays right."""
    checks = judge(all_files(file))
    (failed,) = [check for check in checks if check.status == "failed"]
    assert (failed.name, failed.found) == (name, found)
    assert len(failed.advice) > 40


def test_several_files_that_are_broken_are_counted() -> None:
    """The line names the first, and how many more there are."""
    files = [with_header(a_file(), "access-control-allow-origin", "") for _ in range(3)]
    (failed,) = [check for check in judge(files) if check.status == "failed"]
    assert failed.found == "segment allows origin none, and 2 more"


def test_exposing_everything_is_enough() -> None:
    """`*` stands for all headers (Fetch, CORS protocol)."""
    file = with_header(a_file(), "access-control-expose-headers", "*")
    assert all(check.status == "ok" for check in judge([file]))


def test_each_answer_exposes_what_it_has() -> None:
    """Storage with a rule for all headers names those of the very answer."""
    named = "access-control-expose-headers"
    whole = with_header(a_file(), named, "etag,Content-Length").whole
    part = with_header(a_file(), named, "Content-Range").part
    assert all(check.status == "ok" for check in judge([a_file(whole=whole, part=part)]))


def test_where_nothing_has_come_nothing_was_fast() -> None:
    """Without a file there is no time to tell."""
    checks = judge([a_file(whole=MISSING)])
    assert told(checks)["public: first byte"] == "skipped"


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("public, max-age=10", 10),
        ("max-age=0", 0),
        ("no-store", None),
        ("", None),
        ("s-max-age=9", None),
        ("max-age=ten", None),
        ("max-age=99999999999999999", None),
    ],
)
def test_the_age_that_an_answer_may_reach(text: str, age: int | None) -> None:
    """Only max-age itself counts, and only as digits (RFC 9111, 5.2.2.1)."""
    assert max_age_s(an_answer(cache_control=text)) == age
