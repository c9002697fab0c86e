"""The app's HTTP API, as far as the command needs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, NamedTuple, TypeVar

import requests
import typer
from pydantic import ValidationError

from cli.problems import Unusable
from transcoding.errors import VodError
from transcoding.reporting.checkup import Checkup
from transcoding.reporting.removal import Removed
from transcoding.reporting.status import JobStatus
from transcoding.values import Value

_V = TypeVar("_V", bound=Value)

URL_VARIABLE = "DURABLE_VOD_URL"
KEY_VARIABLE = "DURABLE_VOD_KEY"
DEFAULT_URL = "http://localhost:7071"

_TIMEOUT_S = (5.0, 30.0)
_LONG_TIMEOUT_S = (5.0, 230.0)
"""What Azure gives an HTTP function at most."""

_LOST = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,  # the connection broke off in the body
)
_PIECE_BYTES = 64 * 1024
_MAX_BODY_BYTES = 8 * 2**20
"""The status of a job with many renditions has some 10 kB."""


class NoAnswer(Unusable):
    """Nothing answers at the app's address."""


class _Answer(NamedTuple):
    """What was answered, whole."""

    code: int
    reason: str
    body: bytes

    @property
    def is_ok(self) -> bool:
        """It is what was asked for: a redirect is not, and would be given the key."""
        return HTTPStatus.OK <= self.code < HTTPStatus.MULTIPLE_CHOICES


class JobRuns(VodError):
    """It cannot be done while the job of that name runs; later it can."""


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
        answer = self._request("GET", "status", {"name": name})
        if answer.code == HTTPStatus.NOT_FOUND:
            self.why_unknown = _error_text(answer)
            return None
        self._check(answer, "read the status")
        return self._read(JobStatus, answer, "the status of a job")

    def replay(self, name: str) -> None:
        """Start the failed job of this name again.

        Raises:
            NoAnswer: nothing answers there.
            Unusable: there is no such job, or what answers wants another key.
            VodError: the job cannot be replayed now, or the app has an error of its own.
        """
        answer = self._request("POST", "replay", {"name": name})
        if answer.code == HTTPStatus.NOT_FOUND:
            raise unknown_job(name, _error_text(answer))
        self._check(answer, "replay")

    def health(self) -> Checkup:
        """Return what the app finds when it examines itself; that takes up to half a minute.

        Front Door is purged by it, where there is one.

        Raises:
            NoAnswer: nothing answers there.
            Unusable: what answers there is not this app, or wants another key.
            VodError: the app has an error of its own.
        """
        answer = self._request("GET", "health", {"purge": "true"}, timeout_s=_LONG_TIMEOUT_S)
        # 503 is the answer of an app that has found something.
        if answer.code != HTTPStatus.SERVICE_UNAVAILABLE:
            self._check(answer, "read the health")
        return self._read(Checkup, answer, "the health of an app")

    def remove(self, name: str, *, keep_upload: bool = False) -> Removed | None:
        """Remove a video, and its upload unless that is kept; None where there is neither.

        A video of very many files is removed in several calls: go on while it is not complete.

        Raises:
            NoAnswer: nothing answers there.
            Unusable: what answers there is not this app, or wants another key.
            JobRuns: its job runs.
            VodError: the app has an error of its own.
        """
        answer = self._request(
            "DELETE",
            "videos",
            {"name": name, **({"keep_upload": "true"} if keep_upload else {})},
            timeout_s=_LONG_TIMEOUT_S,
        )
        if answer.code == HTTPStatus.NOT_FOUND:
            if answer.body:
                return None
            # An app of another version has no such route, and says nothing.
            raise Unusable(
                "the app cannot remove videos",
                on=self.url,
                advice="check the address; app and command must be of the same version",
            )
        if answer.code == HTTPStatus.CONFLICT:
            raise JobRuns("remove", on=name, advice=_error_text(answer))
        self._check(answer, "remove")
        return self._read(Removed, answer, "what was removed")

    def _read(self, kind: type[_V], answer: _Answer, what: str) -> _V:
        try:
            return kind.model_validate_json(answer.body)
        except ValidationError:
            raise self._not(what) from None

    def _not(self, what: str) -> Unusable:
        return Unusable(
            f"what answers is not {what}",
            on=self.url,
            advice="check the address; app and command must be of the same version",
        )

    def _request(
        self,
        method: str,
        route: str,
        params: Mapping[str, str] | None = None,
        timeout_s: tuple[float, float] = _TIMEOUT_S,
    ) -> _Answer:
        try:
            with self._session.request(
                method,
                f"{self.url}/api/{route}",
                params=params,
                timeout=timeout_s,
                stream=True,
                allow_redirects=False,
            ) as response:
                body = bytearray()
                for piece in response.iter_content(_PIECE_BYTES):
                    body += piece
                    if len(body) > _MAX_BODY_BYTES:
                        raise self._not("an app of ours: its answer does not end")
                return _Answer(response.status_code, response.reason, bytes(body))
        except _LOST:
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

    def _check(self, answer: _Answer, tried: str) -> None:
        if answer.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise Unusable(
                "the app refuses the key",
                on=self.url,
                advice=f"set --key or {KEY_VARIABLE} to a function key of the app",
            )
        if not answer.is_ok:
            raise VodError(f"{tried}: HTTP {answer.code}", on=self.url, advice=_error_text(answer))


def _error_text(answer: _Answer) -> str:
    """Return what the app says of its error: `{"error": text}`, else the start of the body."""
    try:
        return str(json.loads(answer.body)["error"])
    except (ValueError, KeyError, TypeError):
        return answer.body.decode("utf-8", "replace").strip()[:200] or answer.reason


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
