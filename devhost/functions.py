"""Loads an app and indexes its functions as the Python worker does."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azure.functions as func

from transcoding.errors import SettingsInvalid, VodError

HTTP, BLOB, QUEUE = "httpTrigger", "blobTrigger", "queueTrigger"
ACTIVITY, ORCHESTRATION = "activityTrigger", "orchestrationTrigger"
_TRIGGERS = (HTTP, BLOB, QUEUE, ACTIVITY, ORCHESTRATION)
_OTHER_BINDINGS = ("http", "durableClient")


@dataclass(frozen=True)
class Registered:
    """One function of the app.

    Attributes:
        trigger: the trigger's binding, as in function.json.
        call: the user's function; for an orchestrator, the generator function itself.
        client_parameters: names of its parameters that take a durable client.
        input_type: what an orchestrator declared its input to be, if anything.
    """

    name: str
    trigger: Mapping[str, Any]
    call: Callable[..., Any]
    client_parameters: tuple[str, ...] = ()
    input_type: type | None = None

    @property
    def kind(self) -> str:
        return str(self.trigger["type"])

    @property
    def parameter(self) -> str:
        """The name of the parameter that takes what triggered it."""
        return str(self.trigger["name"])

    @property
    def durable_name(self) -> str:
        """The name under which orchestrators and clients schedule it."""
        return str(self.trigger.get("activity") or self.trigger.get("orchestration") or self.name)


def load_app(path: Path) -> func.FunctionRegister:
    """Import function_app.py and return the app it defines.

    Whatever the import raises passes through.

    Raises:
        SettingsInvalid: there is no such file, or it defines no app.
    """
    if not path.is_file():
        raise SettingsInvalid(f"no app at {path}", advice="run devhost in the app's folder")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module = importlib.import_module(path.stem)
    for value in vars(module).values():
        if isinstance(value, func.FunctionRegister):
            return value
    raise SettingsInvalid(f"{path.name} defines no function app")


def index(app: func.FunctionRegister) -> tuple[Registered, ...]:
    """Return the app's functions; an app can be indexed once.

    Raises:
        VodError: a function has a trigger or binding that devhost does not serve.
    """
    return tuple(_registered(function) for function in app.get_functions())


def of_kind(functions: Iterable[Registered], kind: str) -> tuple[Registered, ...]:
    return tuple(function for function in functions if function.kind == kind)


def _registered(function: func.Function) -> Registered:
    name = str(function.get_function_name())
    # The raw form is what the host gets: enumerations are strings in it.
    bindings = [json.loads(raw) for raw in function.get_raw_bindings()]
    triggers = [binding for binding in bindings if binding["type"] in _TRIGGERS]
    for binding in bindings:
        if binding["type"] not in (*_TRIGGERS, *_OTHER_BINDINGS):
            raise VodError(
                f"devhost does not serve {binding['type']}",
                on=f"function {name}",
                advice="run the app with `func start`",
            )
    call: Any = function.get_user_function()
    return Registered(
        name=name,
        trigger=triggers[0],
        # Both decorators leave the user's own function on their wrapper.
        call=getattr(call, "orchestrator_function", getattr(call, "client_function", call)),
        client_parameters=tuple(b["name"] for b in bindings if b["type"] == "durableClient"),
        input_type=getattr(call, "_df_input_type", None),
    )
