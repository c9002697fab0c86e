"""host.json and local.settings.json: the parts that devhost obeys."""

from __future__ import annotations

import json
import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field

from devhost.log_levels import LogLevels
from transcoding.errors import SettingsInvalid
from transcoding.values import Value


class HostConfig(Value):
    """What host.json sets, with the real host's defaults.

    Attributes:
        activities, orchestrators: how many run at the same time.
        blob_calls: how many blob trigger calls run at the same time.
        blob_attempts, queue_attempts: before an event or message goes to its poison queue.
        log_levels: which lines are written.
        poll_s: seconds between two looks at a container or queue; not part of host.json.
    """

    activities: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    orchestrators: int = Field(4, ge=1)
    blob_calls: int = Field(8, ge=1)
    blob_attempts: int = Field(5, ge=1)
    queue_attempts: int = Field(5, ge=1)
    route_prefix: str = "api"
    task_hub: str = "DevHost"
    log_levels: LogLevels = LogLevels()
    poll_s: float = Field(0.5, gt=0)


def load_host_config(path: Path) -> HostConfig:
    """Read host.json; a missing file leaves every default.

    Raises:
        SettingsInvalid: it is no JSON object, or a value in it is wrong.
    """
    document = _read_object(path) if path.exists() else {}
    extensions = _section(document, "extensions", path)
    durable = _section(extensions, "durableTask", path)
    blobs = _section(extensions, "blobs", path)
    queues = _section(extensions, "queues", path)
    log_levels = _section(_section(document, "logging", path), "logLevel", path)
    given = {
        "activities": durable.get("maxConcurrentActivityFunctions"),
        "orchestrators": durable.get("maxConcurrentOrchestratorFunctions"),
        "task_hub": durable.get("hubName"),
        "blob_calls": blobs.get("maxDegreeOfParallelism"),
        "blob_attempts": blobs.get("poisonBlobThreshold"),
        "queue_attempts": queues.get("maxDequeueCount"),
        "log_levels": {"rules": log_levels},
        "route_prefix": _section(extensions, "http", path).get("routePrefix"),
    }
    try:
        return HostConfig.model_validate({k: v for k, v in given.items() if v is not None})
    except ValueError as error:
        raise SettingsInvalid(f"{path.name} is wrong", advice=str(error)) from None


def load_local_settings(path: Path, environment: MutableMapping[str, str]) -> None:
    """Copy the Values of local.settings.json into the environment; what is set there already wins.

    Raises:
        SettingsInvalid: it is no JSON object, its values are encrypted, or one is no string.
    """
    if not path.exists():
        return
    document = _read_object(path)
    if document.get("IsEncrypted"):
        raise SettingsInvalid(f"{path.name} is encrypted", advice="run `func settings decrypt`")
    for name, value in _section(document, "Values", path).items():
        if not isinstance(value, str):
            raise SettingsInvalid(
                f"{name} in {path.name} is no string", advice="put its value in quotes"
            )
        environment.setdefault(name, value)


def connection_string(name: str) -> str:
    """Return the connection string that an app setting holds.

    Raises:
        SettingsInvalid: the setting is missing.
    """
    value = os.environ.get(name, "")
    if not value:
        raise SettingsInvalid(
            f"setting {name} is missing",
            advice="set it to a storage connection string, in local.settings.json for instance",
        )
    return value


def unreachable(setting: str, endpoint: str) -> SettingsInvalid:
    """Return the error of a connection string behind which no storage answers."""
    url = urlsplit(endpoint)
    return SettingsInvalid(
        f"no storage answers at {url.scheme}://{url.netloc}",
        on=f"setting {setting}",
        advice="`make start` starts Azurite; else correct the setting",
    )


def _read_object(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise SettingsInvalid(f"{path.name} is no JSON", advice=str(error)) from None
    if not isinstance(document, dict):
        raise SettingsInvalid(f"{path.name} is no JSON object")
    return document


def _section(document: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    section = document.get(key, {})
    if not isinstance(section, dict):
        raise SettingsInvalid(f"{key} in {path.name} is no JSON object")
    return section
