"""A stand-in for Azure Resource Manager: Front Door purges, and the upload subscription."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

from tests.loopback import LoopbackServer

FRONT_DOOR = {
    "VOD_FRONT_DOOR_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
    "VOD_FRONT_DOOR_RESOURCE_GROUP": "media",
    "VOD_FRONT_DOOR_PROFILE": "door",
    "VOD_FRONT_DOOR_ENDPOINT": "videos",
}
"""The settings of the endpoint that PURGE_PATH is about."""

PURGE_PATH = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/media"
    "/providers/Microsoft.Cdn/profiles/door/afdEndpoints/videos/purge"
)
SUBSCRIPTION_PATH = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/media"
    "/providers/Microsoft.EventGrid/systemTopics/topic/eventSubscriptions/uploads"
)
OPERATION_PATH = "/subscriptions/1/providers/Microsoft.Cdn/operationresults/purge-1"


class Answer(NamedTuple):
    status: int
    body: dict[str, Any] | None = None
    headers: dict[str, str] = {}  # noqa: RUF012 - a constant of the tests


class Asked(NamedTuple):
    method: str
    path: str
    body: dict[str, Any] | None
    authorization: str


class ManagementApi(LoopbackServer):
    """Azure Resource Manager as far as we need it; the answers are set by the test.

    Attributes:
        first_answers: to the first requests for a purge, one each, before `to_purge`.
        to_purge, to_status: answers to a request for a purge, and to one after its state.
        to_subscription: answer to one for the event subscription at SUBSCRIPTION_PATH.
        on_purge: is told the paths of each purge.
        asked: every request, in order.
    """

    def __init__(self) -> None:
        self.first_answers: list[Answer] = []
        self.to_purge = Answer(202, headers={"Retry-After": "7"})
        self.to_status = Answer(200, {"status": "InProgress"})
        self.to_subscription = Answer(404)
        self.on_purge: Callable[[Sequence[str]], None] = lambda _paths: None
        self.asked: list[Asked] = []
        super().__init__(self._handler())
        self.url = self.address

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answer = api.first_answers.pop(0) if api.first_answers else api.to_purge
                headers = answer.headers
                if answer.status == 202:
                    status_url = f"{api.url}{OPERATION_PATH}?api-version=2024-02-01"
                    headers = {
                        **headers,
                        "Azure-AsyncOperation": status_url,
                        "Location": f"{status_url}&result=1",
                    }
                self._answer(answer._replace(headers=headers))

            def do_GET(self) -> None:
                is_subscription = self.path.partition("?")[0] == SUBSCRIPTION_PATH
                self._answer(api.to_subscription if is_subscription else api.to_status)

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

            def _answer(self, answer: Answer) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(
                    self.command,
                    self.path.partition("?")[0],
                    json.loads(sent) if sent else None,
                    self.headers.get("Authorization", ""),
                )
                api.asked.append(asked)
                if asked.body and "contentPaths" in asked.body:
                    api.on_purge(asked.body["contentPaths"])
                body = json.dumps(answer.body).encode() if answer.body else b""
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
