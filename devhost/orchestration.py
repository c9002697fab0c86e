"""Runs a user's orchestrator on the durabletask engine.

The generator gets the SDK's own DurableOrchestrationContext and yields the SDK's own tasks, so that
`task_all` fails early, `task_any` returns the very task that won, and inputs and results are coded
as under the real host. Only what the host's extension would do is done here: a task that is yielded
is scheduled on the engine, and what the engine answers becomes the task's value.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import GeneratorType
from typing import Any

from azure.durable_functions import DurableOrchestrationContext
from azure.durable_functions.models.actions import ActionType
from azure.durable_functions.models.Task import CompoundTask, RetryAbleTask, TaskBase, TaskState
from azure.durable_functions.models.utils.df_serialization import df_loads
from durabletask import task as engine

from devhost import failures, instance_ids
from devhost.functions import Registered
from devhost.instance_ids import InstanceIds
from devhost.log_levels import lines_of
from devhost.retry_policy import RetryPolicy

MAX_CUSTOM_STATUS_BYTES = 16 * 1024
"""The real host fails an orchestration whose custom status is longer, as JSON in UTF-16."""

_CALL_ACTIVITY = (ActionType.CALL_ACTIVITY, ActionType.CALL_ACTIVITY_WITH_RETRY)
_CALL_ORCHESTRATOR = (
    ActionType.CALL_SUB_ORCHESTRATOR,
    ActionType.CALL_SUB_ORCHESTRATOR_WITH_RETRY,
)

logger = logging.getLogger("devhost.orchestration")


class OrchestratorFailed(Exception):
    """How a failed orchestration reaches the engine: its text is the reason."""


@dataclass(frozen=True)
class Surroundings:
    """What an orchestration needs to know of the host.

    Attributes:
        is_running: whether an instance id has a run that has not ended.
    """

    activities: frozenset[str]
    orchestrators: frozenset[str]
    ids: InstanceIds
    is_running: Callable[[str], bool]


class EngineContext(DurableOrchestrationContext):  # type: ignore[misc]
    """The SDK's context, whose clock and replay flag are the engine's."""

    def __init__(
        self, of_engine: engine.OrchestrationContext, raw_input: str | None, parent: str | None
    ) -> None:
        self._engine = of_engine
        started = {
            "EventId": -1,
            "IsPlayed": False,
            "Timestamp": self.current_utc_datetime.isoformat(),
        }
        super().__init__(
            # The two events that every history starts with: OrchestratorStarted, ExecutionStarted.
            history=[
                {**started, "EventType": 12},
                {**started, "EventType": 0, "Version": of_engine.version},
            ],
            instanceId=instance_ids.public(of_engine.instance_id),
            isReplaying=of_engine.is_replaying,
            parentInstanceId=parent,
            input=raw_input,
            upperSchemaVersion=1,
            upperSchemaVersionNew=2,
        )

    @property
    def is_replaying(self) -> bool:
        return self._engine.is_replaying

    @property
    def current_utc_datetime(self) -> datetime:
        return self._engine.current_utc_datetime.replace(tzinfo=UTC)


class _Watch(engine.CompositeTask[None]):
    """Calls back when a task of the engine has ended; itself it never does."""

    def __init__(
        self, watched: engine.Task[Any], on_end: Callable[[engine.Task[Any]], None]
    ) -> None:
        self._on_end = on_end
        super().__init__([watched])

    def on_child_completed(self, task: engine.Task[Any]) -> None:
        self._on_end(task)


class Orchestration:
    """One execution, from the start of the history, of one orchestrator function."""

    def __init__(
        self,
        function: Registered,
        of_engine: engine.OrchestrationContext,
        raw_input: str | None,
        surroundings: Surroundings,
    ) -> None:
        self._function = function
        self._engine = of_engine
        self._around = surroundings
        self._context = EngineContext(
            of_engine, raw_input, surroundings.ids.parent(of_engine.instance_id)
        )
        # As the SDK's own entry point does it: `orchestration_trigger(input_type=...)`.
        self._context._input_expected_type = function.input_type
        self._started: dict[int, TaskBase] = {}
        self._awaited: TaskBase | None = None
        self._wake: engine.CompletableTask[None] = engine.CompletableTask()

    def run(self) -> Generator[engine.Task[Any], Any, str | None]:
        """Drive the user's generator; its result is returned as JSON.

        Raises:
            OrchestratorFailed: the user's code raised, or asked for what cannot be had.
        """
        try:
            result = yield from self._drive()
            return None if result is None else json.dumps(result)
        except Exception as error:
            reason = failures.orchestrator_failed(self._function.durable_name, error)
            if not self._engine.is_replaying:
                logger.error("%s: %s", self._context.instance_id, reason.partition("\n")[0])
            raise OrchestratorFailed(reason) from error

    def _drive(self) -> Generator[engine.Task[Any], Any, Any]:
        with lines_of(self._function.name):
            user_code = self._function.call(self._context)
        if not isinstance(user_code, GeneratorType):
            self._publish_status()
            self._continue_as_new()
            return user_code
        step: Callable[[], Any] = partial(next, user_code)
        while True:
            try:
                with lines_of(self._function.name):
                    yielded = step()
            except StopIteration as end:
                self._publish_status()
                self._continue_as_new()
                return end.value
            self._publish_status()
            if self._continue_as_new():
                return None
            if not isinstance(yielded, TaskBase):
                raise TypeError(f"the orchestrator yielded a {type(yielded).__name__}, no task")
            for leaf in _leaves(yielded):
                self._start(leaf)
            if yielded.state is TaskState.RUNNING:
                self._awaited = yielded
                self._wake = engine.CompletableTask()
                yield self._wake
            if yielded.state is TaskState.FAILED:
                step = partial(user_code.throw, yielded.result)
            else:
                step = partial(user_code.send, yielded.result)

    def _publish_status(self) -> None:
        """Hand over the custom status after each step, as the SDK does after each episode."""
        status = self._context.custom_status
        if status is None:
            return
        text = json.dumps(status, separators=(",", ":"), ensure_ascii=False)
        size_bytes = len(text.encode("utf-16-le", errors="surrogatepass"))
        if size_bytes > MAX_CUSTOM_STATUS_BYTES:
            raise ValueError(
                f"The size of the custom status is {size_bytes} bytes of UTF-16; "
                f"the limit is {MAX_CUSTOM_STATUS_BYTES}"
            )
        self._engine.set_custom_status(json.dumps(status))

    def _continue_as_new(self) -> bool:
        if self._context.will_continue_as_new:
            action = self._context._actions[-1][-1].to_json()
            self._engine.continue_as_new(action["input"], save_events=True)
        return bool(self._context.will_continue_as_new)

    def _start(self, leaf: TaskBase) -> None:
        """Schedule a task, once, with its first attempt."""
        if id(leaf) in self._started:
            return
        self._started[id(leaf)] = leaf
        number = len(self._started)
        if isinstance(leaf, RetryAbleTask):
            policy = RetryPolicy.of(leaf.retry_options.to_json())
            self._attempt(leaf, leaf.actions.to_json(), number, 1, policy)
        else:
            self._attempt(leaf, leaf.action_repr.to_json(), number, 1, None)

    def _attempt(
        self,
        leaf: TaskBase,
        action: dict[str, Any],
        number: int,
        attempt: int,
        policy: RetryPolicy | None,
    ) -> None:
        def on_end(ended: engine.Task[Any]) -> None:
            if not ended.is_failed:
                raw = ended.get_result()
                expected = leaf._expected_output_type
                value = None if raw is None else df_loads(raw, expected_type=expected)
                self._settle(leaf, value, failed=False)
                return
            delay = policy.delay(attempt) if policy else None
            if delay is None:
                details = ended.get_exception().details
                error = failures.as_seen(details.message, details.stack_trace or "")
                self._settle(leaf, error, failed=True)
            else:
                _Watch(
                    self._engine.create_timer(delay),
                    lambda _: self._attempt(leaf, action, number, attempt + 1, policy),
                )

        _Watch(self._schedule(action, number, attempt), on_end)

    def _settle(self, leaf: TaskBase, value: Any, *, failed: bool) -> None:
        leaf.set_value(is_error=failed, value=value)
        awaited = self._awaited
        if awaited and awaited.state is not TaskState.RUNNING and not self._wake.is_complete:
            self._awaited = None
            self._wake.complete(None)

    def _schedule(
        self, action: dict[str, Any], number: int, attempt: int
    ) -> engine.CompletableTask[Any]:
        """Hand an action to the engine; `action` is the JSON that the extension would get.

        Raises:
            LookupError: nothing is registered under the name it calls.
            NotImplementedError: devhost does not serve it.
        """
        kind = action["actionType"]
        if kind in _CALL_ACTIVITY:
            name = action["functionName"]
            _require(name, self._around.activities, "activity")
            return self._engine.call_activity(name, input=action["input"])
        if kind in _CALL_ORCHESTRATOR:
            return self._call_orchestrator(action, number, attempt)
        if kind == ActionType.CREATE_TIMER:
            return self._engine.create_timer(datetime.fromisoformat(action["fireAt"]))
        if kind == ActionType.WAIT_FOR_EXTERNAL_EVENT:
            return self._engine.wait_for_external_event(action["externalEventName"])
        raise NotImplementedError(f"devhost does not serve {ActionType(kind).name}")

    def _call_orchestrator(
        self, action: dict[str, Any], number: int, attempt: int
    ) -> engine.CompletableTask[Any]:
        name = action["functionName"]
        _require(name, self._around.orchestrators, "orchestrator")
        mine = self._engine.instance_id
        instance_id = action.get("instanceId") or f"{instance_ids.public(mine)}:{number}"
        instance_ids.check(instance_id)
        child = instance_ids.of_child(instance_id, mine, number, attempt)
        if not self._engine.is_replaying:
            if self._around.is_running(instance_id):
                raise ValueError(f"instance {instance_id} is running already")
            self._around.ids.adopt(child, mine)
        return self._engine.call_sub_orchestrator(
            name, input=action["input"], instance_id=child, version=action.get("version")
        )


def _leaves(task: TaskBase) -> Iterator[TaskBase]:
    """Yield the tasks that stand for one action each; retries of one are the host's business."""
    if isinstance(task, CompoundTask) and not isinstance(task, RetryAbleTask):
        for child in task.children:
            yield from _leaves(child)
    else:
        yield task


def _require(name: str, registered: frozenset[str], what: str) -> None:
    if name not in registered:
        known = ", ".join(sorted(registered)) or "none"
        raise LookupError(f"no {what} named '{name}' is registered; there are: {known}")
