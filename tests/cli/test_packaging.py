"""What is locked, shipped and left at home."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from adapters.settings import load_settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_python_packages_are_pinned_with_hashes_and_no_index(file: str) -> None:
    """Every package has one exact version and a hash; where it comes from is the user's choice."""
    text = (ROOT / file).read_text("utf-8")
    requirements = re.findall(r"^[^#\s-].*(?:\n    --hash.*)*", text, re.MULTILINE)
    assert len(requirements) > 50
    assert [
        r for r in requirements if not re.match(r"[a-z0-9-]+==\S+ .*\n? +--hash=sha256:", r)
    ] == []
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)


def test_what_is_deployed_is_what_is_tested() -> None:
    """The two lock files agree on every version that they share."""
    deployed, tested = (
        set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / file).read_text("utf-8"), re.MULTILINE))
        for file in ("requirements.txt", "requirements-dev.txt")
    )
    assert deployed - tested == set()


def test_node_packages_are_pinned_with_hashes_and_no_registry() -> None:
    """The lock file names versions and hashes, and no host."""
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_the_sample_settings_are_valid() -> None:
    """Every VOD_ name in the sample is known, and every storage connection is there."""
    sample = json.loads((ROOT / "local.settings.sample.json").read_text("utf-8"))
    settings = load_settings(sample["Values"])
    assert settings.uploads.connection_string == "UseDevelopmentStorage=true"
    assert settings.delivery.connection_string == "UseDevelopmentStorage=true"
    assert sample["Values"]["FUNCTIONS_WORKER_RUNTIME"] == "python"


def test_what_the_app_imports_is_deployed() -> None:
    """.funcignore leaves at home what only developers need, and nothing of the app."""
    ignored = set((ROOT / ".funcignore").read_text("utf-8").splitlines())
    needed = {"activities", "adapters", "orchestrators", "transcoding"}
    assert ignored & (needed | {"function_app.py", "host.json", "requirements.txt"}) == set()
    assert {"cli", "devhost", "tests", "docs", "node_modules", "local.settings*.json"} <= ignored
