"""Tests of app settings: read, checked and explained in one place."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from adapters.settings import SETTING_NAMES, ManagedIdentity, blob_trigger, load_settings
from transcoding.errors import SettingsInvalid

SECRET = "DefaultEndpointsProtocol=http;AccountKey=c2VjcmV0;"  # noqa: S105 - must not be shown
MINIMUM = {"UPLOADS_STORAGE": SECRET, "DELIVERY_STORAGE": SECRET}
FRONT_DOOR = {
    "VOD_FRONT_DOOR_SUBSCRIPTION_ID": "sub",
    "VOD_FRONT_DOOR_RESOURCE_GROUP": "group",
    "VOD_FRONT_DOOR_PROFILE": "profile",
    "VOD_FRONT_DOOR_ENDPOINT": "endpoint",
}


def test_two_connections_are_enough() -> None:
    """Everything else has a default."""
    settings = load_settings(MINIMUM)
    assert settings.uploads.connection_string == SECRET
    assert (settings.uploads_container, settings.videos_container) == ("uploads", "videos")
    assert (settings.work_container, settings.failed_container) == ("work", "failed")
    assert settings.max_duration_s == 43_200
    assert settings.front_door is None
    assert settings.profile.preset == "fast"
    assert settings.profile.chunk_s is None
    assert not settings.profile.many_instances


def test_every_setting_arrives() -> None:
    """What is written in the app settings is what the app uses."""
    settings = load_settings(
        MINIMUM
        | FRONT_DOOR
        | {
            "VOD_UPLOADS_CONTAINER": "incoming",
            "VOD_VIDEOS_CONTAINER": "published",
            "VOD_PLAYBACK_BASE_URL": "https://cdn.example/videos/",
            "VOD_PRESET": "slow",
            "VOD_MAX_HEIGHT": "720",
            "VOD_AUDIO_BITRATE_BPS": "96000",
            "VOD_CHUNK_S": "10",
            "VOD_GROUPING": "together",
            "VOD_MAX_SIZE_BYTES": "1000",
            "VOD_FFMPEG": sys.executable,
            "VOD_STALL_TIMEOUT_S": "7",
            "VOD_UNIT_TIMEOUT_S": "70",
            "VOD_MANIFEST_MAX_AGE_S": "0",
            "VOD_FRONT_DOOR_DOMAIN": "cdn.example",
            "WEBSITE_INSTANCE_ID": "1",
        }
    )
    assert (settings.uploads_container, settings.videos_container) == ("incoming", "published")
    assert settings.playback_base_url == "https://cdn.example/videos"
    profile = settings.profile
    assert (profile.preset, profile.max_height, profile.chunk_s) == ("slow", 720, 10)
    assert (profile.audio_bitrate_bps, profile.grouping) == (96_000, "together")
    assert profile.many_instances
    assert settings.max_size_bytes == 1_000
    assert settings.ffmpeg == sys.executable
    assert (settings.stall_timeout_s, settings.unit_timeout_s) == (7, 70)
    assert settings.manifest_max_age_s == 0
    assert settings.front_door is not None
    assert (settings.front_door.endpoint, settings.front_door.domain) == ("endpoint", "cdn.example")


def test_an_identity_instead_of_a_key() -> None:
    """In Azure the connection is a service URI, with a client id for a user-assigned identity."""
    settings = load_settings(
        {
            "UPLOADS_STORAGE__blobServiceUri": "https://up.blob.core.windows.net",
            "UPLOADS_STORAGE__clientId": "id",
            "DELIVERY_STORAGE__blobServiceUri": "https://out.blob.core.windows.net",
        }
    )
    assert settings.uploads.blob_service_uri == "https://up.blob.core.windows.net"
    assert (settings.uploads.client_id, settings.delivery.client_id) == ("id", "")
    assert settings.uploads.connection_string == ""


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"UPLOADS_STORAGE": ""}, "UPLOADS_STORAGE"),
        ({"DELIVERY_STORAGE": ""}, "DELIVERY_STORAGE"),
        ({"VOD_PRESET": "quick"}, "VOD_PRESET"),
        ({"VOD_MAX_HEIGHT": "tall"}, "VOD_MAX_HEIGHT"),
        ({"VOD_MAX_HEIGHT": "143"}, "VOD_MAX_HEIGHT"),
        ({"VOD_CHUNK_S": "0"}, "VOD_CHUNK_S"),
        ({"VOD_CHUNK_S": "2.5"}, "VOD_CHUNK_S"),
        ({"VOD_AUDIO_BITRATE_BPS": "128"}, "VOD_AUDIO_BITRATE_BPS"),
        ({"VOD_GROUPING": "Together"}, "VOD_GROUPING"),
        ({"VOD_UPLOADS_CONTAINER": "Up"}, "VOD_UPLOADS_CONTAINER"),
        ({"VOD_WORK_CONTAINER": "a--b"}, "VOD_WORK_CONTAINER"),
        ({"VOD_VIDEOS_CONTAINER": "uploads"}, "VOD_UPLOADS_CONTAINER"),
        ({"VOD_BLOB_SOURCE": "Polling"}, "VOD_BLOB_SOURCE"),
        ({"VOD_PLAYBACK_BASE_URL": "cdn.example"}, "VOD_PLAYBACK_BASE_URL"),
        ({"VOD_STALL_TIMEOUT_S": "-1"}, "VOD_STALL_TIMEOUT_S"),
        ({"VOD_FFMPEG": "/nowhere/ffmpeg"}, "VOD_FFMPEG"),
        ({"VOD_FFPROBE": "/nowhere/ffprobe"}, "VOD_FFPROBE"),
        ({"VOD_PRESETS": "fast"}, "VOD_PRESETS"),
        ({"VOD_FRONT_DOOR_PROFILE": "p"}, "VOD_FRONT_DOOR_SUBSCRIPTION_ID"),
        (FRONT_DOOR | {"VOD_FRONT_DOOR_ENDPOINT": ""}, "VOD_FRONT_DOOR_ENDPOINT"),
        (
            {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "ClientId=an-identity"},
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        ),
        (
            {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "Authorization=AAD;Client=c2VjcmV0"},
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(changes: dict[str, str], named: str) -> None:
    """The error says which setting it is, and nothing secret."""
    with pytest.raises(SettingsInvalid) as raised:
        load_settings(MINIMUM | changes)
    message = str(raised.value)
    assert named in message
    assert "\n" not in message
    assert "c2VjcmV0" not in message


def test_an_empty_setting_is_an_unset_one() -> None:
    """Bicep writes empty strings where nothing was given."""
    assert load_settings(MINIMUM | dict.fromkeys(SETTING_NAMES, "")) == load_settings(MINIMUM)


def test_other_environment_variables_do_not_matter() -> None:
    """Only names that start with VOD_ are ours."""
    assert load_settings(MINIMUM | {"PATH": "/bin", "FUNCTIONS_WORKER_RUNTIME": "python"})


@pytest.fixture
def process_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run with a process environment that has the minimum and one setting more."""
    for name in SETTING_NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in (MINIMUM | {"VOD_MAX_HEIGHT": "480"}).items():
        monkeypatch.setenv(name, value)
    yield


