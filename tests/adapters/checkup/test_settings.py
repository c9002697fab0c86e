"""What is told of settings, and what never is."""

from __future__ import annotations

from adapters.checkup.settings import secrets_of, tell_settings
from adapters.settings import load_settings

STRING = "DefaultEndpointsProtocol=https;AccountName=own;AccountKey=c2VjcmV0MQ==;EndpointSuffix=x"
INSIGHTS = "InstrumentationKey=00000000-0000-0000-0000-000000000009;IngestionEndpoint=https://in/"
SETTINGS = load_settings(
    {
        "UPLOADS_STORAGE": STRING,
        "DELIVERY_STORAGE__blobServiceUri": "https://public.blob.core.windows.net",
        "APPLICATIONINSIGHTS_CONNECTION_STRING": INSIGHTS,
        "VOD_PRESET": "slow",
    }
)


def test_settings_are_told_by_name() -> None:
    """And how an account is reached; never what they are."""
    assert tell_settings(SETTINGS) == (
        "ok",
        "all are right; set are UPLOADS_STORAGE (connection string), DELIVERY_STORAGE (identity),"
        " VOD_PRESET, APPLICATIONINSIGHTS_CONNECTION_STRING",
        "",
    )


def test_connection_strings_and_their_keys_are_secret() -> None:
    """Whole, and each key alone: a library may tell only a part."""
    assert secrets_of(SETTINGS) == (
        STRING,
        "c2VjcmV0MQ==",
        INSIGHTS,
        "00000000-0000-0000-0000-000000000009",
    )
