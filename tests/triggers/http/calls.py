"""Requests to the HTTP functions, as the host passes them on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import azure.functions as func

from adapters.services import Services
from tests.triggers.extension import Extension

Answering = Callable[[func.HttpRequest, Any, Services], Coroutine[Any, Any, func.HttpResponse]]


def call(
    function: Answering, extension: Extension, tools: Services, **params: str
) -> tuple[int, dict[str, Any]]:
    """Return status code and document of the answer to a request with these parameters."""
    request = func.HttpRequest(method="GET", url="/api", params=params, body=b"")
    answer = asyncio.run(function(request, extension, tools))
    return answer.status_code, json.loads(answer.get_body())