@pytest.mark.usefixtures("process_environment")
def test_the_process_environment_is_the_default() -> None:
    """The app itself passes nothing."""
    assert load_settings().profile.max_height == 480
    assert blob_trigger() == ("uploads", "LogsAndContainerScan")


def test_secrets_are_not_shown() -> None:
    """A settings value may end up in a log line or a traceback."""
    settings = load_settings(
        MINIMUM | {"APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=c2VjcmV0"}
    )
    assert "c2VjcmV0" in settings.telemetry_connection_string
    assert "c2VjcmV0" not in repr(settings)


def test_the_trigger_s_settings_need_no_connection() -> None:
    """function_app.py is imported where storage is not known yet."""
    assert blob_trigger({}) == ("uploads", "LogsAndContainerScan")
    assert blob_trigger({"VOD_BLOB_SOURCE": "EventGrid", "VOD_UPLOADS_CONTAINER": "in1"}) == (
        "in1",
        "EventGrid",
    )
    with pytest.raises(SettingsInvalid, match="VOD_BLOB_SOURCE"):
        blob_trigger({"VOD_BLOB_SOURCE": "x"})


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("TRUE", True), ("false", False)])
def test_who_configures_telemetry(written: str, meant: bool) -> None:
    """Where the worker does it, the app must not do it again."""
    settings = load_settings(MINIMUM | {"PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": written})
    assert settings.worker_configures_telemetry is meant


@pytest.mark.parametrize(
    ("written", "client_id"),
    [
        ("Authorization=AAD", ""),
        ("Authorization=AAD;ClientId=an-identity", "an-identity"),
        ("authorization=aad; clientid=an-identity;", "an-identity"),
    ],
)
def test_whose_telemetry_it_is(written: str, client_id: str) -> None:
    """Where Application Insights takes no key, an identity is named as the host expects it."""
    settings = load_settings(MINIMUM | {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": written})
    assert settings.telemetry_identity == ManagedIdentity(client_id=client_id)


def test_without_an_identity_the_key_is_enough() -> None:
    """An empty string is none, as Bicep and the local runs write it."""
    settings = load_settings(MINIMUM | {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": ""})
    assert settings.telemetry_identity is None


def test_under_a_host_every_setting_is_checked_at_the_start() -> None:
    """Without storage for the videos the app does not load; a mere indexer needs none."""
    host = {"FUNCTIONS_WORKER_RUNTIME": "python", "UPLOADS_STORAGE": "UseDevelopmentStorage=true"}
    with pytest.raises(SettingsInvalid, match="DELIVERY_STORAGE is missing"):
        blob_trigger(host)
    assert blob_trigger({}) == ("uploads", "LogsAndContainerScan")


@pytest.mark.parametrize("mark", ["WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME"])
def test_an_instance_in_azure_is_one_of_many(mark: str) -> None:
    """Premium and Flex name their instances in different variables."""
    assert not load_settings(MINIMUM).profile.many_instances
    assert load_settings(MINIMUM | {mark: "1"}).profile.many_instances
