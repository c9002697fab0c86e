"""All app settings, read and checked in one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from transcoding.errors import SettingsInvalid
from transcoding.plan.plan import Grouping, Profile
from transcoding.values import Value

UPLOADS_CONNECTION = "UPLOADS_STORAGE"
DELIVERY_CONNECTION = "DELIVERY_STORAGE"
"""Names of the storage connections: a connection string under the name itself, or an identity-based
one as `{name}__blobServiceUri` with an optional `{name}__clientId`."""

_INSTANCE_MARKS = ("WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME")
"""Azure sets one of them on every instance of an app: the first on Premium, the second on Flex."""

X264_PRESETS = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]


class StorageConnection(Value):
    """How to reach one storage account; exactly one of the two is set."""

    connection_string: str = Field("", repr=False)
    blob_service_uri: str = ""
    client_id: str = ""


class ManagedIdentity(Value):
    """The app's identity in Azure; its default one without a client id."""

    client_id: str = ""


class FrontDoor(Value):
    """The Front Door endpoint that serves the delivery account."""

    subscription_id: str
    resource_group: str
    profile: str
    endpoint: str
    domain: str = ""
    management_url: str = "https://management.azure.com"


class Settings(Value):
    """Every setting of the app; docs/settings.md explains each."""

    uploads: StorageConnection
    delivery: StorageConnection
    uploads_container: str = "uploads"
    videos_container: str = "videos"
    work_container: str = "work"
    failed_container: str = "failed"
    front_door: FrontDoor | None = None
    playback_base_url: str = ""
    profile: Profile = Profile()
    max_duration_s: int = Field(12 * 3600, gt=0)
    max_size_bytes: int = Field(500 * 10**9, gt=0)
    ffmpeg: str = ""
    ffprobe: str = ""
    stall_timeout_s: int = Field(120, gt=0)
    unit_timeout_s: int = Field(1500, gt=0)
    manifest_max_age_s: int = Field(10, ge=0)
    telemetry_connection_string: str = Field("", repr=False)
    telemetry_identity: ManagedIdentity | None = None
    worker_configures_telemetry: bool = False


