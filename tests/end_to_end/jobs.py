"""Jobs as an HTTP client sees them, and uploads with chosen bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.containers import Containers
from transcoding.job.messages import Job
from transcoding.reporting.status import JobStatus

_ENDS_WITHIN_S = 600
_ENDED = ("published", "refused", "superseded", "cancelled", "failed")


def upload(containers: Containers, name: str, source: Path | bytes) -> str:
    """Upload a file; return the blob's ETag."""
    body = source if isinstance(source, bytes) else source.read_bytes()
    return containers.uploads.put(name, body, content_type="video/mp4")


def status(app_url: str, name: str) -> JobStatus | None:
    """Return the status of what a name stands for; None while nothing is known of it."""
    answer = requests.get(f"{app_url}/api/status", params={"name": name}, timeout=30)
    if answer.status_code == 404:
        return None
    answer.raise_for_status()
    return JobStatus.model_validate_json(answer.text)


def wait_until(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """Look until what is seen is good."""
    deadline = time.monotonic() + _ENDS_WITHIN_S
    while time.monotonic() < deadline:
        seen = look()
        if good(seen):
            return seen
        time.sleep(0.3)
    raise TimeoutError(f"last seen: {seen}")


def wait_for_end(app_url: str, name: str) -> JobStatus:
    """Wait until the job of the current upload has ended.

    Before it is known, the status of the name is that of what was published earlier.
    """
    found: JobStatus = wait_until(
        lambda: status(app_url, name),
        lambda seen: seen is not None and seen.instance_id and seen.state in _ENDED,
    )
    return found


def wait_for_phase(app_url: str, name: str, phase: str, percent: float = 0.0) -> JobStatus:
    """Wait until the job of the current upload has come so far, and has not ended yet."""
    found: JobStatus = wait_until(
        lambda: status(app_url, name),
        lambda seen: (
            seen is not None
            and (seen.state in _ENDED or (seen.phase == phase and seen.percent >= percent))
        ),
    )
    assert found.state == "running", found
    return found


def instance(app_url: str, instance_id: str) -> dict[str, Any]:
    """Return what the durable extension's HTTP API says of an instance, {} of an unknown one."""
    answer = requests.get(
        f"{app_url}/runtime/webhooks/durabletask/instances/{instance_id}",
        params={"showInput": "true"},
        timeout=30,
    )
    if answer.status_code == 404:
        return {}
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def job_of(app_url: str, instance_id: str) -> Job:
    """Return the job that an instance runs: its run id is in no status."""
    return Job.model_validate_json(instance(app_url, instance_id)["input"])


def wait_for_outcome(app_url: str, instance_id: str) -> dict[str, Any]:
    """Wait until an instance has completed, and return its output."""
    found: dict[str, Any] = wait_until(
        lambda: instance(app_url, instance_id),
        lambda seen: seen.get("runtimeStatus") in ("Completed", "Failed", "Terminated"),
    )
    assert found["runtimeStatus"] == "Completed", found
    outcome: dict[str, Any] = found["output"]
    return outcome


def replay(app_url: str, name: str) -> str:
    """Run the job of the current upload again; return its instance id."""
    answer = requests.post(f"{app_url}/api/replay", params={"name": name}, timeout=30)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["instance_id"])


def instances(app_url: str) -> list[dict[str, Any]]:
    """Return all orchestration instances, as the durable extension's HTTP API lists them."""
    answer = requests.get(
        f"{app_url}/runtime/webhooks/durabletask/instances/",
        params={"showInput": "true"},
        timeout=30,
    )
    answer.raise_for_status()
    listed: list[dict[str, Any]] = answer.json()
    return listed
