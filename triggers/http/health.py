"""HTTP: whether the app is fit for work."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Literal

import azure.durable_functions as df
import azure.functions as func

from adapters.settings import Settings
from transcoding.values import Value
from triggers.http.answers import answer

VERSION = "0.1.0"
"""Of the app, as in pyproject.toml, which is not deployed."""


class Health(Value):
    """What was found when the app was loaded.

    Attributes:
        ffmpeg: the package that FFmpeg comes from with its version, or VOD_FFMPEG.
        problems: a line for each wrong setting.
    """

    status: Literal["ok", "wrong settings"]
    version: str = VERSION
    ffmpeg: str = ""
    problems: tuple[str, ...] = ()


def usable(settings: Settings) -> Health:
    """Return the health of an app whose settings are right."""
    package = f"imageio-ffmpeg {version('imageio-ffmpeg')}"
    return Health(status="ok", ffmpeg="VOD_FFMPEG" if settings.ffmpeg else package)


def unusable(problems: Sequence[str]) -> Health:
    """Return the health of an app that has registered nothing else."""
    return Health(status="wrong settings", problems=tuple(problems))


def blueprint(found: Health) -> df.Blueprint:
    """Return the function that tells what was found at load."""
    made = df.Blueprint()

    @made.function_name("health")
    @made.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    def health(req: func.HttpRequest) -> func.HttpResponse:
        """GET /api/health: 200, or 503 when settings are wrong, with the Health.

        Asks neither storage nor a program. Anonymous, so that any probe can use it and who deploys
        sees what is wrong before there is a key: it has names of settings and what they should be,
        never what they are, and no name of an account.
        """
        return answer(found.to_json(), 200 if found.status == "ok" else 503)

    return made
