"""The container for editors, read from its file: it cannot be started here."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))


def test_the_container_has_what_setup_asks_for() -> None:
    """Debian with a Python that is supported, Node, make and the browser; then it is set up."""
    assert CONTAINER["image"] == "mcr.microsoft.com/devcontainers/python:3.11-bookworm"
    assert [name.split("/")[-1] for name in CONTAINER["features"]] == ["node:1"]
    *installed, last = CONTAINER["postCreateCommand"].split(" && ")
    assert installed[-1].split()[-2:] == ["chromium", "make"]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert last == "make setup"
    assert re.search(r"^setup:", makefile, re.MULTILINE)


def test_the_ports_are_those_of_the_app() -> None:
    """The app's and Azurite's, as the README has them."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert CONTAINER["forwardPorts"] == [7071, 10000]
    assert "port 7071" in readme
    assert "port 10000" in readme
