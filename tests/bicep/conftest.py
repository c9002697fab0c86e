"""The compiler, or a skip that says how to get it; and the Azure CLI's stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bicep.azure_cli import AZ, SLEEP
from tests.bicep.compiler import Compiler


@pytest.fixture(scope="session")
def compiler() -> Compiler:
    """Give the Bicep compiler."""
    found = Compiler.find()
    if found is None:
        pytest.skip(
            "no Bicep compiler: `az bicep install`, then put ~/.azure/bin on the PATH"
            " or set BICEP_CLI to its bicep"
        )
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a folder with the stand-ins for az and sleep."""
    for name, text in (("az", AZ), ("sleep", SLEEP)):
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o755)
    return tmp_path
