"""The infrastructure compiles without a word, and is what the snapshots say."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.bicep.compiler import BICEP, Compiler
from tests.bicep.resources import SETS

pytestmark = pytest.mark.xdist_group("bicep")

TEMPLATES = ("main.bicep", "upload-events.bicep")
SOURCES = sorted(path.relative_to(BICEP).as_posix() for path in BICEP.rglob("*.bicep"))


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_compile_without_a_word(compiler: Compiler, template: str) -> None:
    """Compiler and linter write nothing: what they only warn of, such as a typing error, fails."""
    ran = compiler.build(template)
    assert ran.complaints == []
    assert ran.exit_code == 0
    assert json.loads(ran.output)["resources"]
    assert compiler.run("lint", template).complaints == []


def test_the_deployed_parameters_compile(compiler: Compiler) -> None:
    """main.bicepparam fits main.bicep when nothing is set."""
    ran = compiler.run("build-params", "main.bicepparam", "--stdout")
    assert ran.complaints == []
    given = json.loads(json.loads(ran.output)["parametersJson"])["parameters"]
    assert given["hosting"]["value"] == "flex"
    assert given["alertEmails"]["value"] == []


def test_images_of_python_change_no_parameter(compiler: Compiler) -> None:
    """They export the full version as PYTHON_VERSION, as our own devcontainer and CI do."""
    plain = compiler.run("build-params", "main.bicepparam", "--stdout")
    ran = compiler.run("build-params", "main.bicepparam", "--stdout", PYTHON_VERSION="3.11.14")
    assert ran.complaints == []
    assert json.loads(ran.output)["parametersJson"] == json.loads(plain.output)["parametersJson"]


def test_snapshots_are_current(compiler: Compiler) -> None:
    """Each change of the infrastructure shows in a snapshot, for a reviewer to see."""
    ran = compiler.compare_snapshots()
    assert (ran.exit_code, ran.complaints) == (0, []), ran.output


def test_sources_are_formatted(compiler: Compiler, tmp_path: Path) -> None:
    """`bicep format` changes nothing."""
    copy = shutil.copytree(BICEP, tmp_path / "bicep")
    compiler.run("format", "--pattern", "**/*.bicep", folder=copy)
    changed = [one for one in SOURCES if (copy / one).read_bytes() != (BICEP / one).read_bytes()]
    assert changed == []


def test_nothing_is_fetched_to_compile() -> None:
    """No module comes from a registry or a template spec, and every resource names its version."""
    for source in SOURCES:
        text = (BICEP / source).read_text("utf-8")
        assert not re.search(r"'(br|ts)[:/]", text), source
        for declared in re.findall(r"^ *resource \w+ '([^']+)'", text, re.MULTILINE):
            is_child = "/" not in declared  # a nested resource has its parent's version
            assert is_child or re.fullmatch(r"[\w./]+@20\d\d-\d\d-\d\d", declared), declared


def test_snapshots_and_parameter_sets_belong_together() -> None:
    """There is no set without its snapshot, and no snapshot without its set."""
    found = {path.name.partition(".")[0] for path in Path(BICEP, "snapshots").iterdir()}
    assert found == {*SETS, "upload-events"}
