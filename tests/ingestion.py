"""Application Insights' ingestion endpoint on this machine, for the real exporter."""

from __future__ import annotations

import gzip
import json
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

from tests.loopback import LoopbackServer

WORKER_SETTINGS = {
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
    "OTEL_TRACES_SAMPLER": "microsoft.fixed_percentage",
    "OTEL_TRACES_SAMPLER_ARG": "1.0",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": (
        "azure_sdk,django,fastapi,flask,httpx,httpx2,psycopg2,requests,urllib,urllib3"
    ),
}
"""By what the worker sets up telemetry; a test holds that Bicep sets the same."""

EXPORTER_SETTINGS = {
    # Microsoft's own usage figures and remote configuration go elsewhere than to the ingestion
    # endpoint.
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
}
"""What the app's environment needs so that its telemetry goes to one machine alone."""


class Item(NamedTuple):
    """A span, log line or metric as Application Insights gets it.

    Attributes:
        kind: such as RemoteDependencyData, RequestData, MessageData or MetricData.
        trace_id, parent_id: of the span that it is, or that it belongs to; "" when there is none.
        data: what the kind says it holds.
    """

    kind: str
    trace_id: str
    parent_id: str
    data: dict[str, Any]

    @property
    def properties(self) -> dict[str, str]:
        found: dict[str, str] = self.data.get("properties") or {}
        return found


class Measured(NamedTuple):
    """One exported value of a metric: a counter's increase, or a histogram's sum."""

    name: str
    value: float
    by: dict[str, str]


class Ingestion(LoopbackServer):
    """Takes all telemetry and keeps it, as a context manager.

    It also answers live metrics, which cannot be turned off: nobody is watching.

    Args:
        tls: to listen with https instead of http.

    Attributes:
        connection_string: for the app that is to send here.
        texts: every payload as it came, decompressed.
        authorizations: the Authorization header of every request, "" where there was none.
        answering: cleared, nothing is answered until it is set again.
        refusal: status and document to answer with instead of taking anything.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.texts: list[str] = []
        self.authorizations: list[str] = []
        self.answering = threading.Event()
        self.answering.set()
        self.refusal: tuple[int, Any] | None = None
        super().__init__(self._handler(), tls)
        self.connection_string = (
            "InstrumentationKey=00000000-0000-0000-0000-000000000000;"
            f"IngestionEndpoint={self.address}/;LiveEndpoint={self.address}/"
        )

    @property
    def items(self) -> list[Item]:
        return [_item(envelope) for text in self.texts for envelope in json.loads(text)]

    @property
    def spans(self) -> list[Item]:
        return [i for i in self.items if i.kind in ("RemoteDependencyData", "RequestData")]

    @property
    def log_lines(self) -> list[Item]:
        return [item for item in self.items if item.kind == "MessageData"]

    @property
    def metrics(self) -> list[Measured]:
        return [
            Measured(metric["name"], metric["value"], item.properties)
            for item in self.items
            for metric in item.data.get("metrics", [])
        ]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        ingestion = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                if "QuickPulseService" in self.path:
                    self._answer(200, {})
                    return
                if self.headers.get("Content-Encoding") == "gzip":
                    sent = gzip.decompress(sent)
                ingestion.answering.wait()
                ingestion.texts.append(sent.decode())
                ingestion.authorizations.append(self.headers.get("Authorization", ""))
                count = len(json.loads(sent))
                answer = {"itemsReceived": count, "itemsAccepted": count, "errors": []}
                self._answer(*(ingestion.refusal or (200, answer)))

            def _answer(self, status: int, document: object) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                # Whether somebody watches live metrics; only they read it.
                self.send_header("x-ms-qps-subscribed", "false")
                self.send_header("Content-Length", str(len(body)))
                # Whoever was killed or has given up does not read it.
                with suppress(ConnectionError):
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        return Handler


def _item(envelope: dict[str, Any]) -> Item:
    tags = envelope.get("tags") or {}
    return Item(
        kind=envelope["data"]["baseType"],
        trace_id=tags.get("ai.operation.id", ""),
        parent_id=tags.get("ai.operation.parentId", ""),
        data=envelope["data"]["baseData"],
    )
