"""Check the app as Azure takes it with azure-functions-doctor.

    python -m scripts.check_app

The doctor reads files and asks nobody. By itself it fails for few of its rules and warns of all
else; here a warning fails too. Those that do not apply are named in pyproject.toml, with reasons.
"""

from __future__ import annotations

import sys
from pathlib import Path

from azure_functions_doctor.doctor import CheckResult, Doctor

ROOT = Path(__file__).parent.parent

OF_THE_CALENDAR = {
    "check_python_runtime_lifecycle",
    "check_functions_runtime_lifecycle",
    "check_hosting_plan_lifecycle",
}
"""Rules that begin to warn on a day: they are told, and break nobody's build."""


def warnings(root: Path) -> list[CheckResult]:
    """Return what neither passes nor is skipped, of the rules about deployed apps."""
    doctor = Doctor(str(root), profile="deploy", hosting_plan="flex-consumption")
    return [
        item
        for section in doctor.run_all_checks()
        for item in section["items"]
        if item["status"] not in {"pass", "skip"}
    ]


def main(root: Path = ROOT) -> int:
    """Print the warnings; return the exit code."""
    found = warnings(root)
    for item in found:
        sys.stderr.write(f"{item['rule_id']}: {item['value']}\n{item.get('hint', '')}\n")
    return 1 if any(item["rule_id"] not in OF_THE_CALENDAR for item in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
