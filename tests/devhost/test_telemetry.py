"""Telemetry is set up as the Functions worker does it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = """
import os
import azure.monitor.opentelemetry as azure
asked = []
azure.configure_azure_monitor = lambda **given: asked.append(given)
from devhost.telemetry import configure_telemetry
configure_telemetry()
print(asked, os.environ.get("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS"))
"""


def _run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("written", ["", "false", "0"])
def test_without_the_flag_nothing_is_set_up(written: str) -> None:
    """A connection string alone is none."""
    ran = _run(
        _SCRIPT,
        PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY=written,
        APPLICATIONINSIGHTS_CONNECTION_STRING="InstrumentationKey=1",
    )
    assert ran.stdout == "[] None\n", ran.stderr


def test_the_library_is_asked_for_what_the_worker_asks_for() -> None:
    """Once, with the connection string and the logger; it reads the rest from the environment."""
    ran = _run(
        _SCRIPT,
        PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY="True",
        APPLICATIONINSIGHTS_CONNECTION_STRING="InstrumentationKey=1",
    )
    asked = {"connection_string": "InstrumentationKey=1", "logger_name": ""}
    assert ran.stdout == f"[{asked}] azure_functions\n", ran.stderr


def test_a_set_up_that_fails_is_a_line_in_the_log() -> None:
    """The app runs all the same, as under the worker; there is nowhere to send to here."""
    ran = _run(
        "from devhost.telemetry import configure_telemetry\nconfigure_telemetry()",
        PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY="true",
        APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL="true",
        APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED="true",
    )
    assert ran.returncode == 0
    assert "telemetry is not sent: ValueError: " in ran.stderr
