"""An upload event that the trigger gave up on becomes a dead letter."""

from __future__ import annotations

import json
import logging

import azure.durable_functions as df
import azure.functions as func

from adapters.dead_letters import write_poison_letter
from adapters.services import services
from adapters.settings import UPLOADS_CONNECTION
from adapters.storage.store import BlobStore

blueprint = df.Blueprint()

POISON_QUEUE = "webjobs-blobtrigger-poison"

_log = logging.getLogger("durable_vod.poison")


@blueprint.function_name("on_poison")
@blueprint.queue_trigger(arg_name="message", queue_name=POISON_QUEUE, connection=UPLOADS_CONNECTION)
def on_poison(message: func.QueueMessage) -> None:
    """Keep what the host knows of the event, and say how to start the job after all."""
    keep_event(message, services().store)


def keep_event(message: func.QueueMessage, store: BlobStore) -> None:
    """Write the dead letter of an event."""
    event = json.loads(message.get_body())
    path = write_poison_letter(store, event)
    _log.error("an upload event could not be handled: see failed/%s", path)
