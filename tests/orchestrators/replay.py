"""Drive orchestrators through the real azure-functions-durable executor, as the host does.

History goes in as JSON, actions come out as JSON. What an activity answers is scripted; every
answer makes an episode of its own, and every episode replays the whole history. An orchestrator
that continues as new starts over with another input and an empty history, under the same id.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

ORCHESTRATOR_STARTED, ORCHESTRATOR_COMPLETED = 12, 13
EXECUTION_STARTED = 0
TASK_SCHEDULED, TASK_COMPLETED, TASK_FAILED = 4, 5, 6
SUB_SCHEDULED, SUB_COMPLETED, SUB_FAILED = 7, 8, 9
TIMER_CREATED, TIMER_FIRED = 10, 11

CALL_ACTIVITY, CALL_ACTIVITY_WITH_RETRY, CALL_SUB_ORCHESTRATOR = 0, 1, 2
CONTINUE_AS_NEW, CREATE_TIMER = 4, 5
WHEN_ANY, WHEN_ALL = 11, 12

MAX_GENERATIONS = 100
MAX_EPISODES = 300
"""More histories, and more episodes of one, than any test needs: what goes on for ever fails."""

Answer = Callable[[Any], Any]
Orchestrator = Callable[[str], str]
Events = Iterator[dict[str, Any] | None]
"""What one task gives its orchestration, a turn at a time; None is a turn without news."""


class ActivityFails(Exception):
    """Scripted: the activity raises; the text is what the host makes of it."""


def host_text(what: str, name: str, text: str) -> str:
    """Return the text in which the host wraps an error (measured)."""
    details = '{"$type":"System.Exception","ClassName":"System.Exception"}'
    return f"{what} function '{name}' failed: {text} \n {details}"


class Generation(NamedTuple):
    """What a history came to before it ended or was begun anew.

    Attributes:
        history_bytes: of the JSON that its last episode was given.
        actions_bytes: of the JSON that its last episode answered.
    """

    episodes: int
    history_bytes: int
    actions_bytes: int


@dataclass
class Flight:
    """How many calls of an activity are scheduled and not answered, over all orchestrations."""

    now: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def start(self, name: str) -> None:
        self.now[name] += 1
        self.most[name] = max(self.most[name], self.now[name])

    def end(self, name: str) -> None:
        self.now[name] -= 1


@dataclass
class Replay:
    """One orchestration under replay.

    Attributes:
        answers: for each activity or sub-orchestrator name, what it does with its input; an
            answer may be a list, taken one call after the other.
        runs: sub-orchestrators that are run rather than answered, by name.
        calls: the inputs that each name was called with, attempts included; those of
            sub-orchestrations that run, too.
        actions: the last episode's actions, flattened.
        statuses: the custom status after each episode, without repetition.
        children: the sub-orchestrations that were run.
    """

    orchestrator: Orchestrator
    input: Any
    answers: Mapping[str, Answer | list[Answer]]
    runs: Mapping[str, Orchestrator] = field(default_factory=dict)
    instance_id: str = "clip-mp4-0123456789abcdef01234567"
    calls: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    flight: Flight = field(default_factory=Flight)
    actions: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[Any] = field(default_factory=list)
    generations: list[Generation] = field(default_factory=list)
    children: list[Replay] = field(default_factory=list)
    output: Any = None
    error: str = ""
    _episodes: int = 0
    _next_id: int = 0
    _history: list[dict[str, Any]] = field(default_factory=list)
    _now: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def run(self) -> Replay:
        """Replay until the orchestration ends.

        Raises:
            AssertionError: it waits for something that never comes.
        """
        for _ in self.advance():
            pass
        return self

    def until(self, name: str) -> Replay:
        """Replay until an activity or sub-orchestrator is scheduled."""
        for _ in self.advance():
            if any(action.get("functionName") == name for action in self.actions):
                break
        return self

    def advance(self) -> Iterator[None]:
        """Replay one event at a time."""
        self._start()
        scheduled = 0
        waiting: deque[Events] = deque()
        while True:
            is_done = self._episode()
            if is_done and self._continued():
                scheduled = 0
                waiting.clear()
                continue
            if is_done:
                return
            waiting.extend(self._perform(action) for action in self.actions[scheduled:])
            scheduled = len(self.actions)
            event = None
            while event is None:
                yield
                assert waiting, f"waits for ever after {self.actions[-1:]}"
                event = _next_event(waiting)
            self._begin_episode()
            self._history.append(event)

    def _start(self) -> None:
        self._history, self._next_id, self._episodes, self.actions = [], 0, 0, []
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
        self._episodes += 1
        assert self._episodes < MAX_EPISODES, "goes on for ever"
        history = json.dumps(self._history)
        context = {
            "input": json.dumps(self.input),
            "instanceId": self.instance_id,
            "isReplaying": self._episodes > 1,
            "parentInstanceId": None,
            "upperSchemaVersion": 1,
            "upperSchemaVersionNew": 2,
            "longRunningTimerIntervalDuration": "3.00:00:00",
            "maximumShortTimerDuration": "6.00:00:00",
        }
        given = f'{{"history": {history}, {json.dumps(context)[1:]}'
        try:
            answered = self.orchestrator(given)
        except Exception as failure:  # the executor raises a failed orchestration's state
            self.error, _, answered = str(failure).partition("\n\n$OutOfProcData$:")
        state = json.loads(answered)
        actions = list(_flatten(state["actions"]))
        assert actions[: len(self.actions)] == self.actions, "replay made other decisions"
        self.actions = actions
        status = state.get("customStatus")
        if not self.statuses or self.statuses[-1] != status:
            self.statuses.append(status)
        self.output = state.get("output")
        self._history.append(self._event(ORCHESTRATOR_COMPLETED, -1))
        is_done = bool(state["isDone"]) or bool(self.error)
        if is_done:
            self.generations.append(Generation(self._episodes, len(history), len(answered)))
        return is_done

    def _continued(self) -> bool:
        """Start over where the orchestrator has asked for it; the host looks at the last action."""
        if not self.actions or self.actions[-1]["actionType"] != CONTINUE_AS_NEW:
            return False
        assert len(self.generations) < MAX_GENERATIONS, "continues as new for ever"
        self.input = json.loads(self.actions[-1]["input"])
        self._start()
        return True

    def _id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _perform(self, action: dict[str, Any]) -> Events:
        kind = action["actionType"]
        event_id = self._id()
        if kind == CREATE_TIMER:
            self._history.append(self._event(TIMER_CREATED, event_id, FireAt=action["fireAt"]))
            return self._timer(event_id)
        name = action["functionName"]
        if kind == CALL_SUB_ORCHESTRATOR:
            child_id = action["instanceId"]
            self._history.append(
                self._event(SUB_SCHEDULED, event_id, Name=name, InstanceId=child_id)
            )
            if name in self.runs:
                return self._run(name, json.loads(action["input"]), child_id, event_id)
        else:
            # The host keeps no inputs in a history.
            self._history.append(self._event(TASK_SCHEDULED, event_id, Name=name))
            self.flight.start(name)
        return self._call(action, event_id)

    def _timer(self, timer_id: int) -> Events:
        yield self._event(TIMER_FIRED, -1, TimerId=timer_id)

    def _run(self, name: str, given: Any, instance_id: str, task_id: int) -> Events:
        child = Replay(
            self.runs[name],
            given,
            self.answers,
            runs=self.runs,
            instance_id=instance_id,
            calls=self.calls,
            flight=self.flight,
        )
        self.children.append(child)
        self.calls[name].append(given)
        for _ in child.advance():
            yield None
        if child.error:
            yield self._failed(SUB_FAILED, task_id, host_text("Orchestrator", name, child.error))
        else:
            result = json.dumps(child.output)
            yield self._event(SUB_COMPLETED, -1, TaskScheduledId=task_id, Result=result)

    def _call(self, action: dict[str, Any], task_id: int) -> Events:
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
                yield self._failed(failed, task_id, str(failure))
                if timer_id >= 0:
                    task_id = self._id() if attempt < attempts else task_id
                    yield self._event(TIMER_FIRED, -1, TimerId=timer_id)
                continue
            self.flight.end(name)
            yield self._event(completed, -1, TaskScheduledId=task_id, Result=json.dumps(result))
            return

    def _failed(self, kind: int, task_id: int, reason: str) -> dict[str, Any]:
        return self._event(kind, -1, TaskScheduledId=task_id, Reason=reason, Details="details")

    def _answer(self, name: str) -> Answer:
        answer = self.answers[name]
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer


def _next_event(waiting: deque[Events]) -> dict[str, Any] | None:
    """Give one of the tasks under way its turn, so that their events interleave."""
    task = waiting.popleft()
    for event in task:
        waiting.append(task)
        return event
    return None


def _flatten(actions: Any) -> Iterator[dict[str, Any]]:
    for action in actions:
        if isinstance(action, list):
            yield from _flatten(action)
        elif action["actionType"] in (WHEN_ANY, WHEN_ALL):
            yield from _flatten(action["compoundActions"])
        else:
            yield action
