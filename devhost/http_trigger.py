"""HTTP triggers: routes, keys, and requests and responses coded as by the Python worker."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

from aiohttp import web
from azure.functions.http import HttpRequestConverter, HttpResponseConverter
from azure.functions.meta import Datum

from devhost.functions import Registered

logger = logging.getLogger("devhost.http")

_KEY_HEADER = "x-functions-key"

Call = Callable[[Registered, Any], Awaitable[Any]]


class HttpTrigger:
    """Serves one function.

    Args:
        call: runs a function with what triggered it, and waits for it.
        key: what callers have to know unless the function is anonymous; "" lets all of them pass.
    """

    def __init__(self, function: Registered, call: Call, route_prefix: str, key: str = "") -> None:
        self._function = function
        self._call = call
        self._prefix = route_prefix
        is_open = str(function.trigger.get("authLevel", "")).upper() == "ANONYMOUS"
        self._key = "" if is_open else key

    def add_routes(self, router: web.UrlDispatcher) -> None:
        template = str(self._function.trigger.get("route") or self._function.name)
        for path in paths(self._prefix, template):
            for method in self._function.trigger.get("methods") or ["*"]:
                router.add_route(method, path, self._handle)

    async def _handle(self, request: web.Request) -> web.Response:
        if not self._is_let_in(request):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        given = HttpRequestConverter.decode(
            Datum(
                {
                    "method": Datum(request.method, "string"),
                    "url": Datum(str(request.url), "string"),
                    "headers": _strings(request.headers),
                    "query": _strings(request.query),
                    "params": _strings(request.match_info),
                    "body": Datum(await request.read(), "bytes"),
                },
                "http",
            ),
            trigger_metadata=None,
        )
        try:
            result = await self._call(self._function, given)
        except Exception:
            logger.exception("function %s failed", self._function.name)
            return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return _response(result)

    def _is_let_in(self, request: web.Request) -> bool:
        """Whether the key is there, in the header or else in the query."""
        shown = request.headers.get(_KEY_HEADER) or request.query.get("code", "")
        return not self._key or hmac.compare_digest(shown.encode(), self._key.encode())


@web.middleware
async def hide_what_is_not_served(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer 404 without a word where there is no such route, or not with this method."""
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return web.Response(status=HTTPStatus.NOT_FOUND)


def paths(prefix: str, template: str) -> Sequence[str]:
    """Return the paths of a route template, with and without its optional parameter."""
    # {name:int} is a constraint, {*rest} takes slashes too.
    path = re.sub(r"\{(\w+):[^{}]*\}", r"{\1}", template.strip("/"))
    path = re.sub(r"\{\*(\w+)\}", r"{\1:.*}", path)
    whole = "/" + "/".join(part for part in (prefix.strip("/"), path) if part)
    optional = re.search(r"/\{(\w+)\?\}$", whole)
    if optional:
        return (whole[: optional.start()], f"{whole[: optional.start()]}/{{{optional[1]}}}")
    return (whole,)


def _strings(mapping: Any) -> dict[str, Datum]:
    return {str(name): Datum(str(value), "string") for name, value in mapping.items()}


def _response(result: Any) -> web.Response:
    if result is None:
        return web.Response(status=HTTPStatus.NO_CONTENT)
    coded = HttpResponseConverter.encode(result, expected_type=None)
    if coded.type == "string":
        return web.Response(text=coded.value)
    document = coded.value
    response = web.Response(status=int(document["status_code"].value), body=document["body"].value)
    for name, value in document["headers"].items():
        response.headers[name] = value.value
    for cookie in document["cookies"] or ():
        response.headers.add("Set-Cookie", cookie.output(header="").strip())
    return response
