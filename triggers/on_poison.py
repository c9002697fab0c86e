"""An upload event that the trigger gave up on becomes a dead letter."""

from __future__ import annotations

import json
import logging

import azure.durable_functions as df
import azure.functions as func

from adapters.dead_letters import write_poison_letter
from adapters.services import Services, services
from adapters.settings import UPLOADS_CONNECTION

blueprint = df.Blueprint()

POISON_QUEUE = "webjobs-blobtrigger-poison"

_MAX_KEPT_BYTES = 4096

_log = logging.getLogger("durable_vod.poison")


@blueprint.function_name("on_poison")
@blueprint.queue_trigger(arg_name="message", queue_name=POISON_QUEUE, connection=UPLOADS_CONNECTION)
def on_poison(message: func.QueueMessage) -> None:
    """Keep what the host knows of the event, and say how to start the job after all."""
    keep_event(message, services())


def keep_event(message: func.QueueMessage, tools: Services) -> None:
    """Write the dead letter of an event; one that cannot be read is kept as it is.

    Nothing comes after this queue: the host would offer such a message again for ever.
    """
    body = message.get_body()
    try:
        event = json.loads(body)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        event = {"unreadable": body[:_MAX_KEPT_BYTES].decode(errors="replace")}
    path = write_poison_letter(tools.stores.letters, tools.events, event)
    _log.error("an upload event could not be handled: see failed/%s", path)
    tools.events.settle()
