"""Tests of app settings: read, checked and explained in one place."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext

import pytest
from azure.monitor.opentelemetry._constants import _FULLY_SUPPORTED_INSTRUMENTED_LIBRARIES

from adapters.settings import (
    SETTING_NAMES,
    Settings,
    UploadsConnection,
    load_app_settings,
    load_settings,
)
from adapters.telemetry_settings import INSTRUMENTATIONS
from tests.ingestion import WORKER_SETTINGS
from transcoding.errors import SettingsInvalid
from transcoding.plan.options import Options

SECRET = "AccountName=acct;AccountKey=c2VjcmV0;"  # noqa: S105 - must not be shown
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
    assert settings.options == Options(many_instances=False)
    assert settings.options.units_in_flight == 2


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
            "VOD_UNITS_IN_FLIGHT": "200",
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
    options = settings.options
    assert (options.preset, options.max_height, options.chunk_s) == ("slow", 720, 10)
    assert (options.audio_bitrate_bps, options.grouping) == (96_000, "together")
    assert options.many_instances
    assert options.units_in_flight == 200
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
            "UPLOADS_STORAGE__queueServiceUri": "https://up.queue.core.windows.net",
            "DELIVERY_STORAGE__blobServiceUri": "https://out.blob.core.windows.net",
        }
    )
    assert settings.uploads.blob_service_uri == "https://up.blob.core.windows.net"
    assert settings.uploads.queue_service_uri == "https://up.queue.core.windows.net"
    assert (settings.uploads.client_id, settings.delivery.client_id) == ("id", "")
    assert settings.uploads.connection_string == ""


SIGNED = (
    "BlobEndpoint=https://acct.blob.core.windows.net;SharedAccessSignature=sv=2024&sig=c2VjcmV0"
)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"UPLOADS_STORAGE": ""}, "UPLOADS_STORAGE"),
        ({"DELIVERY_STORAGE": ""}, "DELIVERY_STORAGE"),
        ({"UPLOADS_STORAGE": "AccountKey=c2VjcmV0"}, "UPLOADS_STORAGE"),
        ({"UPLOADS_STORAGE": SIGNED}, "UPLOADS_STORAGE"),
        ({"DELIVERY_STORAGE": "c2VjcmV0"}, "DELIVERY_STORAGE"),
        ({"DELIVERY_STORAGE": "AccountName=acct;AccountKey=no base64"}, "DELIVERY_STORAGE"),
        (
            {"DELIVERY_STORAGE": "", "DELIVERY_STORAGE__blobServiceUri": "acct"},
            "DELIVERY_STORAGE__blobServiceUri",
        ),
        ({"DELIVERY_STORAGE": "", "DELIVERY_STORAGE__clientId": "id"}, "DELIVERY_STORAGE"),
        ({"VOD_UNITS_IN_FLIGHT": "0"}, "VOD_UNITS_IN_FLIGHT"),
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
        (FRONT_DOOR | {"VOD_FRONT_DOOR_PROFILE": ""}, "VOD_FRONT_DOOR_PROFILE"),
        (FRONT_DOOR | {"VOD_FRONT_DOOR_ENDPOINT": ""}, "VOD_FRONT_DOOR_ENDPOINT"),
        (
            {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "ClientId=an-identity"},
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        ),
        (
            {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "Authorization=AAD;Client=c2VjcmV0"},
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        ),
        # What the host would read and the exporter would not.
        (
            {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "Authorization=AAD; ClientId=c2VjcmV0"},
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        ),
        (
            {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "Authorization=AAD;"},
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(changes: dict[str, str], named: str) -> None:
    """The error says which setting it is, and nothing secret."""
    with pytest.raises(SettingsInvalid) as raised:
        load_settings(MINIMUM | changes)
    (problem,) = raised.value.problems
    assert re.match(rf"(unknown )?setting {named}( is wrong| is missing)?: ", problem)
    assert str(raised.value) == problem
    assert "c2VjcmV0" not in problem


def test_a_wrong_setting_is_told_what_it_should_be() -> None:
    """All that are wrong are told at once, in the words of docs/settings.md."""
    wrong = {
        "DELIVERY_STORAGE": "",
        "VOD_AUDIO_BITRATE_BPS": "128",
        "VOD_CHUNK_S": "0",
        "VOD_FRONT_DOOR_PROFILE": "door",
        "VOD_GROUPING": "all",
        "VOD_VIDEOS_CONTAINER": "uploads",
        "VOD_FFMPEG": "/nowhere/ffmpeg",
        "VOD_PRESETS": "fast",
    }
    all_or_none = (
        "set all of VOD_FRONT_DOOR_SUBSCRIPTION_ID, _RESOURCE_GROUP, _PROFILE and _ENDPOINT,"
        " or none of them"
    )
    page = "(see docs/settings.md)"
    with pytest.raises(SettingsInvalid) as raised:
        load_settings(MINIMUM | wrong)
    assert raised.value.problems == (
        "unknown setting VOD_PRESETS: see docs/settings.md for the names",
        "setting DELIVERY_STORAGE is missing: set DELIVERY_STORAGE to a connection string,"
        " or DELIVERY_STORAGE__blobServiceUri for an identity",
        "setting VOD_UPLOADS_CONTAINER is wrong: it needs a container of its own:"
        f" what is written there starts jobs {page}",
        "setting VOD_AUDIO_BITRATE_BPS is wrong:"
        f" it should be a whole number from 64000 to 512000 {page}",
        f"setting VOD_GROUPING is wrong: it should be 'auto', 'per_rendition' or 'together' {page}",
        f"setting VOD_CHUNK_S is wrong: it should be a whole number from 1 {page}",
        f"setting VOD_FRONT_DOOR_SUBSCRIPTION_ID is wrong: {all_or_none} {page}",
        f"setting VOD_FRONT_DOOR_RESOURCE_GROUP is wrong: {all_or_none} {page}",
        f"setting VOD_FRONT_DOOR_ENDPOINT is wrong: {all_or_none} {page}",
        "setting VOD_FFMPEG is wrong: there is no program at this path: correct it, or unset it"
        f" {page}",
    )


def test_an_empty_setting_is_an_unset_one() -> None:
    """Bicep writes empty strings where nothing was given."""
    assert load_settings(MINIMUM | dict.fromkeys(SETTING_NAMES, "")) == load_settings(MINIMUM)


def test_other_environment_variables_do_not_matter() -> None:
    """Only names that start with VOD_ are ours."""
    assert load_settings(MINIMUM | {"PATH": "/bin", "FUNCTIONS_WORKER_RUNTIME": "python"})


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app itself passes nothing."""
    for name in SETTING_NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in (MINIMUM | {"VOD_MAX_HEIGHT": "480"}).items():
        monkeypatch.setenv(name, value)
    assert load_settings().options.max_height == 480
    assert load_app_settings().max_height == 480


