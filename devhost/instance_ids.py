"""Which instance of the engine stands for which instance id.

A finished id may be started again while activities of the former run are still busy. Under the real
host an execution id keeps their late results away; here each run is an instance of its own on the
engine, `{instance_id}~{run}`.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Sequence

MAX_LENGTH = 100


def check(instance_id: str) -> None:
    """Reject what the real host fails on, or cuts short in silence.

    Raises:
        ValueError: it is empty, too long, or has one of `/ \\ # ?` or a control character.
    """
    if (
        not instance_id
        or len(instance_id) > MAX_LENGTH
        or re.search(r"[/\\#?\x00-\x1f]", instance_id)
    ):
        raise ValueError(
            f"{instance_id!r} is no instance id: 1 to {MAX_LENGTH} characters, none of / \\ # ?"
        )


def public(engine_id: str) -> str:
    """Return the instance id of an engine instance."""
    return engine_id.rpartition("~")[0]


def of_child(instance_id: str, parent_engine_id: str, number: int, attempt: int) -> str:
    """Return the engine instance of a sub-orchestration; the same at every replay."""
    run = parent_engine_id.rpartition("~")[2]
    return f"{instance_id}~{run}.{number}.{attempt}"


class InstanceIds:
    """The current run of every instance id, and who its parent is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._runs = itertools.count(1)

    def new_run(self, instance_id: str) -> str:
        """Return the engine instance of a new run, which becomes the current one."""
        with self._lock:
            engine_id = f"{instance_id}~{next(self._runs)}"
            self._current[instance_id] = engine_id
            return engine_id

    def adopt(self, engine_id: str, parent_engine_id: str) -> None:
        """Make a sub-orchestration the current run of its id."""
        with self._lock:
            self._current[public(engine_id)] = engine_id
            self._parents[engine_id] = public(parent_engine_id)

    def current(self, instance_id: str) -> str | None:
        return self._current.get(instance_id)

    def parent(self, engine_id: str) -> str | None:
        """Return the instance id of the orchestration that called this one."""
        return self._parents.get(engine_id)

    def forget(self, instance_id: str) -> None:
        with self._lock:
            self._parents.pop(self._current.pop(instance_id, ""), None)

    def all(self) -> Sequence[str]:
        with self._lock:
            return tuple(self._current)
