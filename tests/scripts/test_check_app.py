"""The check of the app with azure-functions-doctor passes, and can fail."""

from __future__ import annotations

import json
import shutil
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from scripts.check_app import ROOT, main, warnings

NEEDED = ("function_app.py", "host.json", "requirements.txt", "pyproject.toml", ".funcignore")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Give a copy of what the doctor reads."""
    for name in NEEDED:
        shutil.copy(ROOT / name, tmp_path / name)
    for folder in ("activities", "orchestrators", "triggers", "bicep"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_the_app_passes(app: Path) -> None:
    """Without a warning beyond those that pyproject.toml explains."""
    assert warnings(app) == []
    assert main(app) == 0


@pytest.mark.parametrize(
    ("rule", "file", "old", "new"),
    [
        ("check_host_json_version", "host.json", '"version": "2.0"', '"version": "1.0"'),
        ("check_extension_bundle_v4", "host.json", "[4.30.0, 5.0.0)", "[3.0.0, 4.0.0)"),
        (
            "check_azure_functions_worker",
            "requirements.txt",
            "aiohttp==",
            "azure-functions-worker==",
        ),
        (
            "check_durable_nondeterminism",
            "orchestrators/publish_video.py",
            "    clock = StageClock(context)\n    try:",
            "    clock = time.time()\n    try:",
        ),
    ],
)
def test_a_broken_app_fails(app: Path, rule: str, file: str, old: str, new: str) -> None:
    """What is required, and what the doctor itself only warns of."""
    text = (app / file).read_text("utf-8")
    assert old in text
    (app / file).write_text(text.replace(old, new), "utf-8")
    assert [item["rule_id"] for item in warnings(app)] == [rule]
    assert main(app) == 1


def test_what_is_left_out_is_a_rule(app: Path) -> None:
    """And each of them would warn: a reason that no longer holds goes."""
    text = (app / "pyproject.toml").read_text("utf-8")
    ignored = tomllib.loads(text)["tool"]["azure-functions-doctor"]["ignore"]
    rules = resources.files("azure_functions_doctor") / "assets" / "rules" / "v2.json"
    assert set(ignored) <= {rule["id"] for rule in json.loads(rules.read_text("utf-8"))}
    (app / "pyproject.toml").unlink()
    assert {item["rule_id"] for item in warnings(app)} == set(ignored)
