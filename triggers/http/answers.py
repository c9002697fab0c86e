"""What the HTTP functions share: their answers, and the upload that a request names."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import azure.functions as func

from adapters.services import Services
from transcoding.errors import StorageFailed
from transcoding.job.messages import Job
from triggers.starting import new_job


def answer(document: Any, code: int = 200) -> func.HttpResponse:
    """Return a JSON answer."""
    return func.HttpResponse(json.dumps(document), status_code=code, mimetype="application/json")


def error(code: int, text: str) -> func.HttpResponse:
    """Return a JSON answer that says in one line what is wrong."""
    return answer({"error": text}, code)


def named(req: func.HttpRequest) -> str | func.HttpResponse:
    """Return the blob that a request names, or 400: a name with dot segments is no blob's."""
    name = str(req.params.get("name", ""))
    if not name:
        return error(400, "give the blob's name: ?name=clip.mp4")
    if {".", ".."} & set(name.split("/")):
        return error(400, f"no blob is named {name}: an address cannot have such a segment")
    return name


async def find_upload(req: func.HttpRequest, tools: Services) -> Job | func.HttpResponse:
    """Return a job of the upload that `name` names, or the answer that says what is wrong."""
    name = named(req)
    if isinstance(name, func.HttpResponse):
        return name
    try:
        current = await asyncio.to_thread(tools.stores.uploads.properties, name)
    except StorageFailed as failure:
        return error(503, str(failure))
    if current is None:
        return error(404, f"there is no upload named {name}")
    return new_job(tools.settings.uploads_container, name, current.etag)
