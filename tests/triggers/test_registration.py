"""What the app registers."""

from __future__ import annotations

import logging
import socket

import pytest

from triggers.registration import blueprints


def test_wrong_settings_leave_health_alone_and_a_line_each_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No trigger is there to take an event that would be lost."""
    found = blueprints({"VOD_CHUNK_S": "0", "VOD_PRESET": "quick"})
    assert [
        builder._function.get_function_name()
        for made in found
        for builder in made._function_builders
    ] == ["health"]
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage().split(":")[0] for record in errors] == [
        "setting VOD_PRESET is wrong",
        "setting VOD_CHUNK_S is wrong",
    ]


def test_only_a_host_prepares_storage(caplog: pytest.LogCaptureFixture) -> None:
    """What the triggers need is made before they listen; whatever else indexes sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/acct"
    connection = (
        f"AccountName=acct;AccountKey=c2VjcmV0;BlobEndpoint={address};QueueEndpoint={address}"
    )
    environment = {"UPLOADS_STORAGE": connection, "DELIVERY_STORAGE": connection}
    assert len(blueprints(environment)) > 15
    assert caplog.records == []
    assert len(blueprints({**environment, "FUNCTIONS_WORKER_RUNTIME": "python"})) > 15
    told = [record.getMessage().partition(" (")[0] for record in caplog.records]
    assert told == ["no storage answers"] * 2


def test_right_settings_register_all(caplog: pytest.LogCaptureFixture) -> None:
    """Health, two triggers, two more HTTP functions, orchestrators and activities; not a word."""
    assert len(blueprints({})) > 15
    assert caplog.records == []


def test_telemetry_that_will_not_arrive_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A warning with what to set; the app works all the same."""
    assert len(blueprints({"APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=1"})) > 15
    (line,) = caplog.records
    assert line.levelno == logging.WARNING
    assert "set PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY to true" in line.getMessage()


def test_the_flag_that_breaks_workers_is_a_wrong_setting(caplog: pytest.LogCaptureFixture) -> None:
    """Alone it makes every invocation fail, so nothing is taken that would be lost."""
    assert len(blueprints({"PYTHON_ENABLE_OPENTELEMETRY": "true"})) == 1
    (line,) = caplog.records
    assert line.levelno == logging.ERROR
    assert "setting PYTHON_ENABLE_OPENTELEMETRY is wrong: unset it" in line.getMessage()
    assert "azure-functions-python-worker#1881" in line.getMessage()
