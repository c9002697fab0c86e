"""The worker in a process of its own, driven as the host drives it; run by tests/worker/worker.py.

Each line of stdin is a StreamingMessage (rpc.proto) as JSON, and each line of stdout the answer to
it. All else that is written goes to stderr.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import dataclass, field
from typing import Any

import azure_functions_runtime as worker
import grpc
from google.protobuf import json_format

protos: Any = grpc.protos("rpc.proto")

ENTRIES = {
    "worker_init_request": (worker.worker_init_request, "worker_init_response"),
    "functions_metadata_request": (
        worker.functions_metadata_request,
        "function_metadata_response",
    ),
    "function_load_request": (worker.function_load_request, "function_load_response"),
    "invocation_request": (worker.invocation_request, "invocation_response"),
}


@dataclass(frozen=True)
class WorkerRequest:
    """What the worker's entries take."""

    name: str
    request: Any
    properties: dict[str, Any] = field(
        default_factory=lambda: {"protos": protos, "host": "127.0.0.1"}
    )


def stay_here(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse whatever leaves this machine: connections, and look-ups of names."""
    if event == "socket.connect":
        where = arguments[1][0]
    elif event == "socket.getaddrinfo":
        where = arguments[0]
    else:
        return
    if where not in ("127.0.0.1", b"127.0.0.1", "localhost"):
        sys.stderr.write(f"wants to connect to {where}\n")
        raise ConnectionRefusedError(f"tests stay on loopback, and this is {where}")


async def answer(line: str) -> str:
    """Return the answer to a message of the host."""
    message = json_format.Parse(line, protos.StreamingMessage())
    name = message.WhichOneof("content")
    enter, answered = ENTRIES[name]
    response = await enter(WorkerRequest(name, message))
    reply = protos.StreamingMessage(request_id=message.request_id, **{answered: response})
    return json.dumps(json_format.MessageToDict(reply, preserving_proto_field_name=True))


async def drive(app_folder: str) -> None:
    """Answer until stdin ends."""
    answers, sys.stdout = sys.stdout, sys.stderr
    # The worker starts with the app's folder in front of all others.
    sys.path.insert(0, app_folder)
    sys.addaudithook(stay_here)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    worker.start_threadpool_executor()
    while line := await asyncio.to_thread(sys.stdin.readline):
        # Each message in a task of its own, as the worker has it: none inherits another's context.
        answers.write(await asyncio.create_task(answer(line)) + "\n")
        answers.flush()
    worker.stop_threadpool_executor()


if __name__ == "__main__":
    asyncio.run(drive(sys.argv[1]))
