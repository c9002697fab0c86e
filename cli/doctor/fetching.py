"""Asks over HTTP as a stranger does: no key, no redirect followed, nothing unbounded."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from transcoding.values import Value

ORIGIN = "https://player.example"
"""Of the web page that a player would be on."""

MAX_BODY_BYTES = 16 * 2**20
"""More than any file of a clip of 2 s has."""

_TIMEOUT_S = (5.0, 20.0)
_WHOLE_ANSWER_WITHIN_S = 60.0
_READ_BYTES = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class Fetched(Value):
    """One answer, as it came.

    Attributes:
        status: 0 where nothing usable was answered; `failure` says why.
        headers: by lower-case name; the last of several counts.
        body: as it was sent, not decoded.
        is_cut: the body went on after MAX_BODY_BYTES, or for too long.
        first_byte_s: from the request to the end of the answer's headers.
    """

    url: str
    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    is_cut: bool = False
    first_byte_s: float = 0.0
    failure: str = ""

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    @property
    def answer(self) -> str:
        """What was answered, in short: "HTTP 404", or why there is no answer."""
        return f"HTTP {self.status}" if self.status else self.failure

    def text(self) -> str:
        """Return the body as text, unzipped where it says that it is gzip.

        Raises:
            ValueError: it is no UTF-8, no gzip, or was cut.
        """
        if self.is_cut:
            raise ValueError("it does not end")
        body = self.body
        if self.header("Content-Encoding").lower() == "gzip":
            unzip = zlib.decompressobj(_GZIP)
            try:
                body = unzip.decompress(body, MAX_BODY_BYTES)
            except zlib.error:
                raise ValueError("it says that it is gzip, and is not") from None
            if not unzip.eof:
                raise ValueError("its gzip does not end")
        return body.decode()


class Stranger:
    """Somebody whom nobody knows, on a web page of another origin."""

    def __init__(self) -> None:
        self._session = requests.Session()
        # No proxy is asked, and no password looked up: a .netrc would make us somebody.
        self._session.trust_env = False
        self._session.headers.update({"Origin": ORIGIN, "Accept-Encoding": "gzip"})

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        return self._fetch("GET", url, headers)

    def head(self, url: str) -> Fetched:
        return self._fetch("HEAD", url)

    def _fetch(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        try:
            with self._session.request(
                method,
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=_TIMEOUT_S,
            ) as response:
                body, is_cut = _bounded(response)
                return Fetched(
                    url=url,
                    status=response.status_code,
                    headers={name.lower(): text for name, text in response.headers.items()},
                    body=body,
                    is_cut=is_cut,
                    first_byte_s=response.elapsed.total_seconds(),
                )
        # Of what it cannot understand, the HTTP stack says so in many ways.
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            return Fetched(url=url, failure=_why(error, url))


def _bounded(response: requests.Response) -> tuple[bytes, bool]:
    """Return the body as it was sent, and whether it was cut."""
    began, body = time.monotonic(), bytearray()
    while len(body) <= MAX_BODY_BYTES:
        # What has arrived, not as much as was asked for: a trickle must not keep us.
        piece = response.raw.read1(_READ_BYTES, decode_content=False)
        if not piece:
            return bytes(body), False
        body += piece
        if time.monotonic() - began > _WHOLE_ANSWER_WITHIN_S:
            break
    return bytes(body[:MAX_BODY_BYTES]), True


def _why(error: Exception, url: str) -> str:
    """Say in a few words why there is no answer; the library's own text is a chain of objects."""
    try:
        host = urlsplit(url).netloc or url[:80]
    except ValueError:
        host = url[:80]
    if isinstance(error, requests.exceptions.SSLError):
        return f"{host} has no certificate that is trusted here"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return f"{host} does not answer in time"
    if isinstance(error, requests.ConnectionError):
        return f"{host} does not answer"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return f"{host} is no address"
    return f"{host} answers something that is no HTTP"
