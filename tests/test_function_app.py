"""The app as the host indexes it, and every name that is scheduled against those registered."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

# `get_functions()` can be called once for an app, so a process of its own does it.
INDEX = """
import json, function_app
functions = function_app.app.get_functions()
print(json.dumps({f.get_function_name(): json.loads(str(f))["bindings"] for f in functions}))
"""


# What the worker asks of each parameter before it loads a function: its type hint must be a class
# that the binding's converter takes.
SIGNATURES = """
import json, typing
import azurefunctions.extensions.base as extensions, function_app
from azure.functions import meta
found = {}
for function in function_app.app.get_functions():
    hints = typing.get_type_hints(function.get_user_function())
    for bound in function.get_bindings():
        hint = hints.get(bound.name)
        converters = [registry.get(bound.type) for registry in
            (meta.get_binding_registry(), extensions.get_binding_registry())]
        found[f"{function.get_function_name()}.{bound.name}"] = hint is None or (
            isinstance(hint, type)
            and any(c is not None and c.check_input_type_annotation(hint) for c in converters)
        )
print(json.dumps(found))
"""


LOADED = """
import json, sys, function_app
print(json.dumps([name for name in ("azure.storage.queue",) if name in sys.modules]))
"""


def index(**environment: str) -> dict[str, list[dict[str, Any]]]:
    """Import function_app.py as the host does; return each function's bindings."""
    found: dict[str, list[dict[str, Any]]] = run(INDEX, **environment)
    return found


def run(program: str, **environment: str) -> Any:
    """Run a program in the app's folder; return the JSON that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def functions() -> dict[str, list[dict[str, Any]]]:
    return index()


def test_an_upload_is_a_blob_trigger_with_a_durable_client(
    functions: dict[str, list[dict[str, Any]]],
) -> None:
    """The whole blob name is the trigger's name; the source is polling where nothing is set."""
    assert binding(functions, "on_upload", "blobTrigger") == {
        "direction": "IN",
        "type": "blobTrigger",
        "name": "blob",
        "path": "uploads/{name}",
        "connection": "UPLOADS_STORAGE",
        "source": "LogsAndContainerScan",
    }
    assert binding(functions, "on_upload", "durableClient")["name"] == "client"


def test_the_source_of_upload_events_is_a_setting() -> None:
    """In Azure uploads come as Event Grid events of another container, if so set."""
    trigger = binding(
        index(VOD_BLOB_SOURCE="EventGrid", VOD_UPLOADS_CONTAINER="incoming"),
        "on_upload",
        "blobTrigger",
    )
    assert (trigger["source"], trigger["path"]) == ("EventGrid", "incoming/{name}")


def test_a_given_up_event_comes_from_the_poison_queue(
    functions: dict[str, list[dict[str, Any]]],
) -> None:
    """The queue is the one that the blob trigger writes to after five attempts."""
    assert binding(functions, "on_poison", "queueTrigger") == {
        "direction": "IN",
        "type": "queueTrigger",
        "name": "message",
        "queueName": "webjobs-blobtrigger-poison",
        "connection": "UPLOADS_STORAGE",
    }


HTTP = {
    "health": ("GET", "health"),
    "status": ("GET", "status"),
    "replay": ("POST", "replay"),
    "remove_video": ("DELETE", "videos"),
}


@pytest.mark.parametrize("name", HTTP)
def test_http_functions_need_a_key(functions: dict[str, list[dict[str, Any]]], name: str) -> None:
    """Who may ask for a job's status, replay it or remove its video has the function key."""
    trigger = binding(functions, name, "httpTrigger")
    assert trigger["authLevel"] == "FUNCTION"
    assert (trigger["methods"], trigger["route"]) == ([HTTP[name][0]], HTTP[name][1])


def test_every_http_function_is_known(functions: dict[str, list[dict[str, Any]]]) -> None:
    """None of them without a key is there unseen."""
    served = [
        name
        for name, bindings in functions.items()
        if any(bound["type"] == "httpTrigger" for bound in bindings)
    ]
    assert sorted(served) == sorted(HTTP)


