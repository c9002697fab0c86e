"""The durable extension's HTTP API on this machine, as far as the client of a trigger asks it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from devhost.client_api import binding
from tests.loopback import LoopbackServer

_INSTANCE = re.compile(r"/durabletask/instances/([^/?]+)(?:\?|$)")
_START = re.compile(r"/durabletask/orchestrators/publish_video/([^/?]+)$")


class DurableApi(LoopbackServer):
    """Knows instances, and takes starts.

    Attributes:
        instances: the input of each, by its id.
        client: the JSON that the host gives for a durable client.
    """

    def __init__(self) -> None:
        super().__init__(self._handler())
        self.instances: dict[str, dict[str, Any]] = {}
        self.client: Mapping[str, str] = {"string": binding(self.address, "TestHub")}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = _INSTANCE.match(self.path)
                if found and found[1] in api.instances:
                    self._answer(202, api.status(found[1]))
                else:
                    self._answer(404, "no such instance")

            def do_POST(self) -> None:
                started = _START.match(self.path)
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                if started:
                    given = json.loads(sent)
                    # The client sends its JSON as a JSON string.
                    api.instances[started[1]] = json.loads(given)
                    self._answer(202, {"id": started[1]})
                else:
                    self._answer(400, {"ExceptionMessage": self.path})

            def _answer(self, code: int, document: Any) -> None:
                body = json.dumps(document).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        return Handler

    def status(self, instance_id: str) -> dict[str, Any]:
        """Return what the extension tells of an instance that waits for its first turn."""
        return {
            "name": "publish_video",
            "instanceId": instance_id,
            "runtimeStatus": "Pending",
            "input": json.dumps(self.instances[instance_id]),
            "customStatus": None,
            "output": None,
            "createdTime": "2026-11-25T12:00:00Z",
            "lastUpdatedTime": "2026-11-25T12:00:00Z",
        }
