"""Everything a step needs of the world, made once per worker process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from adapters.clock import Clock, SystemClock
from adapters.events import Events
from adapters.ffmpeg.port import MediaTools
from adapters.ffmpeg.runner import Ffmpeg
from adapters.ffmpeg.scratch import remove_orphans
from adapters.metrics import MetricSink
from adapters.settings import Settings, load_settings
from adapters.storage.stores import Stores, make_stores


@dataclass(frozen=True)
class Services:
    """The adapters, ready for use; threads share them. Each is a port: see the Protocols."""

    settings: Settings
    stores: Stores
    ffmpeg: MediaTools
    clock: Clock
    events: Events


def make_services(settings: Settings) -> Services:
    return Services(
        settings=settings,
        stores=make_stores(settings),
        ffmpeg=Ffmpeg(settings.ffmpeg or None, settings.ffprobe or None),
        clock=SystemClock(),
        events=Events([MetricSink()]),
    )


@lru_cache(maxsize=1)
def services() -> Services:
    """Return the worker's services.

    Raises:
        SettingsInvalid: a setting is missing or wrong.
    """
    settings = load_settings()
    remove_orphans()
    return make_services(settings)
