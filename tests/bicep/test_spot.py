"""The spot lane: off by default, and the same app when it is on."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.bicep.compiler import BICEP, ROOT
from tests.bicep.resources import SETS, of_type, only, settings
from tests.test_function_app import index

SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets"
SCRIPT = BICEP / "modules" / "spot-machine.sh"
LANE = (BICEP / "modules" / "spot.bicep").read_text("utf-8")


def test_there_is_no_spot_lane_by_default() -> None:
    """No machines, no network, no registry."""
    for kind in (
        SCALE_SET,
        "Microsoft.Network/virtualNetworks",
        "Microsoft.ContainerRegistry/registries",
    ):
        assert of_type("default", kind) == []
        assert len(of_type("spot", kind)) == 1


def test_machines_are_spot_machines_that_go_when_taken() -> None:
    """At most the regular price; a machine that is taken back leaves no disk to pay for."""
    machines = only("spot", SCALE_SET)
    profile = machines["properties"]["virtualMachineProfile"]
    assert machines["sku"]["capacity"] == 10
    assert profile["priority"] == "Spot"
    assert profile["evictionPolicy"] == "Delete"
    assert profile["billingProfile"] == {"maxPrice": -1}


def test_idle_machines_go() -> None:
    """A backlog is worked off, and then nothing costs."""
    autoscale = only("spot", "Microsoft.Insights/autoscaleSettings")["properties"]
    (profile,) = autoscale["profiles"]
    assert profile["capacity"]["minimum"] == "0"
    (rule,) = profile["rules"]
    assert rule["scaleAction"]["direction"] == "Decrease"
    assert rule["metricTrigger"]["metricName"] == "Percentage CPU"


def test_the_lane_takes_work_and_no_events() -> None:
    """Triggers of the app are off there: they would handle events twice, with another host id."""
    disabled = set(re.findall(r"AzureWebJobs_(\w+)_Disabled: 'true'", LANE))
    triggered = {
        name
        for name, function in index().items()
        if any(kind in str(function) for kind in ("blobTrigger", "queueTrigger"))
    }
    assert disabled == triggered == {"on_upload", "on_poison"}


def test_functions_are_disabled_by_a_name_that_the_host_reads() -> None:
    """`AzureWebJobs_NAME_Disabled`: beside the form with dots, which is no name for a shell.

    HostListenerFactory.IsDisabled in azure-webjobs-sdk asks for both. Two underscores would be read
    as a section of the configuration, which it does not ask for.
    """
    disabling = re.findall(r"^ *(\S*Disabled\S*): ", LANE, re.MULTILINE)
    assert disabling == ["AzureWebJobs_on_upload_Disabled", "AzureWebJobs_on_poison_Disabled"]
    assert "__" not in "".join(disabling)


@pytest.mark.parametrize("parameters", SETS)
def test_settings_pass_through_a_file_of_variables(parameters: str) -> None:
    """`docker --env-file` takes a line each: a name as shells have it, and a value of one line."""
    given = {
        **settings(parameters),
        **dict.fromkeys(re.findall(r"^  (Azure\w+): ", LANE, re.M), ""),
    }
    assert len(given) > 40
    for name, value in given.items():
        assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
        assert "\n" not in value


def test_the_machine_script_is_valid_and_complete() -> None:
    """A shell reads it, and every place to fill in is filled in."""
    assert subprocess.run(["sh", "-n", str(SCRIPT)], check=False).returncode == 0
    places = set(re.findall(r"@[A-Z_]+@", SCRIPT.read_text("utf-8")))
    assert places == set(re.findall(r"'(@[A-Z_]+@)'", LANE))


def test_the_image_is_the_app() -> None:
    """Everything that function_app.py needs is copied, at the Python that Azure runs."""
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    copied = set(re.findall(r"^COPY (\w+) /home/site/wwwroot/\1$", dockerfile, re.MULTILINE))
    assert copied == {"activities", "adapters", "orchestrators", "transcoding", "triggers"}
    assert "COPY host.json function_app.py /home/site/wwwroot/" in dockerfile
    assert "--require-hashes" in dockerfile
    arguments = dict(re.findall(r"^ARG (\w+)=(.+)$", dockerfile, re.MULTILINE))
    assert arguments == {
        "PYTHON_VERSION": "3.11",
        "BASE": "mcr.microsoft.com/azure-functions/python:4-python${PYTHON_VERSION}",
    }
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    assert set(let_in) == copied | {"host.json", "function_app.py", "requirements.txt"}


def test_the_image_runs_without_root() -> None:
    """As a user of its own, on a port that such a one may take; what it runs is not its own."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert lines[-1] == "USER 10001"
    assert [line for line in lines if "ASPNETCORE_URLS" in line] == [
        "    ASPNETCORE_URLS=http://+:8080"
    ]
    (owned,) = [line for line in lines if "chown" in line]
    assert owned == " && chown -R vod:vod /azure-functions-host/Secrets /home"
    assert lines.index(owned) < lines.index("COPY host.json function_app.py /home/site/wwwroot/")
