"""scripts/doctor.sh, with stand-ins for `az` and `vod` that write down how they were called."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OUTPUTS = {
    "AZURE_RESOURCE_GROUP": "rg-vod",
    "AZURE_FUNCTION_APP_NAME": "func-vod",
    "AZURE_FUNCTION_APP_URL": "https://func-vod.azurewebsites.net",
    "AZURE_SUBSCRIPTION_ID": "sub-1",
    "UPLOADS_ACCOUNT_NAME": "vodup",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a checkout with the script, a `vod` and an `az` that gives the key "k3y"."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "doctor.sh", tmp_path / "scripts" / "doctor.sh")
    for name, body in {
        ".venv/bin/vod": 'echo "vod $* | $DURABLE_VOD_URL $DURABLE_VOD_KEY"; exit 1',
        "programs/az": 'echo "az $*" >&2; echo k3y',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
        path.chmod(0o755)
    return tmp_path


def run(checkout: Path, *options: str, **changes: str) -> subprocess.CompletedProcess[str]:
    path = f"{checkout / 'programs'}:/usr/bin:/bin"
    return subprocess.run(
        ["sh", checkout / "scripts" / "doctor.sh", *options],
        env={"PATH": path, **OUTPUTS, **changes},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_doctor_gets_address_and_key_of_the_deployment(checkout: Path) -> None:
    """The key is asked for in the deployment's subscription, and stands in no command line."""
    ran = run(checkout, "--no-canary")
    assert ran.stdout == "vod doctor --no-canary | https://func-vod.azurewebsites.net k3y\n"
    assert ran.stderr == (
        "az functionapp keys list --subscription sub-1 --resource-group rg-vod --name func-vod"
        " --query functionKeys.default --output tsv\n"
    )
    assert ran.returncode == 1


def test_a_key_that_is_there_is_not_asked_for(checkout: Path) -> None:
    """Whoever may not read keys is given one."""
    ran = run(checkout, DURABLE_VOD_KEY="mine")
    assert ran.stdout == "vod doctor | https://func-vod.azurewebsites.net mine\n"
    assert ran.stderr == ""


def test_without_set_up_the_script_says_what_to_run(checkout: Path) -> None:
    """2 is the code of what its user has to do first."""
    (checkout / ".venv/bin/vod").unlink()
    ran = run(checkout)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "run make setup first" in ran.stderr


def test_errors_of_az_are_shown(checkout: Path) -> None:
    """They say what is wrong better than we could."""
    (checkout / "programs/az").write_text("#!/bin/sh\necho 'az: no login' >&2; exit 1\n", "utf-8")
    ran = run(checkout)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.splitlines() == [
        "az: no login",
        "durable-vod: there is no function key of func-vod: see above",
    ]


def test_without_a_deployment_nothing_is_asked(checkout: Path) -> None:
    """The outputs have to be in the environment."""
    ran = run(checkout, UPLOADS_ACCOUNT_NAME="")
    assert ran.returncode == 2
    assert "UPLOADS_ACCOUNT_NAME" in ran.stderr
    assert "az " not in ran.stderr
