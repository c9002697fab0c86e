"""Dead letters of upload events that never became a job."""

from __future__ import annotations

import json

import pytest

from adapters.dead_letters import how_to_replay, write_poison_letter
from adapters.events import Events
from adapters.memory.container import MemoryContainer
from adapters.memory.events import KeptEvents
from adapters.storage.letters import Letters
from tests.transcoding.builders import a_job
from transcoding.job.events import LetterWritten


def test_an_event_that_was_given_up_is_kept() -> None:
    """All that the host knows, under the upload's name; it is told of once."""
    event = {
        "Type": "BlobTrigger",
        "FunctionId": "Host.Functions.on_upload",
        "ContainerName": "uploads",
        "BlobName": "holiday/beach.mp4",
        "ETag": '"0x8DC"',
    }
    letters, kept = Letters(MemoryContainer()), KeptEvents()
    path = write_poison_letter(letters, Events([kept]), event)
    assert path == f"holiday/beach.mp4/{a_job().instance_id}.trigger.json"
    body = letters.read(path)
    assert body is not None
    letter = json.loads(body)
    assert letter["event"] == event
    assert letter["status"] == "trigger_failed"
    assert letter["replay"].startswith("vod replay 'holiday/beach.mp4'")
    assert kept.told == [LetterWritten("trigger_failed")]


def test_an_event_that_tells_nothing_is_kept_all_the_same() -> None:
    """Where any name has room."""
    letters = Letters(MemoryContainer())
    path = write_poison_letter(letters, Events([]), {"unreadable": "?"})
    assert path.startswith("unknown/")
    assert letters.read(path) is not None


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("refused", "upload a corrected file under the same name"),
        ("failed", "vod replay 'a.mp4', or POST /api/replay?name=..., or upload the file again"),
    ],
)
def test_a_letter_says_how_to_go_on(status: str, advice: str) -> None:
    """A refused file has to be another one first."""
    assert how_to_replay(status, "a.mp4") == advice
