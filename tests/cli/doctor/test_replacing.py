"""For how long viewers may see what was there before, and what is said when they do."""

from __future__ import annotations

import pytest

from cli.doctor.delivery import judge_plain, plain_http
from cli.doctor.fetching import Fetched
from cli.doctor.replacing import Limit, judge_replaced, time_limit_of
from tests.cli.doctor.builders import NOBODY, a_visit, an_answer
from transcoding.reporting.status import JobStatus

OLD = an_answer(cache_control="public, max-age=10")
URL = "https://v.example/videos/a.mp4/master.m3u8"


@pytest.mark.parametrize(
    ("old", "purge", "within_s", "is_purged"),
    [
        (OLD, "done: Front Door has purged", 10.0, True),
        (OLD, "not_configured: no Front Door", 25.0, False),
        (None, "not_configured: no Front Door", 15.0, False),
        (an_answer(cache_control="max-age=31536000"), "not_configured: none", 315.0, False),
        (OLD, "failed: 403", 315.0, False),
        (OLD, "running: it takes a while", 615.0, False),
    ],
)
def test_how_long_the_old_version_may_be_seen(
    old: Fetched | None, purge: str, within_s: float, is_purged: bool
) -> None:
    """A purge that is done leaves none; else it is what caches were told, or Front Door keeps."""
    assert time_limit_of(a_visit(), old, purge) == Limit(within_s, is_purged)


def status(purge: str) -> JobStatus:
    return JobStatus(instance_id="a-1", name="a.mp4", state="published", purge=purge)


@pytest.mark.parametrize(
    ("purge", "waited_s", "found"),
    [
        (
            "done: purged",
            None,
            "HTTP 200 with the old version after 10 s although its purge is done",
        ),
        (
            "not_configured: none",
            None,
            "HTTP 200 with the old version after 10 s (purge: not_configured: none)",
        ),
        ("failed: HTTP 403", 61.2, "seen after 61.2 s by itself, as the purge failed: HTTP 403"),
    ],
)
def test_a_purge_that_does_not_work_fails(purge: str, waited_s: float | None, found: str) -> None:
    """Also where the cache has forgotten the old version by itself; the advice names settings."""
    limit = Limit(10.0, is_purged=purge.startswith("done"))
    check = judge_replaced(status(purge), limit, waited_s, OLD)
    assert (check.status, check.found) == ("failed", found)
    assert "VOD_FRONT_DOOR_ENDPOINT" in check.advice


@pytest.mark.parametrize(
    ("purge", "how"),
    [("done: purged", "purged"), ("not_configured: none", "there is no Front Door to purge")],
)
def test_a_new_version_that_is_seen_passes(purge: str, how: str) -> None:
    """And how long it took is told."""
    limit = Limit(10.0, is_purged=purge.startswith("done"))
    check = judge_replaced(status(purge), limit, 0.31, OLD)
    assert (check.status, check.found) == ("ok", f"seen 0.3 s after its job's end; {how}")


@pytest.mark.parametrize(
    ("answered", "status", "found"),
    [
        (an_answer(307, location=URL), "ok", "HTTP 307 to https"),
        (an_answer(400), "ok", "HTTP 400: https only"),
        (Fetched(url="u", failure="v.example does not answer"), "ok", "v.example does not"),
        (an_answer(200), "failed", "HTTP 200"),
        (an_answer(302, location="https://elsewhere.example/"), "failed", "HTTP 302 to https://e"),
        (an_answer(302, location=URL.replace("https", "http")), "failed", "HTTP 302 to http://v"),
    ],
)
def test_plain_http_leads_to_https_or_to_nothing(
    answered: Fetched, status: str, found: str
) -> None:
    """What plays without TLS, or is sent elsewhere, fails."""
    check = judge_plain(answered, URL)
    assert check.status == status
    assert check.found.startswith(found)
    assert ("httpsRedirect" in check.advice) == (status == "failed")


def test_where_there_is_no_tls_there_is_nothing_to_redirect() -> None:
    """On this machine the public address is plain itself."""
    assert plain_http(a_visit(master_url=f"{NOBODY}/a/master.m3u8")).status == "skipped"
