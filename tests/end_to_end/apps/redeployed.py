"""The app whose worker begins anew at its next unit once a file says so, as at a deployment."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

from activities import encode_unit
from adapters.services import services
from triggers.registration import blueprints

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
deployment = Path(os.environ["TMPDIR"], "deployment")


def begin_anew(step: Callable[[dict], dict]) -> Callable[[dict], dict]:
    @functools.wraps(step)
    def run(message: dict) -> dict:
        if deployment.exists():
            services.cache_clear()
        return step(message)

    return run


(unit,) = encode_unit.blueprint._function_builders
unit._function._func = begin_anew(unit._function._func)

for blueprint in blueprints():
    app.register_functions(blueprint)
