"""host.json and local.settings.json are read as the real host reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devhost.config import HostConfig, load_host_config, load_local_settings
from devhost.log_levels import LogLevels
from transcoding.errors import SettingsInvalid


def write(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_host_json_sets_concurrency_and_thresholds(tmp_path: Path) -> None:
    """Every value that devhost obeys is taken over."""
    path = write(
        tmp_path / "host.json",
        {
            "version": "2.0",
            "logging": {"logLevel": {"default": "Warning", "Function.*.User": "Information"}},
            "extensions": {
                "durableTask": {
                    "hubName": "Vod",
                    "maxConcurrentActivityFunctions": 1,
                    "maxConcurrentOrchestratorFunctions": 3,
                },
                "blobs": {"poisonBlobThreshold": 2, "maxDegreeOfParallelism": 6},
                "queues": {"maxDequeueCount": 7},
                "http": {"routePrefix": ""},
            },
        },
    )
    assert load_host_config(path) == HostConfig(
        activities=1,
        orchestrators=3,
        blob_calls=6,
        blob_attempts=2,
        queue_attempts=7,
        route_prefix="",
        task_hub="Vod",
        log_levels=LogLevels(rules={"default": "Warning", "Function.*.User": "Information"}),
    )


def test_without_host_json_there_are_defaults(tmp_path: Path) -> None:
    """Five attempts, routes under /api."""
    config = load_host_config(tmp_path / "host.json")
    assert (config.blob_attempts, config.queue_attempts, config.route_prefix) == (5, 5, "api")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "host.json is no JSON"),
        ("[]", "host.json is no JSON object"),
        ({"extensions": []}, "extensions in host.json is no JSON object"),
        ({"logging": {"logLevel": {"default": "Loud"}}}, "host.json is wrong"),
        ({"logging": {"logLevel": {"a*b*": "Error"}}}, "host.json is wrong"),
        ({"extensions": {"blobs": {"poisonBlobThreshold": 0}}}, "host.json is wrong"),
    ],
)
def test_a_wrong_host_json_is_an_error(tmp_path: Path, document: Any, message: str) -> None:
    """The message names the file and what is wrong in it."""
    with pytest.raises(SettingsInvalid, match=message):
        load_host_config(write(tmp_path / "host.json", document))


def test_the_environment_wins_over_local_settings(tmp_path: Path) -> None:
    """Only what is not set is taken from the file."""
    path = write(
        tmp_path / "local.settings.json",
        {"IsEncrypted": False, "Values": {"ONE": "file", "TWO": "file"}},
    )
    environment = {"ONE": "already"}
    load_local_settings(path, environment)
    assert environment == {"ONE": "already", "TWO": "file"}


def test_local_settings_that_cannot_be_used_are_an_error(tmp_path: Path) -> None:
    """Encrypted values, or a number where a string belongs."""
    path = tmp_path / "local.settings.json"
    with pytest.raises(SettingsInvalid, match="is encrypted"):
        load_local_settings(write(path, {"IsEncrypted": True, "Values": {}}), {})
    with pytest.raises(SettingsInvalid, match=r"COUNT in local\.settings\.json is no string"):
        load_local_settings(write(path, {"Values": {"COUNT": 1}}), {})
