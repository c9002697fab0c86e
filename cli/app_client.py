"""The app's HTTP API, as far as the command needs it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import requests
import typer
from pydantic import ValidationError

from cli.problems import Unusable
from transcoding.errors import VodError
from transcoding.reporting.status import JobStatus

URL_VARIABLE = "DURABLE_VOD_URL"
KEY_VARIABLE = "DURABLE_VOD_KEY"
DEFAULT_URL = "http://localhost:7071"

_TIMEOUT_S = (5.0, 30.0)


class NoAnswer(Unusable):
    """Nothing answers at the app's address."""


class AppClient:
    """The app at one address. Its key never appears in an error.

    Attributes:
        why_unknown: why the app knew no job when it was asked last, in its own words.
    """

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url.rstrip("/")
        self.why_unknown = ""
        self._session = requests.Session()
        if key:
            self._session.headers["x-functions-key"] = key

    def status(self, name: str) -> JobStatus | None:
        """Return the status of the job of the current upload of this name, None when unknown.

        Raises:
            NoAnswer: nothing answers there.
            Unusable: what answers there is not this app, or wants another key.
            VodError: the app has an error of its own.
        """
        response = self._request("GET", "status", name)
        if response.status_code == HTTPStatus.NOT_FOUND:
            self.why_unknown = _error_text(response)
            return None
        self._check(response, "read the status")
        try:
            return JobStatus.model_validate_json(response.content)
        except ValidationError:
            raise Unusable(
                "what answers is not the status of a job",
                on=self.url,
                advice="check the address; app and command must be of the same version",
            ) from None

    def replay(self, name: str) -> None:
        """Start the failed job of this name again.

        Raises:
            NoAnswer: nothing answers there.
            Unusable: there is no such job, or what answers wants another key.
            VodError: the job cannot be replayed now, or the app has an error of its own.
        """
        response = self._request("POST", "replay", name)
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise unknown_job(name, _error_text(response))
        self._check(response, "replay")

    def _request(self, method: str, route: str, name: str) -> requests.Response:
        try:
            return self._session.request(
                method, f"{self.url}/api/{route}", params={"name": name}, timeout=_TIMEOUT_S
            )
        except (requests.ConnectionError, requests.Timeout):
            raise NoAnswer(
                "no app answers",
                on=self.url,
                advice=f"start it with `make start`, or set --url or {URL_VARIABLE}",
            ) from None
        except (requests.RequestException, UnicodeError):
            raise Unusable(
                "this is no address of an app",
                on=self.url,
                advice=f"set --url or {URL_VARIABLE} to one such as {DEFAULT_URL}",
            ) from None

    def _check(self, response: requests.Response, tried: str) -> None:
        if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise Unusable(
                "the app refuses the key",
                on=self.url,
                advice=f"set --key or {KEY_VARIABLE} to a function key of the app",
            )
        if not response.ok:
            raise VodError(
                f"{tried}: HTTP {response.status_code}", on=self.url, advice=_error_text(response)
            )


def _error_text(response: requests.Response) -> str:
    """Return what the app says of its error: `{"error": text}`, else the start of the body."""
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return response.text.strip()[:200] or response.reason


def unknown_job(name: str, why: str) -> Unusable:
    """Return the error for a name that the app has no job for.

    Args:
        why: the app's own word.
    """
    return Unusable(
        "no job is known",
        on=name,
        advice=f"{why}; check the name, which is the whole blob name; a new upload takes a moment",
    )


JobName = Annotated[str, typer.Argument(metavar="NAME", help="the whole blob name of the upload")]
Url = Annotated[
    str, typer.Option("--url", metavar="URL", envvar=URL_VARIABLE, help="address of the app")
]
Key = Annotated[
    str,
    typer.Option(
        "--key",
        metavar="KEY",
        envvar=KEY_VARIABLE,
        help="function key of the app",
    ),
]


def app_client(url: str, key: str) -> AppClient:
    """Return the client that --url and --key, or their variables, ask for."""
    return AppClient(url or DEFAULT_URL, key)
