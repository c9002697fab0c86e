"""What every group of settings is: how its names are made, and where its values come from."""

from __future__ import annotations

from pydantic import AliasGenerator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


def setting_name(field: str) -> str:
    """Return the environment variable of a field that does not name its own."""
    return f"VOD_{field.upper()}"


class Group(BaseSettings):
    """Settings whose names are VOD_ and the field's; made of what is passed in, nothing else."""

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=setting_name),
        validate_by_name=True,
        case_sensitive=True,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)
