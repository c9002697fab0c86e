"""Events that the upload trigger gave up on, on a real Azurite."""

from __future__ import annotations

import json
from dataclasses import replace

import azure.functions as func
import pytest

from adapters.events import Events
from adapters.memory.events import KeptEvents
from adapters.services import Services
from transcoding.job.events import LetterWritten
from transcoding.job.messages import instance_id
from triggers.on_poison import keep_event


def test_a_given_up_event_becomes_a_dead_letter(tools: Services) -> None:
    """Under the upload's name, with the way to start the job after all; twice is one letter."""
    event = {"ContainerName": "uploads", "BlobName": "a b/#1.mp4", "ETag": '"0x8DC"'}
    for _ in range(2):
        keep_event(func.QueueMessage(id="1", body=json.dumps(event).encode()), tools)
    path = f"a b/#1.mp4/{instance_id('uploads', 'a b/#1.mp4', '0x8DC')}.trigger.json"
    body = tools.stores.letters.read(path)
    assert body is not None
    letter = json.loads(body)
    assert letter["status"] == "trigger_failed"
    assert letter["replay"].startswith("vod replay 'a b/#1.mp4'")
    assert letter["event"] == event


@pytest.mark.parametrize("body", [b"\xff no text", b"no JSON", b"[1]", b'"a text"'])
def test_an_event_that_cannot_be_read_is_kept_as_it_is(tools: Services, body: bytes) -> None:
    """Nothing comes after this queue, so nothing raises."""
    keep_event(func.QueueMessage(id="1", body=body), tools)
    path = f"unknown/{instance_id('', '', '')}.trigger.json"
    kept = tools.stores.letters.read(path)
    assert kept is not None
    assert json.loads(kept)["event"] == {"unreadable": body.decode(errors="replace")}


def test_its_dead_letter_is_counted_at_once(tools: Services) -> None:
    """Nothing else may ever run on this instance."""
    kept = KeptEvents()
    keep_event(func.QueueMessage(id="1", body=b"[1]"), replace(tools, events=Events([kept])))
    assert (kept.told, kept.settled) == ([LetterWritten("trigger_failed")], [1])
