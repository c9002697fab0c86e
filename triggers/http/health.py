"""HTTP: whether the app is fit for work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

import azure.durable_functions as df
import azure.functions as func

from adapters.checkup.examination import Examination
from adapters.checkup.settings import secrets_of
from adapters.checkup.trials import PURGE, Wanted, trials_of
from adapters.services import Services, services
from transcoding.errors import SettingsInvalid
from transcoding.plan.needs import needs_of, scratch_bytes
from transcoding.reporting.checkup import Check, Checkup
from triggers.http.answers import answer, error
from triggers.on_poison import POISON_QUEUE

VERSION = "0.1.0"
"""Of the app, as in pyproject.toml, which is not deployed."""


@lru_cache(maxsize=1)
def _examination() -> Examination:
    """Return the worker's own, so that all who ask share one."""
    return examination_of(services())


def examination_of(tools: Services) -> Examination:
    """Return the examination of an app whose settings are right; nothing is tried yet."""
    needs = needs_of()
    wanted = Wanted(
        ffmpeg=needs.by_kind(),
        ffprobe={"protocols": needs.protocols},
        scratch_bytes=scratch_bytes(tools.settings.options),
        queue=POISON_QUEUE,
    )
    return Examination(trials_of(tools, wanted), secrets=secrets_of(tools.settings))


def blueprint(problems: Sequence[str] = ()) -> df.Blueprint:
    """Return the function that examines the app.

    Args:
        problems: a line for each wrong setting; with any there is nothing else to examine.
    """
    made = df.Blueprint()

    @made.function_name("health")
    @made.route(route="health", methods=["GET"])
    async def health(req: func.HttpRequest) -> func.HttpResponse:
        """GET /api/health[?purge=true]: the Checkup; 200 when it passed, 503 when not; 400.

        Tries what jobs need, writing to storage among it, and with `purge` purging Front Door;
        settings, keys and signed addresses are never told.
        """
        return await get_health(req, problems, _examination)

    return made


async def get_health(
    req: func.HttpRequest, problems: Sequence[str], examination: Callable[[], Examination]
) -> func.HttpResponse:
    """Answer 200 with a Checkup that passed, 503 with one that did not; 400."""
    purge = req.params.get(PURGE, "false")
    if purge not in ("true", "false"):
        return error(400, f"{PURGE} is true or false")
    requests = (PURGE,) if purge == "true" else ()
    checks = (_settings(problems),) if problems else await _examined(examination, requests)
    checkup = Checkup(version=VERSION, checks=checks)
    return answer(checkup.to_json(), 200 if checkup.passed else 503)


async def _examined(
    examination: Callable[[], Examination], requests: Collection[str]
) -> tuple[Check, ...]:
    try:
        # Making the worker's services can take a second, and sends nothing.
        made = await asyncio.to_thread(examination)
    except SettingsInvalid as invalid:
        return (_settings(invalid.problems),)
    return await made.examine(requests)


def _settings(problems: Sequence[str]) -> Check:
    return Check(
        name="settings",
        status="failed",
        found="\n".join(problems),
        advice="correct the app settings that are named here, and restart the app",
    )
