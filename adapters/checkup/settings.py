"""What the settings are, without what is secret in them."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.checkup.examination import Finding, passed
from adapters.setting_types import written_names
from adapters.settings import Settings, StorageConnection


def tell_settings(settings: Settings) -> Finding:
    """Say which settings there are, by their names alone; that they are right was seen at load."""
    fields = Settings.model_fields
    told = [
        written_names(fields[field])[0] + _kind(getattr(settings, field))
        for field in fields
        if field in settings.model_fields_set
    ]
    return passed(f"all are right; set are {', '.join(told)}")


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return all that must never be told: connection strings, and the keys in them."""
    strings = (
        settings.uploads.connection_string,
        settings.delivery.connection_string,
        settings.telemetry_connection_string,
    )
    return tuple(secret for text in strings if text for secret in (text, *_keys(text)))


def _keys(connection_string: str) -> Iterator[str]:
    for part in connection_string.split(";"):
        name, _, value = part.partition("=")
        if name.strip().lower() in ("accountkey", "sharedaccesssignature", "instrumentationkey"):
            yield value.strip()


def _kind(value: object) -> str:
    if not isinstance(value, StorageConnection):
        return ""
    return " (connection string)" if value.connection_string else " (identity)"
