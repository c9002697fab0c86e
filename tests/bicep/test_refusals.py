"""Parameters that cannot work end a deployment before it begins, with what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.bicep.compiler import BICEP, SUBSCRIPTION, Compiler

pytestmark = pytest.mark.xdist_group("bicep")


def evaluate(compiler: Compiler, folder: Path, parameters: str) -> str:
    """Return what the compiler says when it evaluates main.bicep with these parameters."""
    copy = shutil.copytree(BICEP, folder / "bicep")
    shutil.copy(BICEP.parent / "host.json", folder)
    text = "using '../main.bicep'\nparam location = 'westeurope'\n" + parameters
    (copy / "snapshots" / "tried.bicepparam").write_text(text, "utf-8")
    ran = compiler.run(
        "snapshot", "snapshots/tried.bicepparam", "--mode", "overwrite",
        "--subscription-id", SUBSCRIPTION, folder=copy,
    )  # fmt: skip
    return "".join(ran.complaints)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (
            "param existingUploadsResourceGroup = 'rg-archive'",
            "existingUploadsResourceGroup is the group of existingUploadsAccount: set that, too",
        ),
        (
            "param existingDeliveryResourceGroup = 'rg-site'",
            "existingDeliveryResourceGroup is the group of existingDeliveryAccount: set that, too",
        ),
        (
            "param existingUploadsTopic = 'archive-events'",
            "existingUploadsTopic is the topic of existingUploadsAccount: set that, too",
        ),
        ("param uploadsContainer = 'work'", "lostEventsContainer must differ"),
        (
            "param lostEventsContainer = 'failed'",
            "lostEventsContainer must differ",
        ),
        ("param spotInstanceCount = 3", "spotInstanceCount needs spotSshPublicKey, such as the"),
        (
            "param monthlyBudget = 9\nparam budgetStart = '2026-11-15'",
            "monthlyBudget needs budgetStart, the first day of a month, such as",
        ),
        (
            "param monthlyBudget = 9\nparam budgetStart = '1.11.2026-01'",
            "monthlyBudget needs budgetStart, the first day of a month, such as",
        ),
        ("param monthlyBudget = 9", "monthlyBudget needs budgetStart, the first day of a month"),
    ],
)
def test_what_would_fail_late_is_refused(
    compiler: Compiler, tmp_path: Path, parameters: str, said: str
) -> None:
    """A parameter that another one needs, and names that must differ."""
    assert said in evaluate(compiler, tmp_path, parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        "param existingUploadsAccount = 'archive'\nparam existingUploadsTopic = 'archive-events'",
        "param existingDeliveryAccount = 'site'",
        "param videosContainer = 'work'",
        "param budgetStart = '2026-11-15'",
        "param spotInstanceCount = 0\nparam spotSshPublicKey = ''",
    ],
)
def test_what_can_work_is_let_through(compiler: Compiler, tmp_path: Path, parameters: str) -> None:
    """An account in the group of the deployment, one name in two accounts, what is not used."""
    assert evaluate(compiler, tmp_path, parameters) == ""


def told(compiler: Compiler, **environment: str) -> dict[str, Any]:
    """Return the parameters that main.bicepparam makes of these variables."""
    ran = compiler.run("build-params", "main.bicepparam", "--stdout", folder=BICEP, **environment)
    assert ran.complaints == []
    given = json.loads(json.loads(ran.output)["parametersJson"])["parameters"]
    return {name: one["value"] for name, one in given.items()}


def test_blanks_and_empty_parts_of_lists_are_left_out(compiler: Compiler) -> None:
    """A firewall takes no blank, and no mail goes to nobody."""
    given = told(compiler, ALLOWED_IP_RANGES=" 1.2.3.4, 5.6.7.0/24", ALERT_EMAILS="a@x.com,")
    assert given["allowedIpRanges"] == ["1.2.3.4", "5.6.7.0/24"]
    assert given["alertEmails"] == ["a@x.com"]


def test_a_memory_that_there_is_not_is_refused(compiler: Compiler) -> None:
    """Not rounded to another one."""
    assert told(compiler, INSTANCE_MEMORY_MB="2048")["instanceMemoryMB"] == 2048
    ran = compiler.run("build-params", "main.bicepparam", "--stdout", INSTANCE_MEMORY_MB="4048")
    assert ran.exit_code == 1
    assert "INSTANCE_MEMORY_MB is 2048 or 4096" in "".join(ran.complaints)


def test_numbers_and_flags_that_are_empty_are_not_set(compiler: Compiler) -> None:
    """As azd leaves them after `azd env set NAME ""`."""
    numbers = (
        "INSTANCE_MEMORY_MB", "MAXIMUM_INSTANCE_COUNT", "ALWAYS_READY_DURABLE",
        "MANIFEST_EDGE_TTL_S", "PRIVATE_NETWORKING", "MONTHLY_BUDGET", "SPOT_INSTANCE_COUNT",
    )  # fmt: skip
    assert told(compiler, **dict.fromkeys(numbers, "")) == told(compiler)
