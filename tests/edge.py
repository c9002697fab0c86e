"""A stand-in for Front Door on the loopback address: a cache that can be purged, and broken."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple
from urllib.parse import unquote

import requests

from tests.loopback import LoopbackServer

_TIMEOUT_S = 30
_UNTOLD_AGE_S = 86_400
"""Without Cache-Control Front Door keeps an answer for one to three days."""
_PASSED_ON = (
    "accept-ranges",
    "cache-control",
    "content-encoding",
    "content-type",
    "etag",
    "last-modified",
)


class Reply(NamedTuple):
    """What is answered.

    Attributes:
        headers: by lower-case name.
    """

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def having(self, **headers: str) -> Reply:
        """Return it with other headers; "" takes one away, and `_` stands for `-`."""
        changed = {name.replace("_", "-"): text for name, text in headers.items()}
        kept = {**self.headers, **changed}
        return self._replace(headers={name: text for name, text in kept.items() if text})


class Request(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]


Alter = Callable[[Request, Reply], Reply]


def unaltered(_request: Request, reply: Reply) -> Reply:
    return reply


class Edge(LoopbackServer):
    """Serves one container of an account as bicep/modules/front-door.bicep has Front Door do it.

    What may be kept by its Cache-Control is kept until then, or until it is purged, for each query
    apart: the origin is asked with it. Ranges are served from what is kept; scripts of any origin
    may read all of it.

    Attributes:
        origin: blob address of the account, such as `http://127.0.0.1:10000/devstoreaccount1`.
        container: the one that is served.
        alter: changes what is answered at last, to break it.
        is_deaf: purges change nothing.
        ignores_queries: what the origin answers to a query is kept for all who ask without one.
        misses: paths that were fetched from the origin, in order.
    """

    def __init__(self, container: str = "videos") -> None:
        self.origin = ""
        self.container = container
        self.alter: Alter = unaltered
        self.is_deaf = False
        self.ignores_queries = False
        self.misses: list[str] = []
        self._kept: dict[str, tuple[float, Reply]] = {}
        super().__init__(self._handler())

    def purge(self, content_paths: Sequence[str]) -> None:
        """Forget these paths: `/a/b`, or `/a/*` for all below."""
        if self.is_deaf:
            return
        patterns = [re.escape(unquote(path)).replace(r"\*", ".*") + r"\Z" for path in content_paths]
        for key in list(self._kept):
            path = unquote(key.partition("?")[0])
            if any(re.match(pattern, path) for pattern in patterns):
                del self._kept[key]

    def _find(self, path: str, query: str) -> Reply:
        asked = f"{path}?{query}" if query else path
        key = path if self.ignores_queries else asked
        until, reply = self._kept.get(key, (0.0, Reply(0)))
        if time.monotonic() < until:
            return reply
        if not path.startswith(f"/{self.container}/"):
            return Reply(404)
        self.misses.append(path)
        with requests.get(
            self.origin + asked,
            headers={"Accept-Encoding": "gzip"},
            stream=True,
            timeout=_TIMEOUT_S,
        ) as answer:
            reply = Reply(
                answer.status_code,
                {
                    name.lower(): text
                    for name, text in answer.headers.items()
                    if name.lower() in _PASSED_ON
                },
                answer.raw.read(decode_content=False),
            )
        told = reply.headers.get("cache-control", f"max-age={_UNTOLD_AGE_S}")
        age = re.search(r"max-age=(\d+)", told)
        if reply.status == 200 and age:
            self._kept[key] = (time.monotonic() + int(age[1]), reply)
        return reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        edge = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Else each body waits for the acknowledgement of its headers.
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                path, _, query = self.path.partition("?")
                request = Request(self.command, path, dict(self.headers.items()))
                reply = edge._find(path, query).having(
                    access_control_allow_origin="*",
                    access_control_expose_headers="Accept-Ranges, Content-Length, Content-Range",
                )
                reply = edge.alter(request, part_of(reply, self.headers.get("Range", "")))
                self.send_response(reply.status)
                length = {"content-length": str(len(reply.body))}
                for name, text in {**length, **reply.headers}.items():
                    self.send_header(name, text)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            do_GET = do_HEAD = _answer  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        return Handler


def part_of(reply: Reply, asked: str) -> Reply:
    """Return the one byte range of a reply that was asked for (RFC 9110, 14), else the whole."""
    wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", asked)
    if reply.status != 200 or not wanted:
        return reply
    first, last = int(wanted[1]), min(int(wanted[2]), len(reply.body) - 1)
    part = reply._replace(status=206, body=reply.body[first : last + 1])
    return part.having(content_range=f"bytes {first}-{last}/{len(reply.body)}")
