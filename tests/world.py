"""Which tests start another program: FFmpeg, Azurite or a browser."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

WORLD = frozenset({"azurite", "browser", "compiler", "ffmpeg", "media_server", "package"})
"""Fixtures that start one."""

PROGRAMS = frozenset(
    {
        "adapters.ffmpeg.programs",
        "adapters.ffmpeg.runner",
        "devhost.azurite",
        "tests.media",
        "tests.worker.worker",
    }
)
"""Modules whose functions and classes do."""


def is_of_world(item: pytest.Item) -> bool:
    """Whether a test starts a program: by its fixtures, or by what it calls in tests/.

    What is called is read from names in the code, so that nobody has to mark a test by hand.
    """
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    # A fixture that is asked for by a parameter's value is not known before.
    asked = {*getattr(item, "fixturenames", ()), *map(str, parameters.values())}
    if WORLD & asked:
        return True
    called = [getattr(item, "function", None)]
    fixtures = getattr(item, "_fixtureinfo", None)
    for definitions in fixtures.name2fixturedefs.values() if fixtures else ():
        called += [definition.func for definition in definitions]
    return any(_reaches(value, set()) for value in called)


def _reaches(value: Any, seen: set[int]) -> bool:
    value = inspect.unwrap(value) if callable(value) else value
    if isinstance(value, ModuleType):
        return value.__name__ in PROGRAMS
    module = getattr(value, "__module__", None)
    if not isinstance(value, FunctionType | type) or not isinstance(module, str):
        return False
    if module in PROGRAMS:
        return True
    if not module.startswith("tests.") or id(value) in seen:
        return False
    seen.add(id(value))
    return any(_reaches(named, seen) for named in _named(value))


def _named(value: Any) -> Iterator[Any]:
    """Yield what a function names, or what the methods of a class are."""
    if isinstance(value, type):
        yield from vars(value).values()
        yield from value.__bases__
        return
    names = set(_names(value.__code__)) & value.__globals__.keys()
    yield from (value.__globals__[name] for name in names)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
