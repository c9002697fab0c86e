"""Drive an orchestrator through the real azure-functions-durable executor, as the host does.

History goes in as JSON, actions come out as JSON. What an activity answers is scripted; every
answer makes an episode of its own, and every episode replays the whole history.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

ORCHESTRATOR_STARTED = 12
EXECUTION_STARTED = 0
TASK_SCHEDULED, TASK_COMPLETED, TASK_FAILED = 4, 5, 6
SUB_SCHEDULED, SUB_COMPLETED, SUB_FAILED = 7, 8, 9
TIMER_CREATED, TIMER_FIRED = 10, 11

CALL_ACTIVITY_WITH_RETRY, CALL_SUB_ORCHESTRATOR, CREATE_TIMER = 1, 2, 5
WHEN_ANY, WHEN_ALL = 11, 12

Answer = Callable[[Any], Any]


class ActivityFails(Exception):
    """Scripted: the activity raises; the text is what the host makes of it."""


def host_text(activity: str, error: str, text: str) -> str:
    """Return the text in which the host wraps an activity's error (measured)."""
    details = '{"$type":"System.Exception","ClassName":"System.Exception"}'
    return f"Activity function '{activity}' failed:  {error}: {text} \n {details}"


@dataclass
class Replay:
    """One orchestration under replay.

    Attributes:
        answers: for each activity or sub-orchestrator name, what it does with its input; an
            answer may be a list, taken one call after the other.
        calls: the inputs that each was called with, attempts included.
        actions: the last episode's actions, flattened.
        statuses: the custom status after each episode, without repetition.
    """

    orchestrator: Callable[[str], str]
    input: Any
    answers: dict[str, Answer | list[Answer]]
    instance_id: str = "clip-mp4-0123456789abcdef01234567"
    calls: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    actions: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[Any] = field(default_factory=list)
    episodes: int = 0
    output: Any = None
    error: str = ""
    _history: list[dict[str, Any]] = field(default_factory=list)
    _now: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def run(self) -> Replay:
        """Replay until the orchestration ends.

        Raises:
            AssertionError: it waits for something that never comes.
        """
        self._start()
        scheduled = 0
        waiting: deque[Iterator[dict[str, Any]]] = deque()
        while not self._episode():
            for action in self.actions[scheduled:]:
                waiting.append(self._perform(action))
            scheduled = len(self.actions)
            event = self._next_event(waiting)
            assert event is not None, f"waits for ever after {self.actions[-1:]}"
            self._begin_episode()
            self._history.append(event)
        return self

    def _next_event(self, waiting: deque[Iterator[dict[str, Any]]]) -> dict[str, Any] | None:
        """Take turns among the tasks under way, so that their events interleave."""
        while waiting:
            task = waiting.popleft()
            for event in task:
                waiting.append(task)
                return event
        return None

    def _start(self) -> None:
        self._begin_episode()
        self._history.append(
            self._event(
                EXECUTION_STARTED,
                -1,
                Name="orchestrator",
                Input=json.dumps(self.input),
                Version="1",
            )
        )
        self._next_id = 0

    def _begin_episode(self) -> None:
        self._now += timedelta(seconds=1)
        for event in self._history:
            event["IsPlayed"] = True
        self._history.append(self._event(ORCHESTRATOR_STARTED, -1))

    def _event(self, kind: int, event_id: int, **more: Any) -> dict[str, Any]:
        return {
            "EventType": kind,
            "EventId": event_id,
            "IsPlayed": False,
            "Timestamp": self._now.isoformat().replace("+00:00", "Z"),
            **more,
        }

    def _episode(self) -> bool:
        self.episodes += 1
        context = {
            "history": self._history,
            "input": json.dumps(self.input),
            "instanceId": self.instance_id,
            "isReplaying": self.episodes > 1,
            "parentInstanceId": None,
            "upperSchemaVersion": 1,
            "upperSchemaVersionNew": 2,
            "longRunningTimerIntervalDuration": "3.00:00:00",
            "maximumShortTimerDuration": "6.00:00:00",
        }
        try:
            state = json.loads(self.orchestrator(json.dumps(context)))
        except Exception as failure:  # the executor raises a failed orchestration's state
            text, _, document = str(failure).partition("\n\n$OutOfProcData$:")
            self.error, state = text, json.loads(document)
        actions = list(_flatten(state["actions"]))
        assert actions[: len(self.actions)] == self.actions, "replay made other decisions"
        self.actions = actions
        status = state.get("customStatus")
        if not self.statuses or self.statuses[-1] != status:
            self.statuses.append(status)
        self.output = state.get("output")
        return bool(state["isDone"]) or bool(self.error)

    def _id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _perform(self, action: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if action["actionType"] == CREATE_TIMER:
            return self._timer(self._id())
        first_id = self._id()
        return self._call(action, first_id)

    def _timer(self, timer_id: int) -> Iterator[dict[str, Any]]:
        yield self._event(TIMER_FIRED, -1, TimerId=timer_id)

    def _call(self, action: dict[str, Any], task_id: int) -> Iterator[dict[str, Any]]:
        """Answer a call; after each failure the host takes a timer, then another attempt."""
        name = action["functionName"]
        is_sub = action["actionType"] == CALL_SUB_ORCHESTRATOR
        attempts = action.get("retryOptions", {}).get("maxNumberOfAttempts", 1)
        completed, failed = (SUB_COMPLETED, SUB_FAILED) if is_sub else (TASK_COMPLETED, TASK_FAILED)
        for attempt in range(1, attempts + 1):
            given = json.loads(action["input"])
            self.calls[name].append(given)
            try:
                result = self._answer(name)(given)
            except ActivityFails as failure:
                # Ids are taken as the executor takes them: the timer's when it sees the failure,
                # the next attempt's when it sees the timer fire.
                timer_id = self._id() if "retryOptions" in action else -1
                yield self._event(
                    failed, -1, TaskScheduledId=task_id, Reason=str(failure), Details="details"
                )
                if timer_id >= 0:
                    task_id = self._id() if attempt < attempts else task_id
                    yield self._event(TIMER_FIRED, -1, TimerId=timer_id)
                continue
            yield self._event(completed, -1, TaskScheduledId=task_id, Result=json.dumps(result))
            return

    def _answer(self, name: str) -> Answer:
        answer = self.answers[name]
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer


def _flatten(actions: Any) -> Iterator[dict[str, Any]]:
    for action in actions:
        if isinstance(action, list):
            yield from _flatten(action)
        elif action["actionType"] in (WHEN_ANY, WHEN_ALL):
            yield from _flatten(action["compoundActions"])
        else:
            yield action
