"""All that is tried: a new trial is a function in a module here, and a row of this list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from adapters.checkup.clock import try_clock
from adapters.checkup.disk import try_temp
from adapters.checkup.examination import Finding, Trial, passed
from adapters.checkup.front_door import try_purge
from adapters.checkup.insights import try_insights
from adapters.checkup.programs import try_program
from adapters.checkup.queue import try_queue
from adapters.checkup.settings import tell_settings
from adapters.checkup.storage import Place, try_container, try_uploads
from adapters.services import Services
from adapters.setting_group import setting_name
from adapters.settings import DELIVERY_CONNECTION, UPLOADS_CONNECTION
from transcoding.job import paths

_SLOW_DISK = "see that the app's package is there whole, and give it time after a cold start"
_STORAGE = "see that the app reaches the account of {}: address, firewall, private network, DNS"
_NETWORK = "see that the app reaches {}: firewall, private network, DNS"

PURGE = "purge"
"""Asks for the trial that purges."""

_PLAYED = paths.stable("NAME", paths.MASTER)


class Wanted(NamedTuple):
    """What jobs need of machine and host; whoever knows of plans and triggers says it.

    Attributes:
        ffmpeg, ffprobe: names by kind, such as "encoders".
        scratch_bytes: what the largest unit may fill.
        queue: of the events that the trigger gave up on.
    """

    ffmpeg: Mapping[str, frozenset[str]]
    ffprobe: Mapping[str, frozenset[str]]
    scratch_bytes: int
    queue: str


def trials_of(tools: Services, wanted: Wanted) -> tuple[Trial, ...]:
    """Return every trial, in the order in which they are told."""
    settings, stores = tools.settings, tools.stores
    uploads = partial(_place, tools, UPLOADS_CONNECTION)
    return (
        Trial("settings", lambda: tell_settings(settings), "see docs/settings.md"),
        Trial("ffmpeg", lambda: try_program(tools.ffmpeg, "ffmpeg", wanted.ffmpeg), _SLOW_DISK),
        Trial("ffprobe", lambda: try_program(tools.ffmpeg, "ffprobe", wanted.ffprobe), _SLOW_DISK),
        Trial("temp disk", lambda: try_temp(wanted.scratch_bytes), "replace the instance"),
        _storage("uploads", uploads, lambda place: try_uploads(stores.uploads, place)),
        _storage("work", uploads, lambda place: try_container(stores.work, place)),
        _storage("failed", uploads, lambda place: try_container(stores.failed, place)),
        _storage(
            "videos",
            partial(_place, tools, DELIVERY_CONNECTION),
            lambda place: try_container(stores.videos, place),
        ),
        Trial(
            "queue",
            lambda: try_queue(settings.uploads, wanted.queue),
            _STORAGE.format(UPLOADS_CONNECTION),
        ),
        Trial(
            "clock",
            lambda: try_clock(tools.clock, stores.storage_time),
            _STORAGE.format(UPLOADS_CONNECTION),
        ),
        Trial(
            "application insights",
            lambda: try_insights(
                settings.telemetry_connection_string,
                settings.telemetry_identity,
                tools.clock.now(),
            ),
            _NETWORK.format("the endpoint in APPLICATIONINSIGHTS_CONNECTION_STRING"),
        ),
        Trial(
            "front door",
            lambda: try_purge(settings.front_door, settings.videos_container),
            _NETWORK.format("VOD_FRONT_DOOR_MANAGEMENT_URL"),
            # Azure takes so many purges and no more: those of publishes come first.
            request=PURGE if settings.front_door else "",
        ),
        Trial(
            "playback",
            lambda: passed(f"players are sent to {stores.playback_url(_PLAYED)}"),
            "set VOD_PLAYBACK_BASE_URL",
        ),
    )


def _storage(
    kind: str, place_of: Callable[[str], Place], attempt: Callable[[Place], Finding]
) -> Trial:
    place = place_of(kind)
    advice = _STORAGE.format(place.account)
    return Trial(f"storage: {kind}", lambda: attempt(place), advice)


def _place(tools: Services, account: str, kind: str) -> Place:
    settings = tools.settings
    field = f"{kind}_container"
    return Place(
        container=getattr(settings, field),
        setting=setting_name(field),
        account=account,
        connection=settings.delivery if account == DELIVERY_CONNECTION else settings.uploads,
    )
