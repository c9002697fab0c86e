"""The compiler, or a skip that says how to get it."""

from __future__ import annotations

import pytest

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