@pytest.mark.parametrize(
    "wrong",
    [
        {"VOD_BLOB_SOURCE": "Polling"},
        {"FUNCTIONS_WORKER_RUNTIME": "python"},
        {
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "UPLOADS_STORAGE": "UseDevelopmentStorage=true",
            "DELIVERY_STORAGE": "nonsense",
        },
    ],
)
def test_with_wrong_settings_nothing_but_health_is_registered(wrong: dict[str, str]) -> None:
    """A value that is wrong anywhere; under a host also storage that is missing or wrong."""
    assert list(index(**wrong)) == ["health"]


def test_every_other_function_is_one_of_the_pipeline(
    functions: dict[str, list[dict[str, Any]]],
) -> None:
    """Two orchestrators and fourteen activities, of which one starts a job too."""
    kinds = {name: [b["type"] for b in bound] for name, bound in functions.items()}
    assert sorted(n for n, k in kinds.items() if k == ["orchestrationTrigger"]) == [
        "encode_lane",
        "publish_video",
    ]
    assert sorted(n for n, k in kinds.items() if k == ["activityTrigger"]) == [
        "collect_chunks",
        "dead_letter",
        "encode_unit",
        "end_job",
        "make_poster",
        "make_storyboard",
        "measure_source",
        "plan_job",
        "probe_source",
        "publish_release",
        "purge_cdn",
        "verify_outputs",
        "write_playlists",
    ]
    assert sorted(kinds["start_successor"]) == ["activityTrigger", "durableClient"]
    assert len(kinds) == 22


def test_what_a_start_rarely_needs_is_not_imported() -> None:
    """Every import is paid for at each cold start."""
    assert run(LOADED) == []
    identities = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "UPLOADS_STORAGE__blobServiceUri": "https://acct.blob.core.windows.net",
        "DELIVERY_STORAGE__blobServiceUri": "https://acct.blob.core.windows.net",
    }
    assert run(LOADED, **identities) == []


def test_the_worker_accepts_every_signature() -> None:
    """A type hint that the worker does not know keeps a function from loading, in silence."""
    accepted = run(SIGNATURES)
    assert len(accepted) == 31
    # The SDK turns the durable client's hint into `str`, which the worker takes for any binding.
    refused = [name for name, is_fine in accepted.items() if not is_fine]
    assert [name for name in refused if not name.endswith(".client")] == []


def test_every_name_that_is_scheduled_is_registered(
    functions: dict[str, list[dict[str, Any]]],
) -> None:
    """The host waits for ever, and logs nothing, on a name that it does not know."""
    scheduled = dict(_scheduled_names())
    assert len(scheduled) == 16
    for name, kind in scheduled.items():
        bound = {b["type"] for b in functions.get(name, [])}
        assert bound - {"durableClient"} == {kind}, name


PASSING_ON = ("call", "_try")
"""Functions that take the context first, and then the name of an activity."""


def _scheduled_names() -> list[tuple[str, str]]:
    """Return (name, trigger type) of all that orchestrators and triggers schedule by a literal.

    A name that is no literal is only allowed inside `call` and `_try`, which pass theirs on.
    """
    kinds = {
        "call_activity": "activityTrigger",
        "call_activity_with_retry": "activityTrigger",
        "call_sub_orchestrator": "orchestrationTrigger",
        "call_sub_orchestrator_with_retry": "orchestrationTrigger",
        "start_new": "orchestrationTrigger",
        "call": "activityTrigger",
        "_try": "activityTrigger",
    }
    found = []
    for path in [*ROOT.glob("orchestrators/*.py"), *ROOT.glob("triggers/**/*.py")]:
        tree = ast.parse(path.read_text())
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for call in ast.walk(function):
                called = _called(call)
                if not isinstance(call, ast.Call) or called not in kinds:
                    continue
                argument = call.args[1 if called in PASSING_ON else 0]
                if isinstance(argument, ast.Name) and argument.id in constants:
                    found.append((str(constants[argument.id]), kinds[called]))
                elif isinstance(argument, ast.Constant):
                    found.append((str(argument.value), kinds[called]))
                else:
                    assert function.name in PASSING_ON, f"{path.name}: {ast.unparse(call)}"
    return found


def _called(call: ast.AST) -> str:
    if not isinstance(call, ast.Call):
        return ""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def binding(functions: dict[str, list[dict[str, Any]]], name: str, kind: str) -> dict[str, Any]:
    """Return the one binding of this type."""
    (found,) = [bound for bound in functions[name] if bound["type"] == kind]
    return found