def test_settings_that_are_made_read_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever passes values gets these values and the defaults."""
    monkeypatch.setenv("VOD_MAX_HEIGHT", "480")
    monkeypatch.setenv("max_height", "480")
    connection = UploadsConnection(connection_string=SECRET)
    assert Settings(uploads=connection, delivery=connection).max_height is None
    assert load_settings(MINIMUM | {"max_height": "480"}).max_height is None


def test_secrets_are_not_shown() -> None:
    """A settings value may end up in a log line or a traceback."""
    settings = load_settings(
        MINIMUM | {"APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=c2VjcmV0"}
    )
    assert "c2VjcmV0" in settings.telemetry_connection_string
    assert "c2VjcmV0" not in repr(settings)


@pytest.mark.parametrize(
    ("written", "meant"), [("true", True), ("TRUE ", True), ("1", True), ("false", False)]
)
def test_who_configures_telemetry(written: str, meant: bool) -> None:
    """A flag of the worker's is read as the worker reads it."""
    settings = load_settings(MINIMUM | {"PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": written})
    assert settings.worker_sends_telemetry is meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Authorization=AAD",
        "Authorization=AAD;ClientId=an-identity",
        "authorization=AAD;clientid=an-identity",
    ],
)
def test_whose_telemetry_it_is(written: str) -> None:
    """Where Application Insights takes no key, an identity is named as the exporter expects it."""
    settings = load_settings(MINIMUM | {"APPLICATIONINSIGHTS_AUTHENTICATION_STRING": written})
    assert settings.telemetry_identity == written


_SENDING = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=1",
    **WORKER_SETTINGS,
}


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({}, []),
        (_SENDING, []),
        (WORKER_SETTINGS, []),
        (
            {"APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=1"},
            ["APPLICATIONINSIGHTS_CONNECTION_STRING is set, but the app's own telemetry is not"],
        ),
        (_SENDING | {"OTEL_TRACES_SAMPLER": ""}, ["spans of activities will be missing: set"]),
        (
            _SENDING | {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "azure_sdk, requests,urllib"},
            ["requests to storage may be sent as spans with their addresses: add django,fastapi"],
        ),
    ],
)
def test_telemetry_that_will_not_be_right_is_known(
    given: dict[str, str], begins: list[str]
) -> None:
    """Wherever it is sent to: what is missing, and what to set."""
    warnings = load_settings(MINIMUM | given).telemetry_warnings
    assert len(warnings) == len(begins)
    assert all(map(str.startswith, warnings, begins))


def test_every_instrumentation_can_be_turned_off() -> None:
    """The list has all that the locked azure-monitor-opentelemetry turns on by itself."""
    assert set(INSTRUMENTATIONS) == set(_FULLY_SUPPORTED_INSTRUMENTED_LIBRARIES)
    assert (
        tuple(WORKER_SETTINGS["OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"].split(","))
        == INSTRUMENTATIONS
    )


@pytest.mark.parametrize(("other", "is_wrong"), [("", True), ("false", True), ("true", False)])
def test_a_flag_that_breaks_workers_is_refused_alone(other: str, is_wrong: bool) -> None:
    """Beside the other one it does no harm."""
    given = MINIMUM | {
        "PYTHON_ENABLE_OPENTELEMETRY": "true",
        "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": other,
    }
    with pytest.raises(SettingsInvalid, match="#1881") if is_wrong else nullcontext():
        load_settings(given)


def test_only_a_host_needs_storage_when_the_app_is_loaded() -> None:
    """What merely indexes the functions has none; all else is checked there, too."""
    host = {"FUNCTIONS_WORKER_RUNTIME": "python", "UPLOADS_STORAGE": "UseDevelopmentStorage=true"}
    with pytest.raises(SettingsInvalid, match="DELIVERY_STORAGE is missing"):
        load_app_settings(host)
    loaded = load_app_settings({"DELIVERY_STORAGE": "", "VOD_BLOB_SOURCE": "EventGrid"})
    assert (loaded.uploads_container, loaded.blob_source) == ("uploads", "EventGrid")
    with pytest.raises(SettingsInvalid, match="VOD_BLOB_SOURCE"):
        load_app_settings({"VOD_BLOB_SOURCE": "x"})


@pytest.mark.parametrize("mark", ["WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME"])
def test_an_instance_in_azure_is_one_of_many(mark: str) -> None:
    """Premium and Flex name their instances in different variables."""
    assert not load_settings(MINIMUM).options.many_instances
    assert load_settings(MINIMUM | {mark: "1"}).options.many_instances
