"""HTTP triggers get and give what they do under the real host."""

from __future__ import annotations

import pytest
import requests

from devhost.http_trigger import paths
from tests.devhost.conftest import TIMEOUT_S, Client


def test_a_request_arrives_whole_and_the_response_goes_out_whole(client: Client) -> None:
    """Method, route, query, header and body; status, header, type and text."""
    answer = requests.put(
        f"{client.url}/api/hello/bob/a/b%20c.mp4",
        params={"q": "x y"},
        headers={"X-Mood": "good"},
        data=b"12345",
        timeout=TIMEOUT_S,
    )
    assert answer.status_code == 201
    assert answer.text == "PUT bob a/b c.mp4 x y good 5"
    assert answer.headers["X-Answer"] == "42"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_other_methods_and_routes_are_not_served(client: Client) -> None:
    """404 for both, without a word."""
    posted = requests.post(f"{client.url}/api/hello/a/b", timeout=TIMEOUT_S)
    assert (posted.status_code, posted.text) == (404, "")
    got = requests.get(f"{client.url}/api/nothing", timeout=TIMEOUT_S)
    assert (got.status_code, got.text) == (404, "")


def test_a_function_that_raises_answers_500_without_a_word(client: Client) -> None:
    """The traceback is for the log."""
    answer = requests.get(f"{client.url}/api/broken", timeout=TIMEOUT_S)
    assert (answer.status_code, answer.text) == (500, "")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("status", ("/api/status",)),
        ("a/{id:int}", ("/api/a/{id}",)),
        ("a/{id?}", ("/api/a", "/api/a/{id}")),
        ("videos/{*path}", ("/api/videos/{path:.*}",)),
    ],
)
def test_route_templates_become_paths(template: str, expected: tuple[str, ...]) -> None:
    """Constraints go, an optional parameter makes two paths, a rest takes slashes."""
    assert paths("api", template) == expected


def test_the_prefix_can_be_empty() -> None:
    """host.json may take the prefix away."""
    assert paths("", "status") == ("/status",)
