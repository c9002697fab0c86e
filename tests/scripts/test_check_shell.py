"""All shell of the repository is found, and shellcheck has nothing to say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.check_shell import ROOT, Shell, complaints, pieces

FILES = [
    ".ci/run",
    "scripts/after_deploy.sh",
    "scripts/check_deployment.sh",
    "scripts/publish_package.sh",
    "scripts/renew_snapshots.sh",
    "scripts/subscribe_uploads.sh",
    "bicep/modules/spot-machine.sh",
    "bicep/modules/spot-machine.sh, inside",
]


def test_every_kind_of_shell_is_found() -> None:
    """Files, the script that the spot machine writes, steps of both workflows, hooks of azd."""
    places = {piece.place: piece.shell for piece in pieces(ROOT)}
    assert set(FILES) <= set(places)
    assert places[".ci/run"] == "bash"
    assert places["scripts/subscribe_uploads.sh"] == "sh"
    assert "azure-dev.yml, Deploy" in places
    assert "test.yml, Install the Bicep compiler" in places
    assert places["azure.yaml, postdeploy"] == "sh"


@pytest.mark.parametrize("piece", list(pieces(ROOT)), ids=lambda piece: piece.place)
def test_shellcheck_is_silent(piece: Shell) -> None:
    """Not even a remark about style."""
    assert complaints(piece) == ""


def test_a_fault_is_told_wherever_it_stands(tmp_path: Path) -> None:
    """An unquoted variable in a file, in a script within it, in a step and in a hook."""
    for folder in ("scripts", ".github/workflows"):
        (tmp_path / folder).mkdir(parents=True)
    script = "#!/bin/sh\nrm $1\ncat > x <<'EOF'\n#!/bin/sh\nrm $1\nEOF\n"
    (tmp_path / "scripts" / "one.sh").write_text(script, "utf-8")
    (tmp_path / ".github" / "workflows" / "two.yml").write_text(
        "jobs: {a: {steps: [{run: 'rm $ONE ${{ two }}'}]}}", "utf-8"
    )
    (tmp_path / "azure.yaml").write_text("hooks: {preup: {shell: sh, run: 'rm $ONE'}}", "utf-8")
    found = {piece.place: complaints(piece) for piece in pieces(tmp_path)}
    assert list(found) == [
        "scripts/one.sh",
        "scripts/one.sh, inside",
        "two.yml, rm $ONE expression",
        "azure.yaml, preup",
    ]
    assert all("SC2086" in said for said in found.values())
