"""All app settings, read and checked in one place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource

from adapters.setting_groups import (
    DELIVERY_CONNECTION,
    UPLOADS_CONNECTION,
    DeliverySettings,
    EncodingSettings,
    LimitSettings,
    ProgramSettings,
    StorageSettings,
)
from adapters.setting_types import (
    EMULATOR,
    FrontDoor,
    StorageConnection,
    UploadsConnection,
    allowed,
    parts_of,
    written_names,
)
from adapters.telemetry_settings import TelemetrySettings
from transcoding.errors import SettingsInvalid

__all__ = [
    "DELIVERY_CONNECTION",
    "SETTING_NAMES",
    "UPLOADS_CONNECTION",
    "FrontDoor",
    "Settings",
    "StorageConnection",
    "UploadsConnection",
    "is_hosted",
    "load_app_settings",
    "load_settings",
]


# Fields of the last base come first.
class Settings(
    TelemetrySettings,
    ProgramSettings,
    DeliverySettings,
    LimitSettings,
    EncodingSettings,
    StorageSettings,
):
    """Every setting of the app."""


def _fields() -> Iterator[tuple[str, FieldInfo]]:
    for field in Settings.model_fields.values():
        for name in written_names(field):
            yield name, field
            for part in parts_of(field):
                yield f"{name}__{part.validation_alias}", part


_FIELDS = dict(_fields())
"""Every environment variable that is read, with its field."""

SETTING_NAMES = tuple(name for name in _FIELDS if name.startswith("VOD_"))
"""Those of them that begin with VOD_, in order; no other name may."""


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all settings; an empty one is unset.

    Args:
        environment: the process environment unless given.

    Raises:
        SettingsInvalid: a line for each that is wrong, which names it and says what it should be.
    """
    env = os.environ if environment is None else environment
    problems = [
        f"unknown setting {name}: see docs/settings.md for the names"
        for name in env
        if name.startswith("VOD_") and name not in SETTING_NAMES
    ]
    source = EnvSettingsSource(Settings)
    source.env_vars = {name: value for name, value in env.items() if value and name in _FIELDS}
    try:
        settings = Settings(**source())
    except ValidationError as error:
        for details in error.errors(include_url=False, include_input=False):
            problems += _lines(details)
    if problems:
        raise SettingsInvalid("\n".join(problems))
    return settings


def is_hosted(environment: Mapping[str, str] | None = None) -> bool:
    """Whether a host loads the app, and not something that only indexes the functions.

    Args:
        environment: the process environment unless given.
    """
    env = os.environ if environment is None else environment
    return bool(env.get("FUNCTIONS_WORKER_RUNTIME"))


def load_app_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all settings when the app is loaded.

    Outside a host storage may be missing: what only indexes the functions needs none.

    Raises:
        SettingsInvalid: as `load_settings`.
    """
    env = os.environ if environment is None else environment
    if is_hosted(env):
        return load_settings(env)
    given = {name: value for name, value in env.items() if value}
    return load_settings({UPLOADS_CONNECTION: EMULATOR, DELIVERY_CONNECTION: EMULATOR} | given)


def _lines(error: ErrorDetails) -> Iterator[str]:
    field, *parts = map(str, error["loc"])
    if field in Settings.model_fields:
        field = written_names(Settings.model_fields[field])[0]
    name = "__".join((field, *parts))
    if error["type"] == "missing":
        yield (
            f"setting {name} is missing: set {name} to a connection string, or"
            f" {name}__blobServiceUri for an identity"
        )
        return
    context: dict[str, Any] = error.get("ctx", {})
    text = context.get("text") or f"it should be {allowed(_FIELDS[name])}"
    for named in context.get("settings") or (name,):
        yield f"setting {named} is wrong: {text} (see docs/settings.md)"