class _Environment(Value):
    """The VOD_* settings as they are written; unset ones keep their defaults."""

    VOD_UPLOADS_CONTAINER: str = Field("uploads", pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$")
    VOD_VIDEOS_CONTAINER: str = Field("videos", pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$")
    VOD_WORK_CONTAINER: str = Field("work", pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$")
    VOD_FAILED_CONTAINER: str = Field("failed", pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$")
    VOD_BLOB_SOURCE: Literal["LogsAndContainerScan", "EventGrid"] = "LogsAndContainerScan"
    VOD_PLAYBACK_BASE_URL: str = Field("", pattern=r"^(https?://\S+)?$")
    VOD_PRESET: X264_PRESETS = "fast"
    VOD_MAX_HEIGHT: int | None = Field(None, ge=144)
    VOD_AUDIO_BITRATE_BPS: int = Field(128_000, ge=64_000, le=512_000)
    VOD_CHUNK_S: int | None = Field(None, ge=1)
    VOD_UNIT_BUDGET_S: int = Field(120, ge=10)
    VOD_PIXELS_PER_S: int = Field(60_000_000, ge=1_000_000)
    VOD_GROUPING: Grouping = "auto"
    VOD_MAX_DURATION_S: int = Field(12 * 3600, gt=0)
    VOD_MAX_SIZE_BYTES: int = Field(500 * 10**9, gt=0)
    VOD_FFMPEG: str = ""
    VOD_FFPROBE: str = ""
    VOD_STALL_TIMEOUT_S: int = Field(120, gt=0)
    VOD_UNIT_TIMEOUT_S: int = Field(1500, gt=0)
    VOD_MANIFEST_MAX_AGE_S: int = Field(10, ge=0)
    VOD_FRONT_DOOR_SUBSCRIPTION_ID: str = ""
    VOD_FRONT_DOOR_RESOURCE_GROUP: str = ""
    VOD_FRONT_DOOR_PROFILE: str = ""
    VOD_FRONT_DOOR_ENDPOINT: str = ""
    VOD_FRONT_DOOR_DOMAIN: str = ""
    VOD_FRONT_DOOR_MANAGEMENT_URL: str = Field(
        "https://management.azure.com", pattern=r"^https?://\S+$"
    )


SETTING_NAMES = tuple(_Environment.model_fields)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all settings.

    Args:
        environment: the process environment unless given.

    Raises:
        SettingsInvalid: in one line, naming the setting and what it should be.
    """
    env = os.environ if environment is None else environment
    read = _read_environment(env)
    for name in (read.VOD_FFMPEG, read.VOD_FFPROBE):
        if name and not Path(name).is_file():
            raise SettingsInvalid(
                f"no program at {name}", advice="correct VOD_FFMPEG / VOD_FFPROBE, or unset it"
            )
    return Settings(
        uploads=_connection(env, UPLOADS_CONNECTION),
        delivery=_connection(env, DELIVERY_CONNECTION),
        uploads_container=read.VOD_UPLOADS_CONTAINER,
        videos_container=read.VOD_VIDEOS_CONTAINER,
        work_container=read.VOD_WORK_CONTAINER,
        failed_container=read.VOD_FAILED_CONTAINER,
        front_door=_front_door(read),
        playback_base_url=read.VOD_PLAYBACK_BASE_URL.rstrip("/"),
        profile=Profile(
            preset=read.VOD_PRESET,
            max_height=read.VOD_MAX_HEIGHT,
            audio_bitrate_bps=read.VOD_AUDIO_BITRATE_BPS,
            chunk_s=read.VOD_CHUNK_S,
            unit_budget_s=read.VOD_UNIT_BUDGET_S,
            pixels_per_s=read.VOD_PIXELS_PER_S,
            grouping=read.VOD_GROUPING,
            many_instances=any(name in env for name in _INSTANCE_MARKS),
        ),
        max_duration_s=read.VOD_MAX_DURATION_S,
        max_size_bytes=read.VOD_MAX_SIZE_BYTES,
        ffmpeg=read.VOD_FFMPEG,
        ffprobe=read.VOD_FFPROBE,
        stall_timeout_s=read.VOD_STALL_TIMEOUT_S,
        unit_timeout_s=read.VOD_UNIT_TIMEOUT_S,
        manifest_max_age_s=read.VOD_MANIFEST_MAX_AGE_S,
        telemetry_connection_string=env.get("APPLICATIONINSIGHTS_CONNECTION_STRING", ""),
        telemetry_identity=_telemetry_identity(env),
        worker_configures_telemetry=env.get(
            "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY", ""
        ).lower()
        == "true",
    )


def blob_trigger(environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Return (uploads container, blob source): what function_app.py needs at import.

    Under a host all settings are checked here too, so that a wrong one shows at the start and not
    with the first upload; a tool that only indexes the functions needs no storage.

    Raises:
        SettingsInvalid: a setting is missing or wrong; the message names it.
    """
    env = os.environ if environment is None else environment
    if "FUNCTIONS_WORKER_RUNTIME" in env:
        load_settings(env)
    read = _read_environment(env)
    return read.VOD_UPLOADS_CONTAINER, read.VOD_BLOB_SOURCE


def _read_environment(env: Mapping[str, str]) -> _Environment:
    unknown = [n for n in env if n.startswith("VOD_") and n not in SETTING_NAMES]
    if unknown:
        raise SettingsInvalid(
            f"unknown setting {unknown[0]}", advice="see docs/settings.md for the names"
        )
    given: dict[str, Any] = {name: env[name] for name in SETTING_NAMES if env.get(name)}
    try:
        read = _Environment.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsInvalid(
            f"setting {first['loc'][0]} is wrong",
            advice=f"{first['msg']} (see docs/settings.md)",
        ) from None
    if read.VOD_UPLOADS_CONTAINER in (
        read.VOD_VIDEOS_CONTAINER,
        read.VOD_WORK_CONTAINER,
        read.VOD_FAILED_CONTAINER,
    ):
        raise SettingsInvalid(
            "setting VOD_UPLOADS_CONTAINER is wrong",
            advice="it needs a container of its own: what is written there starts jobs",
        )
    return read


def _connection(env: Mapping[str, str], name: str) -> StorageConnection:
    if env.get(name):
        return StorageConnection(connection_string=env[name])
    if env.get(f"{name}__blobServiceUri"):
        return StorageConnection(
            blob_service_uri=env[f"{name}__blobServiceUri"],
            client_id=env.get(f"{name}__clientId", ""),
        )
    raise SettingsInvalid(
        f"setting {name} is missing",
        advice=f"set {name} to a connection string, or {name}__blobServiceUri for an identity",
    )


def _telemetry_identity(env: Mapping[str, str]) -> ManagedIdentity | None:
    """Read `Authorization=AAD[;ClientId=...]`, as the Functions host does.

    The system-assigned identity has no client id.
    """
    name = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"
    parts = [part.partition("=") for part in env.get(name, "").split(";") if part.strip()]
    if not parts:
        return None
    given = {key.strip().lower(): value.strip() for key, _, value in parts}
    if given.get("authorization", "").upper() != "AAD" or given.keys() - {
        "authorization",
        "clientid",
    }:
        raise SettingsInvalid(
            f"setting {name} is wrong",
            advice="write Authorization=AAD, or Authorization=AAD;ClientId=... for an identity"
            " that the app does not have by default",
        )
    return ManagedIdentity(client_id=given.get("clientid", ""))


def _front_door(read: _Environment) -> FrontDoor | None:
    parts = {
        "VOD_FRONT_DOOR_SUBSCRIPTION_ID": read.VOD_FRONT_DOOR_SUBSCRIPTION_ID,
        "VOD_FRONT_DOOR_RESOURCE_GROUP": read.VOD_FRONT_DOOR_RESOURCE_GROUP,
        "VOD_FRONT_DOOR_PROFILE": read.VOD_FRONT_DOOR_PROFILE,
        "VOD_FRONT_DOOR_ENDPOINT": read.VOD_FRONT_DOOR_ENDPOINT,
    }
    if not any(parts.values()):
        return None
    missing = [name for name, value in parts.items() if not value]
    if missing:
        raise SettingsInvalid(
            f"setting {missing[0]} is missing", advice="set all four VOD_FRONT_DOOR_*, or none"
        )
    return FrontDoor(
        subscription_id=parts["VOD_FRONT_DOOR_SUBSCRIPTION_ID"],
        resource_group=parts["VOD_FRONT_DOOR_RESOURCE_GROUP"],
        profile=parts["VOD_FRONT_DOOR_PROFILE"],
        endpoint=parts["VOD_FRONT_DOOR_ENDPOINT"],
        domain=read.VOD_FRONT_DOOR_DOMAIN,
        management_url=read.VOD_FRONT_DOOR_MANAGEMENT_URL,
    )
