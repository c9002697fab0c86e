"""Jobs as an HTTP client sees them, and uploads with chosen bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from adapters.storage.store import BlobStore
from transcoding.reporting.status import JobStatus

_ENDS_WITHIN_S = 600
_ENDED = ("published", "refused", "superseded", "failed")


def upload(store: BlobStore, name: str, source: Path | bytes) -> str:
    """Upload a file; return the blob's ETag."""
    body = source if isinstance(source, bytes) else source.read_bytes()
    store.uploads.make()
    store.uploads.put(name, body, content_type="video/mp4")
    found = store.uploads.properties(name)
    assert found is not None
    return found.etag


def status(app_url: str, name: str) -> JobStatus | None:
    """Return the status of the job of the current upload; None while it is unknown."""
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
    """Wait until the job of the current upload has ended."""
    found: JobStatus = wait_until(
        lambda: status(app_url, name), lambda seen: seen is not None and seen.state in _ENDED
    )
    return found


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
