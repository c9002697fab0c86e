"""The settings that Azure gives the app, and those that the app reads, are the same."""

from __future__ import annotations

import json
import re

import pytest

from adapters.settings import SETTING_NAMES, load_settings
from tests.bicep.compiler import BICEP, ROOT, Compiler
from tests.bicep.resources import SETS, only, settings
from tests.ingestion import WORKER_SETTINGS

pytestmark = pytest.mark.xdist_group("bicep")

NOT_IN_AZURE = {
    # Other addresses are for national clouds and for tests.
    "VOD_FRONT_DOOR_MANAGEMENT_URL",
    # Would purge the domain alone; unset, all domains of the endpoint are purged.
    "VOD_FRONT_DOOR_DOMAIN",
}

OF_OTHERS = {
    # the Functions host
    *(f"AzureWebJobsStorage__{service}ServiceUri" for service in ("blob", "queue", "table")),
    *(
        f"{connection}__{part}"
        for connection in ("AzureWebJobsStorage", "UPLOADS_STORAGE", "DELIVERY_STORAGE")
        for part in ("credential", "clientId")
    ),
    "UPLOADS_STORAGE__queueServiceUri",
    # the Python worker
    "OTEL_TRACES_SAMPLER_ARG",
    "PYTHON_THREADPOOL_THREAD_COUNT",
    # azure-identity
    "AZURE_CLIENT_ID",
}
READ_BY_THE_APP = {
    "UPLOADS_STORAGE__blobServiceUri",
    "DELIVERY_STORAGE__blobServiceUri",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
    "OTEL_TRACES_SAMPLER",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
}
ONLY = {
    "durable-task-scheduler": {
        "AzureFunctionsJobHost__extensions__durableTask__storageProvider__type",
        "AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName",
        "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
    },
    "premium": {
        "FUNCTIONS_EXTENSION_VERSION",
        "FUNCTIONS_WORKER_RUNTIME",
        "WEBSITE_RUN_FROM_PACKAGE",
        "WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID",
        "WEBSITE_SKIP_CONTENTSHARE_VALIDATION",
    },
}


@pytest.mark.parametrize("parameters", SETS)
def test_azure_and_the_app_know_the_same_settings(parameters: str) -> None:
    """Each VOD_ setting of the app is there, and no setting is there that nobody reads."""
    assert set(settings(parameters)) == (
        set(SETTING_NAMES) - NOT_IN_AZURE
        | OF_OTHERS
        | READ_BY_THE_APP
        | ONLY.get(parameters, set())
    )
    assert set(SETTING_NAMES) >= NOT_IN_AZURE


def test_the_app_reads_what_it_is_said_to_read() -> None:
    """Names that do not begin with VOD_ are explained as settings of the app, too."""
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    made = re.findall(r"<!-- settings: .*?<!-- end -->", page, re.DOTALL)
    assert set(re.findall(r"^\| `(\w+)`", "".join(made), re.MULTILINE)) >= READ_BY_THE_APP


