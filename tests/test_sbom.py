"""The list of what is deployed, as `make sbom` writes it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_list_has_every_package_that_is_deployed(tmp_path: Path) -> None:
    """CycloneDX: each line of requirements.txt with its version and its hashes, and no other."""
    written = tmp_path / "sbom.json"
    # What make would run, with the Python that runs this; its set-up is not to run again.
    recipe = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "--assume-old=.setup/packages", "sbom",
         f"SBOM={written}", f"BIN={Path(sys.executable).parent}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout  # fmt: skip
    assert "cyclonedx_py" in recipe
    subprocess.run(["sh", "-ec", recipe], cwd=ROOT, check=True)

    listed = json.loads(written.read_text("utf-8"))
    assert listed["bomFormat"] == "CycloneDX"
    assert listed["metadata"]["component"]["name"] == "durable-vod"
    locked = re.findall(
        r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE
    )
    parts = listed["components"]
    assert len(locked) > 50
    assert sorted((part["name"], part["version"]) for part in parts) == sorted(locked)
    assert all(part["externalReferences"][0]["hashes"] for part in parts)
