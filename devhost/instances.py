"""Starts, watches and ends orchestrations, in terms of their instance ids."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

from durabletask import history
from durabletask.client import OrchestrationState, OrchestrationStatus, TaskHubGrpcClient

from devhost import instance_ids
from devhost.instance_ids import InstanceIds

_ENDED = (
    OrchestrationStatus.COMPLETED,
    OrchestrationStatus.FAILED,
    OrchestrationStatus.TERMINATED,
)


class UnknownOrchestrator(LookupError):
    """Nothing is registered under the name that a client wants started."""


class AlreadyRunning(Exception):
    """The id that a client wants started has a run that has not ended."""


class Gone(Exception):
    """The run has ended."""


class NotFound(LookupError):
    """No instance has this id."""


class Instances:
    """All orchestrations of one host.

    Attributes:
        orchestrators: the names that can be started.
    """

    def __init__(self, client: TaskHubGrpcClient, orchestrators: frozenset[str]) -> None:
        self.orchestrators = orchestrators
        self.ids = InstanceIds()
        self._client = client
        self._starting = threading.Lock()

    def start(
        self,
        name: str,
        raw_input: str | None = None,
        instance_id: str | None = None,
        version: str | None = None,
    ) -> str:
        """Start an orchestrator; an id whose run has ended runs again.

        Args:
            raw_input: JSON.
            instance_id: made up when None.

        Raises:
            UnknownOrchestrator: nothing is registered under the name.
            AlreadyRunning: the id is running, pending or suspended.
            ValueError: it is no instance id.
        """
        if name not in self.orchestrators:
            known = ", ".join(sorted(self.orchestrators)) or "none"
            raise UnknownOrchestrator(
                f"The function '{name}' doesn't exist, is disabled, or is not an orchestrator "
                f"function. Additional info: there are: {known}"
            )
        instance_id = uuid.uuid4().hex if instance_id is None else instance_id
        instance_ids.check(instance_id)
        with self._starting:
            former = self.ids.current(instance_id)
            state = self.state(instance_id)
            if state and state.runtime_status not in _ENDED:
                raise AlreadyRunning(
                    "An Orchestration instance with the status "
                    f"{status_name(state)} already exists."
                )
            if former:
                self._client.purge_orchestration(former, recursive=False)
            self._client.schedule_new_orchestration(
                name,
                input=raw_input,
                instance_id=self.ids.new_run(instance_id),
                version=version,
            )
        return instance_id

    def state(self, instance_id: str) -> OrchestrationState | None:
        """Return the state of the current run; None when there is no such instance."""
        current = self.ids.current(instance_id)
        return self._client.get_orchestration_state(current) if current else None

    def is_running(self, instance_id: str) -> bool:
        state = self.state(instance_id)
        return state is not None and state.runtime_status not in _ENDED

    def events(self, instance_id: str) -> list[dict[str, Any]]:
        """Return the history as the status API shows it."""
        return _visible(self._client.get_orchestration_history(self._running_or_ended(instance_id)))

    def terminate(self, instance_id: str, reason: str) -> None:
        """End a run; its children and activities go on.

        Raises:
            NotFound, Gone: there is no such instance, or it has ended; so for all below.
        """
        self._client.terminate_orchestration(
            self._running(instance_id), output=json.dumps(reason), recursive=False
        )

    def suspend(self, instance_id: str, reason: str) -> None:
        self._client.suspend_orchestration(self._running(instance_id), reason=reason)

    def resume(self, instance_id: str, reason: str) -> None:
        self._client.resume_orchestration(self._running(instance_id), reason=reason)

    def raise_event(self, instance_id: str, name: str, raw_data: str) -> None:
        self._client.raise_orchestration_event(self._running(instance_id), name, data=raw_data)

    def purge(self, instance_id: str) -> bool:
        """Forget a run that has ended; return whether there was one."""
        current = self.ids.current(instance_id)
        if not current or self.is_running(instance_id):
            return False
        self._client.purge_orchestration(current, recursive=False)
        self.ids.forget(instance_id)
        return True

    def list(self, matches: Callable[[OrchestrationState], bool]) -> list[OrchestrationState]:
        states = (self.state(instance_id) for instance_id in self.ids.all())
        return [state for state in states if state and matches(state)]

    def _running_or_ended(self, instance_id: str) -> str:
        current = self.ids.current(instance_id)
        if not current or not self.state(instance_id):
            raise NotFound(f"no instance {instance_id}")
        return current

    def _running(self, instance_id: str) -> str:
        current = self._running_or_ended(instance_id)
        if not self.is_running(instance_id):
            raise Gone(f"instance {instance_id} has ended")
        return current


def status_name(state: OrchestrationState) -> str:
    """Return the runtime status as the extension writes it, such as "ContinuedAsNew"."""
    return state.runtime_status.name.title().replace("_", "")


def describe(state: OrchestrationState, *, show_input: bool = True) -> dict[str, Any]:
    """Return the JSON that the extension gives for a state."""
    output = _decoded(state.serialized_output)
    if state.failure_details is not None:
        output = state.failure_details.message
    return {
        "name": state.name,
        "instanceId": instance_ids.public(state.instance_id),
        "runtimeStatus": status_name(state),
        # A string of JSON: the SDK encodes it once more than the extension decodes it.
        "input": state.serialized_input if show_input else None,
        "customStatus": _decoded(state.serialized_custom_status),
        "output": output,
        "createdTime": f"{state.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "lastUpdatedTime": f"{state.last_updated_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _decoded(raw: str | None) -> Any:
    return json.loads(raw) if raw else None


def _visible(events: list[history.HistoryEvent]) -> list[dict[str, Any]]:
    """Join what was scheduled with how it ended, as the extension does."""
    names: dict[int, str] = {}
    shown: list[dict[str, Any]] = []
    for event in events:
        match event:
            case history.TaskScheduledEvent() | history.SubOrchestrationInstanceCreatedEvent():
                names[event.event_id] = event.name
            case history.ExecutionStartedEvent():
                shown.append({"EventType": "ExecutionStarted", "FunctionName": event.name})
            case history.TaskCompletedEvent() | history.SubOrchestrationInstanceCompletedEvent():
                shown.append(
                    {
                        "EventType": type(event).__name__.removesuffix("Event"),
                        "FunctionName": names.get(event.task_scheduled_id, ""),
                        "Result": _decoded(event.result),
                    }
                )
            case history.TaskFailedEvent() | history.SubOrchestrationInstanceFailedEvent():
                failure = event.failure_details
                shown.append(
                    {
                        "EventType": type(event).__name__.removesuffix("Event"),
                        "FunctionName": names.get(event.task_scheduled_id, ""),
                        "Reason": failure.message if failure else "",
                    }
                )
            case history.TimerFiredEvent() | history.EventRaisedEvent():
                shown.append({"EventType": type(event).__name__.removesuffix("Event")})
            case history.ExecutionCompletedEvent():
                shown.append({"EventType": "ExecutionCompleted", "Result": _decoded(event.result)})
    return shown