@pytest.mark.parametrize("parameters", SETS)
def test_the_app_accepts_its_settings(parameters: str) -> None:
    """With what is known only at deployment filled in, load_settings takes them as they are."""
    known = {
        name: re.sub(r"\[.*\]", "https://known.example.com", value)
        for name, value in settings(parameters).items()
    }
    known["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "Authorization=AAD;ClientId=1"
    loaded = load_settings(known)
    assert loaded.uploads.connection_string == ""
    assert loaded.uploads.client_id != ""
    assert loaded.delivery.client_id != ""
    assert loaded.front_door is not None
    assert loaded.front_door.profile == loaded.front_door.endpoint
    assert loaded.options.grouping == "per_rendition"
    assert loaded.unit_timeout_s == 1500


@pytest.mark.parametrize(("parameters", "units"), [("default", 200), ("premium", 40)])
def test_a_job_can_keep_every_instance_busy(parameters: str, units: int) -> None:
    """Two units for each of 100 instances of Flex, or of 20 of Premium, are in flight."""
    assert settings(parameters)["VOD_UNITS_IN_FLIGHT"] == str(units)


def test_uploads_come_as_events() -> None:
    """Flex knows no other source."""
    assert settings("default")["VOD_BLOB_SOURCE"] == "EventGrid"


def test_threads_leave_room_beside_ffmpeg() -> None:
    """At least four more than activities at once, or orchestrations wait for FFmpeg."""
    host = json.loads((ROOT / "host.json").read_text("utf-8"))
    activities = host["extensions"]["durableTask"]["maxConcurrentActivityFunctions"]
    assert activities == 1
    assert int(settings("default")["PYTHON_THREADPOOL_THREAD_COUNT"]) >= activities + 4


@pytest.mark.parametrize("parameters", sorted(SETS))
def test_telemetry_is_set_up_by_the_worker(parameters: str) -> None:
    """The settings under which the tests count what a job sends; never the flag that breaks it."""
    given = settings(parameters)
    assert given.items() >= WORKER_SETTINGS.items()
    assert "PYTHON_ENABLE_OPENTELEMETRY" not in given
    assert "Authorization=AAD;ClientId=" in given["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]


@pytest.mark.parametrize("parameters", sorted(set(SETS) - {"premium"}))
def test_flex_gets_no_setting_that_it_refuses(parameters: str) -> None:
    """What the plan knows from functionAppConfig must not be a setting as well."""
    refused = re.compile(r"FUNCTIONS_(WORKER|EXTENSION)|WEBSITE_|SCM_|ENABLE_ORYX")
    assert [name for name in settings(parameters) if refused.match(name)] == []


def test_the_scheduler_replaces_the_storage_provider_of_host_json() -> None:
    """Two keys are overridden by settings; the task hub has the name that host.json has."""
    given = settings("durable-task-scheduler")
    prefix = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"
    assert given[f"{prefix}type"] == "azureManaged"
    connection = given[given[f"{prefix}connectionStringName"]]
    assert "Authentication=ManagedIdentity" in connection
    hub = only("durable-task-scheduler", "Microsoft.DurableTask/schedulers/taskHubs")
    assert hub["name"].rpartition("/")[2] == "durablevod"


def test_the_plan_is_flex_with_two_cores() -> None:
    """Python 3.11, 4096 MB, package read with the app's identity, nothing kept ready."""
    app = only("default", "Microsoft.Web/sites")["properties"]["functionAppConfig"]
    assert app["runtime"] == {"name": "python", "version": "3.11"}
    assert app["scaleAndConcurrency"] == {
        "instanceMemoryMB": 4096,
        "maximumInstanceCount": 100,
        "alwaysReady": [],
    }
    assert app["deployment"]["storage"]["authentication"]["type"] == "UserAssignedIdentity"
    assert only("default", "Microsoft.Web/serverfarms")["sku"]["name"] == "FC1"


def test_another_python_can_be_chosen(compiler: Compiler) -> None:
    """For both plans, and told to whoever makes packages for the app."""
    app = only("existing-accounts", "Microsoft.Web/sites")["properties"]["functionAppConfig"]
    assert app["runtime"] == {"name": "python", "version": "3.13"}
    built = json.loads(compiler.build("modules/function-app.bicep").output)
    site = built["resources"]["app"]["properties"]["siteConfig"]
    assert "format('Python|{0}', parameters('pythonVersion'))" in site["linuxFxVersion"]
    main = json.loads(compiler.build("main.bicep").output)
    assert main["outputs"]["FUNCTIONS_PYTHON_VERSION"]["value"] == "[parameters('pythonVersion')]"
    publish = (ROOT / "scripts" / "publish_package.sh").read_text("utf-8")
    assert "${FUNCTIONS_PYTHON_VERSION:-3.11}" in publish


def test_instances_can_be_kept_ready_for_jobs() -> None:
    """Always-ready instances are of the group that runs orchestrations and activities."""
    app = only("durable-task-scheduler", "Microsoft.Web/sites")["properties"]["functionAppConfig"]
    ready = [{"name": "durable", "instanceCount": 1}]
    assert app["scaleAndConcurrency"]["alwaysReady"] == ready


def test_premium_reads_its_package_without_a_key() -> None:
    """No file share: the package is a blob, and the identity is the app's."""
    assert only("premium", "Microsoft.Web/serverfarms")["sku"] == {
        "name": "EP2",
        "tier": "ElasticPremium",
    }
    app = only("premium", "Microsoft.Web/sites")["properties"]
    assert app["functionAppConfig"] is None
    assert app["siteConfig"]["linuxFxVersion"] == "Python|3.11"
    assert "app.zip" in settings("premium")["WEBSITE_RUN_FROM_PACKAGE"]


def test_settings_are_listed_once() -> None:
    """Only function-app.bicep names settings of the app; the spot lane is given the same list."""
    naming = [
        path.name for path in BICEP.rglob("*.bicep") if "VOD_PRESET:" in path.read_text("utf-8")
    ]
    assert naming == ["function-app.bicep"]
