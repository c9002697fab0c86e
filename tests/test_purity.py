"""Tests that the core and the orchestrators touch nothing, and who alone touches what."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.imports import APP, ROOT, id_of, imported_modules, sources, uses_environment

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
TYPES = frozenset({"datetime.datetime", "datetime.timedelta"})
"""Of times and intervals; whoever asks for the time is caught by a test of its own."""
FINDS_BY_NAME = {
    "transcoding/codecs/__init__.py": {"importlib.import_module"},
    "transcoding/conformance/codecs/registry.py": {
        "importlib.import_module",
        "pkgutil.iter_modules",
    },
}
"""Where a codec is found by the name of its file, so that a new one is a file and nothing else."""


def is_pure(module: str) -> bool:
    """Whether a module touches nothing but its arguments."""
    top = module.partition(".")[0]
    if top in TOUCHES_NOTHING:
        return f"{module}.".startswith(f"{TOUCHES_NOTHING[top]}.")
    return top in PURE_STANDARD_LIBRARY | PURE_PACKAGES | {"transcoding"}


@pytest.mark.parametrize("path", sources("transcoding"), ids=id_of)
def test_the_core_is_pure(path: Path) -> None:
    """transcoding/ knows no Azure, no process, no environment, no clock and no chance."""
    allowed = TYPES | FINDS_BY_NAME.get(id_of(path), set())
    imports = set(imported_modules(path.read_text())) - allowed
    assert [module for module in sorted(imports) if not is_pure(module)] == []


@pytest.mark.parametrize("path", sources("transcoding"), ids=id_of)
def test_the_core_opens_nothing(path: Path) -> None:
    """Neither files nor input: what it works on is handed in."""
    called = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "input", "print", "exec", "eval", "__import__"}


@pytest.mark.parametrize("path", sources("orchestrators"), ids=id_of)
def test_orchestrators_are_replay_safe(path: Path) -> None:
    """They import the pure core, each other and the Durable SDK, nothing else."""
    allowed = ("azure.durable_functions", "orchestrators")
    foreign = [
        module
        for module in imported_modules(path.read_text())
        if not is_pure(module)
        and not any(f"{module}.".startswith(f"{name}.") for name in allowed)
        and module not in TYPES
    ]
    assert foreign == []


@pytest.mark.parametrize("path", sources("orchestrators", "transcoding"), ids=id_of)
def test_nothing_asks_for_the_time(path: Path) -> None:
    """A replay would get another answer."""
    clocks = {"now", "utcnow", "today", "monotonic", "perf_counter", "uuid4", "uuid1"}
    asked = [
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in clocks
    ]
    assert asked == []


@pytest.mark.parametrize("path", sources("activities"), ids=id_of)
def test_activities_reach_the_world_through_adapters(path: Path) -> None:
    """An activity decodes, calls an adapter and encodes: no Azure client of its own."""
    modules = set(imported_modules(path.read_text()))
    assert not [
        m for m in modules if m.startswith(("azure.storage", "azure.identity", "azure.mgmt"))
    ]


def starts_programs(source: str) -> bool:
    """Whether a source text can start a process, by whichever module of Python."""
    modules = {"multiprocessing", "pty", "subprocess"}
    imports = {module.partition(".")[0] for module in imported_modules(source)}
    called = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    ways = (
        "create_subprocess",
        "execl",
        "execv",
        "fork",
        "popen",
        "posix_spawn",
        "spawn",
        "system",
    )
    return bool(imports & modules) or any(name.startswith(ways) for name in called)


@pytest.mark.parametrize("path", sources(*APP), ids=id_of)
def test_one_place_starts_programs(path: Path) -> None:
    """FFmpeg is run in one module, and nothing else starts a process."""
    assert starts_programs(path.read_text()) == (id_of(path) == "adapters/ffmpeg/child.py")


@pytest.mark.parametrize("path", [*sources(*APP), *ROOT.glob("*.py")], ids=id_of)
def test_one_place_reads_settings(path: Path) -> None:
    """Every app setting is read and checked in adapters/settings.py."""
    assert uses_environment(path.read_text()) == (id_of(path) == "adapters/settings.py")


@pytest.mark.parametrize("path", sources(*APP), ids=id_of)
def test_one_place_chooses_credentials(path: Path) -> None:
    """Who the app is in Azure is decided in adapters/identity.py."""
    identity = [m for m in imported_modules(path.read_text()) if m.startswith("azure.identity")]
    assert bool(identity) == (id_of(path) == "adapters/identity.py")


def test_the_walk_finds_what_it_looks_for() -> None:
    """What touches the world, a disguised read of the environment, and a disguised start."""
    assert not is_pure("time.sleep")
    assert not is_pure("urllib.request")
    assert not is_pure("xml.sax")
    assert is_pure("urllib.parse.quote")
    assert uses_environment("import os\nx = dict(os.environ)")
    assert uses_environment("from os import getenv")
    assert not uses_environment("import os\nx = os.sep")
    assert starts_programs("from subprocess import run")
    assert starts_programs("import os\nos.posix_spawnp('x', [], {})")
    assert starts_programs("import asyncio\nasyncio.create_subprocess_exec('x')")
    assert not starts_programs("import os\nos.killpg(1, 9)")
