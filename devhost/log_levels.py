"""Which log lines host.json lets through, by the rules of Microsoft.Extensions.Logging."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic import field_validator

from transcoding.values import Value

LEVELS: Mapping[str, int] = {
    "trace": 5,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}
"""The names of host.json, whatever their case, as levels of Python's logging."""

_OUTSIDE = "Worker.LanguageWorkerChannel.python"
"""Where the host logs what a worker tells outside of any function."""
_function: ContextVar[str] = ContextVar("devhost_function", default="")


class LogLevels(Value):
    """`logging.logLevel` of host.json.

    Attributes:
        rules: a name of LEVELS by category; `default` is for those that no other rule matches.
    """

    rules: Mapping[str, str] = {}

    @field_validator("rules")
    @classmethod
    def _known(cls, rules: Mapping[str, str]) -> Mapping[str, str]:
        for category, level in rules.items():
            if level.lower() not in LEVELS:
                raise ValueError(f"there is no log level {level} (of {category})")
            if category.count("*") > 1:
                raise ValueError(f"more than one * in category {category}")
        return rules

    def passes(self, category: str, level: int) -> bool:
        """Tell whether a line is kept: the longest rule that matches its category decides.

        A rule matches what begins with it; with a `*`, what begins and ends with its two parts.
        """
        found, chosen = -1, "information"
        for rule, name in self.rules.items():
            is_default = rule.lower() == "default"
            length = 0 if is_default else len(rule)
            if length >= found and (is_default or _matches(rule, category)):
                found, chosen = length, name
        return level >= LEVELS[chosen.lower()]


class HostLogFilter(logging.Filter):
    """Keeps the lines that the host would, of the categories that it would give them."""

    def __init__(self, levels: LogLevels) -> None:
        super().__init__()
        self._levels = levels

    def filter(self, record: logging.LogRecord) -> bool:
        if not _function.get() and record.name.startswith("azure"):
            # devhost's own storage clients tell of every look at a queue.
            return record.levelno >= logging.WARNING
        return self._levels.passes(_category(record), record.levelno)


@contextmanager
def lines_of(function: str) -> Iterator[None]:
    """Have log lines belong to a function, in this thread or task and in those it starts."""
    token = _function.set(function)
    try:
        yield
    finally:
        _function.reset(token)


def _category(record: logging.LogRecord) -> str:
    if name := _function.get():
        return f"Function.{name}.User"
    return f"Host.{record.name}" if record.name.startswith("devhost") else _OUTSIDE


def _matches(rule: str, category: str) -> bool:
    start, _, end = rule.lower().partition("*")
    name = category.lower()
    return name.startswith(start) and name.endswith(end)
