"""HTTP: whether the app is fit for work."""

from __future__ import annotations

from collections.abc import Sequence

import azure.durable_functions as df
import azure.functions as func

from adapters.settings import Settings
from transcoding.reporting.checkup import Check, Checkup
from triggers.http.answers import answer

VERSION = "0.1.0"
"""Of the app, as in pyproject.toml, which is not deployed."""


def usable(settings: Settings) -> Checkup:
    """Return the health of an app whose settings are right."""
    del settings
    return Checkup(version=VERSION, checks=(Check(name="settings", status="ok", found="right"),))


def unusable(problems: Sequence[str]) -> Checkup:
    """Return the health of an app that has registered nothing else."""
    return Checkup(
        version=VERSION,
        checks=(
            Check(
                name="settings",
                status="failed",
                found="\n".join(problems),
                advice="correct the app settings that are named here (docs/settings.md)",
            ),
        ),
    )


def blueprint(found: Checkup) -> df.Blueprint:
    """Return the function that tells what was found."""
    made = df.Blueprint()

    @made.function_name("health")
    @made.route(route="health", methods=["GET"])
    def health(req: func.HttpRequest) -> func.HttpResponse:
        """GET /api/health: the Checkup; 200 when it passed, 503 when not."""
        return answer(found.to_json(), 200 if found.passed else 503)

    return made
