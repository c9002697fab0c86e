"""The durable extension as a trigger meets it: behaves as it was measured, and fails on request."""

from __future__ import annotations

from typing import Any

from azure.durable_functions import OrchestrationRuntimeStatus


class Status:
    """What the SDK gives for an instance; for an unknown one everything is None."""

    def __init__(self, document: dict[str, Any] | None) -> None:
        self._document = document or {}
        self.instance_id = self._document.get("instanceId")
        runtime = self._document.get("runtimeStatus")
        self.runtime_status = OrchestrationRuntimeStatus(runtime) if runtime else None

    def to_json(self) -> dict[str, Any]:
        return self._document


class Extension:
    """Instances by id.

    Attributes:
        instances: the status of each, as JSON.
        started: the id of every start that was accepted, in order.
        failures: raised by the next calls, one each.
    """

    def __init__(self) -> None:
        self.instances: dict[str, dict[str, Any]] = {}
        self.started: list[str] = []
        self.failures: list[Exception] = []

    async def get_status(self, instance_id: str, **_: bool) -> Status:
        if self.failures:
            raise self.failures.pop(0)
        return Status(self.instances.get(instance_id))

    async def start_new(self, name: str, instance_id: str, client_input: dict[str, Any]) -> str:
        assert name == "publish_video"
        runtime = self.instances.get(instance_id, {}).get("runtimeStatus")
        if runtime in ("Running", "Pending"):
            raise Exception(f"An Orchestration instance with the status {runtime} already exists.")
        self.started.append(instance_id)
        self.instances[instance_id] = {
            "instanceId": instance_id,
            "runtimeStatus": "Running",
            "input": client_input,
            "customStatus": None,
            "output": None,
        }
        return instance_id
