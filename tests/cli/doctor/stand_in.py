"""An app as the doctor meets it, which answers as a test wants it to."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from adapters.settings import Settings
from tests.cli.app_stand_in import a_status
from tests.containers import containers_of
from tests.loopback import LoopbackServer
from transcoding.job.messages import instance_id

HEALTHY: dict[str, Any] = {
    "version": "0.1.0",
    "checks": [
        {"name": name, "status": "ok", "found": "as it should be", "advice": ""}
        for name in ("settings", "ffmpeg", "ffprobe")
    ],
}
KEY = "s3cret"

Answer = tuple[int, Any]
"""Status and document; a text is sent as it is."""


class StandInApp(LoopbackServer):
    """Answers by what it has for each route; without the key, 401.

    Attributes:
        health, removal: to GET health and DELETE videos.
        removals: to the first of the latter, one each.
        job: what its status is, but for its id; None where no event comes.
        asked: method and path of each request, in order.
        on_status: called when the status is asked for.
    """

    def __init__(self, settings: Settings) -> None:
        self.health: Answer = (200, HEALTHY)
        self.removal: Answer = (404, {"error": "there is nothing"})
        self.removals: list[Answer] = []
        self.job: dict[str, Any] | None = None
        self.asked: list[str] = []
        self.on_status: Callable[[], None] = lambda: None
        self._settings = settings
        super().__init__(self._handler())

    def _status(self, name: str) -> Answer:
        self.on_status()
        uploads = containers_of(self._settings).uploads
        blob = uploads.properties(name)
        if self.job is None or blob is None:
            return 404, {"error": "no job yet"}
        instance = instance_id(self._settings.uploads_container, name, blob.etag)
        return 200, a_status(**{"instance_id": instance, "name": name} | self.job)

    def _answer(self, method: str, path: str, key: str) -> Answer:
        parts = urlsplit(path)
        self.asked.append(f"{method} {parts.path}")
        if key != KEY:
            return 401, ""
        if (method, parts.path) == ("GET", "/api/health"):
            return self.health
        if (method, parts.path) == ("GET", "/api/status"):
            return self._status(parse_qs(parts.query)["name"][0])
        if (method, parts.path) == ("DELETE", "/api/videos"):
            return self.removals.pop(0) if self.removals else self.removal
        return 404, ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        app = self

        class Handler(BaseHTTPRequestHandler):
            def _reply(self) -> None:
                key = self.headers.get("x-functions-key", "")
                status, document = app._answer(self.command, self.path, key)
                body = document if isinstance(document, str) else json.dumps(document)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_DELETE = _reply  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        return Handler
