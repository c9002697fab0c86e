"""What the app registers: all of it, or with wrong settings only what says so."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import azure.durable_functions as df

import activities
import orchestrators
from adapters.settings import is_hosted, load_app_settings
from adapters.storage.places import prepare
from adapters.telemetry import prepare_logs
from transcoding.errors import SettingsInvalid
from triggers import on_poison, on_upload
from triggers.http import health, replay, status, videos

_log = logging.getLogger("durable_vod.settings")


def blueprints(environment: Mapping[str, str] | None = None) -> tuple[df.Blueprint, ...]:
    """Return what function_app.py registers.

    With wrong settings the app is loaded all the same, with its health alone and an error line for
    each problem: an event that a trigger took would fail, and be lost after five attempts, while
    those that nobody takes wait. (An exception at import would leave a host that runs without
    functions and answers 404 to everything: measured.)

    A host indexes the functions before it listens to their triggers, so what these need in storage
    is made here.

    Args:
        environment: the process environment unless given.
    """
    prepare_logs()
    try:
        settings = load_app_settings(environment)
    except SettingsInvalid as invalid:
        for problem in invalid.problems:
            _log.error("%s", problem)
        return (health.blueprint(invalid.problems),)
    for warning in settings.telemetry_warnings:
        _log.warning("%s", warning)
    if is_hosted(environment):
        prepare(settings, on_poison.POISON_QUEUE)
    return (
        health.blueprint(),
        on_upload.blueprint(settings.uploads_container, settings.blob_source),
        on_poison.blueprint,
        status.blueprint,
        replay.blueprint,
        videos.blueprint,
        *orchestrators.BLUEPRINTS,
        *activities.BLUEPRINTS,
    )
