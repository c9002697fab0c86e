"""Tests that code stays where it belongs: who may import what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE_STANDARD_LIBRARY = frozenset(
    [
        "__future__",
        "abc",
        "ast",
        "base64",
        "bisect",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "html",
        "io",
        "itertools",
        "json",
        "logging",
        "math",
        "operator",
        "re",
        "statistics",
        "string",
        "struct",
        "textwrap",
        "typing",
        "unicodedata",
        "urllib",
        "xml",
    ]
)
"""No files, processes, sockets, clocks, chance or environment."""
PURE_PACKAGES = frozenset({"certifi", "defusedxml", "langcodes", "m3u8", "pydantic"})
TOUCHES_NOTHING = {
    "urllib": "urllib.parse",
    "xml": "xml.etree.ElementTree",
}
"""Of these, only the one pure part."""
ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb", "putenv"})
APP = ("activities", "adapters", "orchestrators", "transcoding", "triggers")
"""What is deployed. devhost/ and cli/ stand around it: they host the app and start programs."""


def _sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "node_modules" not in path.parts]


def _id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported_modules(source: str) -> Iterator[str]:
    """Yield the dotted name of everything that a source text imports, wherever it does it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_pure(module: str) -> bool:
    """Whether a module touches nothing but its arguments."""
    top = module.partition(".")[0]
    if top in TOUCHES_NOTHING:
        return f"{module}.".startswith(f"{TOUCHES_NOTHING[top]}.")
    return top in PURE_STANDARD_LIBRARY | PURE_PACKAGES | {"transcoding"}


def uses_environment(source: str) -> bool:
    """Whether a source text reads or writes the process environment."""
    nodes = list(ast.walk(ast.parse(source)))
    imported = {
        alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "os"
        for alias in node.names
    }
    used = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }
    return bool((imported | used) & ENVIRONMENT)


@pytest.mark.parametrize("path", _sources("transcoding"), ids=_id)
def test_the_core_is_pure(path: Path) -> None:
    """transcoding/ knows no Azure, no process, no environment, no clock and no chance."""
    assert [module for module in imported_modules(path.read_text()) if not is_pure(module)] == []


@pytest.mark.parametrize("path", _sources("transcoding"), ids=_id)
def test_the_core_opens_nothing(path: Path) -> None:
    """Neither files nor input: what it works on is handed in."""
    called = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "input", "print", "exec", "eval", "__import__"}


def runtime_imports(source: str) -> list[str]:
    """Return what a source text imports when it runs: not what only a type checker reads."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    return list(imported_modules(ast.unparse(tree)))


def is_seen_by_the_gate(module: str) -> bool:
    """Whether the gate may import a module of ours: itself, records as data, and their base."""
    allowed = ("transcoding.conformance", "transcoding.job.records", "transcoding.values")
    return any(f"{module}.".startswith(f"{name}.") for name in allowed)


@pytest.mark.parametrize("path", _sources("transcoding/conformance"), ids=_id)
def test_the_gate_imports_nothing_that_it_checks(path: Path) -> None:
    """Its readers, names and arithmetic are its own; one module knows what a plan's fields are."""
    is_expected = _id(path) == "transcoding/conformance/expected.py"
    imports = runtime_imports if is_expected else imported_modules
    ours = [m for m in imports(path.read_text()) if m.startswith("transcoding.")]
    assert [module for module in ours if not is_seen_by_the_gate(module)] == []


@pytest.mark.parametrize("path", _sources("orchestrators"), ids=_id)
def test_orchestrators_are_replay_safe(path: Path) -> None:
    """They import the pure core, each other and the Durable SDK, nothing else."""
    allowed = ("azure.durable_functions", "orchestrators")
    foreign = [
        module
        for module in imported_modules(path.read_text())
        if not is_pure(module)
        and not any(f"{module}.".startswith(f"{name}.") for name in allowed)
        # A type for intervals and the SDK's clock; the real clock is caught below.
        and module not in ("datetime.datetime", "datetime.timedelta")
    ]
    assert foreign == []


@pytest.mark.parametrize("path", _sources("orchestrators", "transcoding"), ids=_id)
def test_nothing_asks_for_the_time(path: Path) -> None:
    """A replay would get another answer."""
    clocks = {"now", "utcnow", "today", "monotonic", "perf_counter", "uuid4", "uuid1"}
    asked = [
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in clocks
    ]
    assert asked == []


@pytest.mark.parametrize("path", _sources("activities"), ids=_id)
def test_activities_reach_the_world_through_adapters(path: Path) -> None:
    """An activity decodes, calls an adapter and encodes: no Azure client of its own."""
    modules = set(imported_modules(path.read_text()))
    assert not [
        m for m in modules if m.startswith(("azure.storage", "azure.identity", "azure.mgmt"))
    ]


@pytest.mark.parametrize("path", _sources(*APP), ids=_id)
def test_one_place_starts_programs(path: Path) -> None:
    """FFmpeg is run in one module, Azurite in another; nothing else starts a process."""
    starters = {"multiprocessing", "pty", "subprocess"}
    imports = {module.partition(".")[0] for module in imported_modules(path.read_text())}
    if _id(path) not in ("adapters/ffmpeg/runner.py", "devhost/azurite.py"):
        assert not imports & starters


@pytest.mark.parametrize("path", [*_sources(*APP), *ROOT.glob("*.py")], ids=_id)
def test_one_place_reads_settings(path: Path) -> None:
    """Every app setting is read and checked in adapters/settings.py."""
    assert uses_environment(path.read_text()) == (_id(path) == "adapters/settings.py")


@pytest.mark.parametrize("path", _sources(*APP), ids=_id)
def test_one_place_chooses_credentials(path: Path) -> None:
    """Who the app is in Azure is decided in adapters/identity.py."""
    identity = [m for m in imported_modules(path.read_text()) if m.startswith("azure.identity")]
    assert bool(identity) == (_id(path) == "adapters/identity.py")


@pytest.mark.parametrize("path", _sources(*APP), ids=_id)
def test_the_app_does_not_know_what_stands_around_it(path: Path) -> None:
    """Nothing that is deployed imports the local host, the command line or tests."""
    imports = {module.partition(".")[0] for module in imported_modules(path.read_text())}
    assert not imports & {"cli", "devhost", "tests"}


def test_the_walk_finds_what_it_looks_for() -> None:
    """An import inside a function and a disguised read of the environment are found."""
    assert list(imported_modules("def f():\n    from time import sleep")) == ["time.sleep"]
    assert not is_pure("time.sleep")
    assert not is_pure("urllib.request")
    assert not is_pure("xml.sax")
    assert is_pure("urllib.parse.quote")
    assert uses_environment("import os\nx = dict(os.environ)")
    assert uses_environment("from os import getenv")
    assert not uses_environment("import os\nx = os.sep")
    typed = "if TYPE_CHECKING:\n    import a\nelse:\n    import b"
    assert runtime_imports(typed) == ["b"]
    assert not is_seen_by_the_gate("transcoding.source.timeline.rung_frames")
    assert not is_seen_by_the_gate("transcoding.job.paths.INIT")


def test_there_is_something_to_walk() -> None:
    """An empty folder would pass every test above."""
    assert len(_sources("transcoding")) >= 15
    assert len(_sources("transcoding/conformance")) >= 20
    assert len(_sources("orchestrators")) >= 1
