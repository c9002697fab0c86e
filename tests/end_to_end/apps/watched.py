"""The app that notes, in order, when a step is asked for, begins and ends."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import azure.functions as func

import activities
import orchestrators
from triggers.registration import blueprints

Orchestrator = Callable[[df.DurableOrchestrationContext], Generator[Any, Any, Any]]

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
notes = os.open(
    Path(os.environ["TMPDIR"], "notes.jsonl"), os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600
)


def note(what: str, step: str, message: dict) -> None:
    """Write a line; those of one step have the same id."""
    text = json.dumps(message, sort_keys=True)
    line = {
        "what": what,
        "step": step,
        "video": message.get("job", message)["name"],
        "id": hashlib.sha256(text.encode()).hexdigest(),
    }
    os.write(notes, json.dumps(line).encode() + b"\n")


def watched_step(step: Callable[[dict], dict]) -> Callable[[dict], dict]:
    @functools.wraps(step)
    def run(message: dict) -> dict:
        note("begins", step.__name__, message)
        try:
            return step(message)
        finally:
            note("ends", step.__name__, message)

    return run


def watched_orchestrator(orchestrator: Orchestrator) -> Orchestrator:
    @functools.wraps(orchestrator)
    def run(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
        steps = orchestrator(context)
        go_on: Callable[[], Any] = functools.partial(next, steps)
        while True:
            try:
                task = go_on()
            except StopIteration as end:
                return end.value
            action = getattr(task, "actions", None)
            if action and not context.is_replaying:
                asked = action.to_json()
                note("is asked for", asked["functionName"], json.loads(asked["input"]))
            try:
                value = yield task
            except Exception as failure:
                go_on = functools.partial(steps.throw, failure)
            else:
                go_on = functools.partial(steps.send, value)

    return run


for blueprint in activities.BLUEPRINTS:
    for builder in blueprint._function_builders:
        if builder._function.get_function_name() != "start_successor":
            builder._function._func = watched_step(builder._function._func)

for blueprint in orchestrators.BLUEPRINTS:
    for builder in blueprint._function_builders:
        handle = builder._function._func
        handle.orchestrator_function = watched_orchestrator(handle.orchestrator_function)

for blueprint in blueprints():
    app.register_functions(blueprint)
