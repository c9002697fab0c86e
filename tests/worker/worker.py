"""The worker of Python 3.13 in its own environment, as the host sees it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".setup" / "worker"
"""Made by the Makefile from tests/worker/requirements.txt."""

VERSIONS = {"1.3": "", "1.2": ENVIRONMENT / "1.2"}
"""What goes before the environment on the path: azure-functions-runtime 1.3 is in it."""

_DRIVEN = Path(__file__).with_name("driven.py")

TypedData = Mapping[str, Any]
"""A value as the protocol has it: {its type: it}, as in `{"string": "text"}`."""


class Function(NamedTuple):
    """One function as the worker tells the host of it.

    Attributes:
        bindings: as in function.json.
    """

    id: str
    bindings: list[dict[str, Any]]

    @property
    def kinds(self) -> list[str]:
        return sorted(binding["type"] for binding in self.bindings)


class WorkerFails(Exception):
    """The worker answers a message with a failure; the text is what it says of it."""


class Worker:
    """A worker that has taken an app up, as a context manager.

    Attributes:
        capabilities: what it offers to the host.
        functions: what it has found, by name.
        log: what it wrote, once it has ended.
    """

    def __init__(
        self, version: str, environment: Mapping[str, str], *, folder: Path, app: Path = ROOT
    ) -> None:
        """Prepare a worker.

        Args:
            version: one of VERSIONS.
            environment: of the process, app settings above all; it gets no more of this one's
                than the path.
            folder: for its log and its temporary files.
            app: the folder of function_app.py.
        """
        self._environment = {
            "PATH": os.environ["PATH"],
            "TMPDIR": str(folder),
            "PYTHONPATH": str(VERSIONS[version]),
            "FUNCTIONS_WORKER_RUNTIME": "python",
            **environment,
        }
        self._app = app
        self._log = folder / "worker.log"
        self.capabilities: dict[str, str] = {}
        self.functions: dict[str, Function] = {}

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    def __enter__(self) -> Self:
        python = ENVIRONMENT / "bin" / "python"
        assert python.exists(), f"{ENVIRONMENT} is missing: make test makes it"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [python, _DRIVEN, self._app],
                cwd=self._app,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # It ends in an orderly way when the host goes.
        self._process.communicate()

    def invoke(
        self,
        name: str,
        *,
        trace_parent: str = "",
        metadata: Mapping[str, TypedData] | None = None,
        **inputs: TypedData,
    ) -> Any:
        """Call a function; return the data that it answers, None where it answers none.

        Args:
            trace_parent: the host's span of the invocation.
            metadata: of the trigger.
            inputs: by the names of bindings.

        Raises:
            WorkerFails: the worker could not call it, or it has raised.
        """
        request = {
            "invocation_id": f"invocation of {name}",
            "function_id": self.functions[name].id,
            "input_data": [{"name": key, "data": data} for key, data in inputs.items()],
            "trigger_metadata": dict(metadata or {}),
            "trace_context": {"trace_parent": trace_parent},
        }
        answered = self._ask("invocation_request", request, "invocation_response")
        return answered.get("return_value")

    def _start(self) -> None:
        """Say what the host says at its start, up to loading every function."""
        folder = {"function_app_directory": str(self._app)}
        begin = {"host_version": "4.1037.0", **folder}
        ready = self._ask("worker_init_request", begin, "worker_init_response")
        self.capabilities = ready["capabilities"]
        told = self._ask("functions_metadata_request", folder, "function_metadata_response")
        for function in told.get("function_metadata_results", []):
            bindings = [json.loads(raw) for raw in function["raw_bindings"]]
            self.functions[function["name"]] = Function(function["function_id"], bindings)
            load = {"function_id": function["function_id"], "metadata": function}
            self._ask("function_load_request", load, "function_load_response")

    def _ask(self, name: str, request: Mapping[str, Any], answered: str) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        stdin.write(json.dumps({"request_id": "1", name: request}) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, f"the worker has ended:\n{self.log[-3000:]}"
        answer: dict[str, Any] = json.loads(line)[answered]
        if answer["result"].get("status") != "Success":
            raise WorkerFails(answer["result"].get("exception", {}).get("message", "no reason"))
        return answer


def blob_data(connection: str, container: str, name: str) -> TypedData:
    """Return what the host sends for a blob that is bound to an SDK client."""
    content = {"Connection": connection, "ContainerName": container, "BlobName": name}
    return {
        "model_binding_data": {
            "version": "1.0",
            "source": "AzureStorageBlobs",
            "content_type": "application/json",
            "content": base64.b64encode(json.dumps(content).encode()).decode(),
        }
    }


def json_data(value: Any) -> TypedData:
    return {"json": json.dumps(value)}


def request_data(method: str, path: str, **query: str) -> TypedData:
    """Return what the host sends for an HTTP request without a body."""
    url = f"https://app.example{path}"
    return {"http": {"method": method, "url": url, "query": query}}


def body_of(answer: Mapping[str, Any]) -> str:
    """Return the text of an HTTP answer, which comes as text or as bytes."""
    data = answer["body"]
    return base64.b64decode(data["bytes"]).decode() if "bytes" in data else str(data["string"])
