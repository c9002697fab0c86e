"""An HTTP stand-in of the app: answers with documents that were given to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """One HTTP answer; a document that is no text is sent as JSON, status 0 hangs up."""

    status: int
    document: Any = ""


class AppStandIn:
    """Gives its answers one after the other, the last one again and again.

    Attributes:
        requests: (method, path with query, function key) of each request.
        after_request: called with the path once an answer was sent.
    """

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self.requests: list[tuple[str, str, str | None]] = []
        self.after_request: Callable[[str], None] = lambda _path: None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                key = self.headers.get("x-functions-key")
                stand_in.requests.append((self.command, self.path, key))
                answers = stand_in._answers
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                if not answer.status:
                    return
                is_text = isinstance(answer.document, str)
                body = answer.document if is_text else json.dumps(answer.document)
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())
                stand_in.after_request(self.path)

            do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the names that http.server calls

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - inherited
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def app_answering(*answers: Answer) -> Iterator[AppStandIn]:
    """Serve these answers on the loopback address while the context lasts."""
    stand_in = AppStandIn(answers)
    thread = threading.Thread(target=stand_in.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.server.shutdown()
        stand_in.server.server_close()
        thread.join()


def a_status(**changes: Any) -> dict[str, Any]:
    """Return the status document of a job that is 45 % through its encoding."""
    return {
        "instance_id": "holiday-mp4-0123",
        "name": "holiday.mp4",
        "state": "running",
        "phase": "encoding",
        "percent": 45.0,
        "eta_s": 12.4,
        "renditions": [
            {
                "key": "h264-aaaa",
                "label": "720p 3000k",
                "kind": "video",
                "chunks_done": 1,
                "chunks_total": 2,
                "frames_done": 450,
                "frames_total": 720,
                "speed": 1.84,
            },
            {
                "key": "aac-bbbb",
                "label": "audio en",
                "kind": "audio",
                "chunks_done": 1,
                "chunks_total": 1,
                "frames_done": 1125,
                "frames_total": 1125,
                "speed": 0.0,
            },
        ],
    } | changes
