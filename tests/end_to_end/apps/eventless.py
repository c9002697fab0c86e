"""The app without its upload trigger: as where a change raises no event, and none is polled for."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

import activities
import orchestrators
from triggers.http import replay, status

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

for blueprint in (
    status.blueprint,
    replay.blueprint,
    *orchestrators.BLUEPRINTS,
    *activities.BLUEPRINTS,
):
    app.register_functions(blueprint)
