"""Keys are asked for as by the real host: measured there with the product's own functions."""

from __future__ import annotations

from collections.abc import Iterator

import azure.durable_functions as df
import azure.functions as func
import pytest
import requests

from devhost import DevHost
from tests.devhost.conftest import TIMEOUT_S


def build_app() -> df.DFApp:
    """Return an app with one function of each level."""
    app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

    @app.route(route="closed", methods=["GET"])
    def closed(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(f"closed {req.params.get('name')}")

    @app.route(route="master", methods=["GET"], auth_level=func.AuthLevel.ADMIN)
    def master(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse("master")

    @app.route(route="open", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    def open_to_all(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse("open")

    return app


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with DevHost(build_app(), key="s3cret") as host:
        yield f"{host.url}/api"


def get(address: str, header: str | None = None, **query: str) -> tuple[int, str]:
    headers = {} if header is None else {"x-functions-key": header}
    answer = requests.get(address, params=query, headers=headers, timeout=TIMEOUT_S)
    return answer.status_code, answer.text


@pytest.mark.parametrize("route", ["closed", "master"])
@pytest.mark.parametrize(
    ("header", "query"),
    [
        (None, {}),
        ("", {}),
        ("wrong", {}),
        ("s3cre", {}),
        ("s3cret2", {}),
        (None, {"code": ""}),
        (None, {"code": "wrong"}),
        (None, {"code": "schlüssel"}),
        ("wrong", {"code": "s3cret"}),
    ],
)
def test_without_the_key_nobody_passes(
    url: str, route: str, header: str | None, query: dict[str, str]
) -> None:
    """401 without a word; where both are given the header counts."""
    assert get(f"{url}/{route}", header, **query) == (401, "")


def test_with_the_key_everybody_passes(url: str) -> None:
    """In the header or in the query, beside whatever else is asked."""
    assert get(f"{url}/closed", "s3cret", name="a") == (200, "closed a")
    assert get(f"{url}/closed", code="s3cret", name="a") == (200, "closed a")
    assert get(f"{url}/master", "s3cret") == (200, "master")


def test_an_anonymous_function_asks_for_none(url: str) -> None:
    """A wrong one is no harm either."""
    assert get(f"{url}/open") == (200, "open")
    assert get(f"{url}/open", "wrong") == (200, "open")


def test_what_is_not_there_is_404_whatever_the_key(url: str) -> None:
    """Another method, HEAD and OPTIONS among them, or another route; without a word."""
    for method in ("POST", "DELETE", "HEAD", "OPTIONS"):
        answer = requests.request(method, f"{url}/closed", timeout=TIMEOUT_S)
        assert (answer.status_code, answer.text) == (404, "")
    assert get(f"{url}/nothing", "s3cret") == (404, "")


def test_a_host_without_a_key_asks_for_none() -> None:
    """As Core Tools do."""
    with DevHost(build_app()) as host:
        assert get(f"{host.url}/api/closed", name="a") == (200, "closed a")
        assert get(f"{host.url}/api/master", "wrong") == (200, "master")
