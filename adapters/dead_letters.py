"""Dead letters: what failed, why, and how to start it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from adapters.events import Events
from adapters.storage.letters import Letters
from transcoding.job import paths
from transcoding.job.events import LetterWritten
from transcoding.job.messages import instance_id


def how_to_replay(status: str, name: str) -> str:
    """Say what starts a job again that ended so."""
    if status == "refused":
        return "upload a corrected file under the same name"
    return f"vod replay '{name}', or POST /api/replay?name=..., or upload the file again"


def write_poison_letter(letters: Letters, events: Events, event: Mapping[str, Any]) -> str:
    """Write the dead letter of an upload event that never became a job; return its path."""
    container = str(event.get("ContainerName", ""))
    name, etag = str(event.get("BlobName", "")), str(event.get("ETag", "")).strip('"')
    path = paths.poison_letter(name, instance_id(container, name, etag))
    letter = {
        "status": "trigger_failed",
        "reason": "the blob trigger failed five times; its log says why",
        "replay": how_to_replay("failed", name),
        "event": dict(event),
    }
    letters.write(path, json.dumps(letter, indent=2).encode())
    events.tell(LetterWritten("trigger_failed"))
    return path
