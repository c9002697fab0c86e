"""Storage whose connections break off in the middle of a source."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from adapters.services import Services
from adapters.settings import UPLOADS_CONNECTION, Settings
from adapters.storage.account import StorageAccount
from adapters.storage.uploads import Uploads
from tests.containers import containers_of


class BreakingStorage:
    """Stands between FFmpeg and Azurite; once armed, it breaks off one read of a source.

    Attributes:
        broken: how many connections were broken off.
    """

    def __init__(self, status: int | None) -> None:
        """After the break every request gets `status`; None lets them through."""
        self.broken = 0
        self._status = status
        self._left_bytes: int | None = None
        self._origin = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def arm(self, left_bytes: int) -> None:
        """Break the read after so many bytes more."""
        self._left_bytes = left_bytes

    def url(self, url: str) -> str:
        """Return a read URL with this server in the place of Azurite."""
        split = urllib.parse.urlsplit(url)
        self._origin = f"{split.scheme}://{split.netloc}"
        return split._replace(netloc=f"127.0.0.1:{self._server.server_address[1]}").geturl()

    def _let_through(self, body: bytes) -> bytes:
        if self._left_bytes is None:
            return body
        allowed, self._left_bytes = body[: self._left_bytes], self._left_bytes - len(body)
        if self._left_bytes < 0:
            self.broken, self._left_bytes = self.broken + 1, None
        return allowed

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        storage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.close_connection = True
                if storage.broken and storage._status:
                    self.send_response(storage._status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                headers = {k: v for k, v in self.headers.items() if k in ("Range", "If-Match")}
                answer = requests.get(storage._origin + self.path, headers=headers, timeout=10)
                self.send_response(answer.status_code)
                for name in ("Content-Length", "Content-Range", "Accept-Ranges", "ETag"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.end_headers()
                with suppress(BrokenPipeError, ConnectionResetError):
                    self.wfile.write(storage._let_through(answer.content))

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        return Handler


class BreakingUrls:
    """Read URLs of Azurite with a BreakingStorage in between."""

    def __init__(self, storage: BreakingStorage, settings: Settings) -> None:
        self._storage = storage
        self._account = StorageAccount(settings.uploads, UPLOADS_CONNECTION)

    def read_url(self, container: str, name: str, lifetime: timedelta) -> str:
        return self._storage.url(self._account.read_url(container, name, lifetime))


@contextmanager
def breaking(services: Services, status: int | None) -> Iterator[tuple[Services, BreakingStorage]]:
    """Put a BreakingStorage into every read URL of these services."""
    storage = BreakingStorage(status)
    settings = services.settings
    uploads = Uploads(
        containers_of(settings).uploads,
        BreakingUrls(storage, settings),
        settings.uploads_container,
        timedelta(hours=1),
    )
    try:
        yield replace(services, stores=replace(services.stores, uploads=uploads)), storage
    finally:
        storage.stop()
