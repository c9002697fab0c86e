"""The durable client: its binding, and the HTTP API that the SDK's client speaks.

The same API is served under two paths, as the real extension does: one for clients in functions,
one for people and their tools.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web
from azure.durable_functions import DurableOrchestrationClient
from durabletask.client import OrchestrationState

from devhost import instance_ids, instances
from devhost.instances import AlreadyRunning, Gone, Instances, NotFound, UnknownOrchestrator

RPC_PATH = "/durabletask/"
WEBHOOK_PATH = "/runtime/webhooks/durabletask/"

_ID_PLACEHOLDER = "INSTANCEID"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CheckedClient(DurableOrchestrationClient):  # type: ignore[misc]
    """The SDK's client, which refuses ids that its URLs would cut short."""

    async def start_new(
        self,
        orchestration_function_name: str,
        instance_id: str | None = None,
        client_input: Any = None,
        version: str | None = None,
    ) -> str:
        if instance_id is not None:
            instance_ids.check(instance_id)
        started: str = await super().start_new(
            orchestration_function_name, instance_id, client_input, version
        )
        return started


def binding(base_url: str, task_hub: str) -> str:
    """Return the JSON that a durable client is made of.

    Args:
        base_url: of the host, such as `http://127.0.0.1:7071`.
    """
    webhook = f"{base_url}{WEBHOOK_PATH}"
    query = f"taskHub={task_hub}&connection=Storage&code="
    instance = f"{webhook}instances/{_ID_PLACEHOLDER}"
    create = f"{webhook}orchestrators/{{functionName}}[/{{instanceId}}]?code="
    return json.dumps(
        {
            "taskHubName": task_hub,
            "creationUrls": {
                "createNewInstancePostUri": create,
                "createAndWaitOnNewInstancePostUri": create,
            },
            "managementUrls": {
                "id": _ID_PLACEHOLDER,
                "statusQueryGetUri": f"{instance}?{query}",
                "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{query}",
                "terminatePostUri": f"{instance}/terminate?reason={{text}}&{query}",
                "suspendPostUri": f"{instance}/suspend?reason={{text}}&{query}",
                "resumePostUri": f"{instance}/resume?reason={{text}}&{query}",
                "purgeHistoryDeleteUri": f"{instance}?{query}",
            },
            "baseUrl": webhook.rstrip("/"),
            "requiredQueryStringParameters": "code=",
            "rpcBaseUrl": f"{base_url}{RPC_PATH}",
        }
    )


class ClientApi:
    """The HTTP API over the orchestrations of one host."""

    def __init__(self, of: Instances) -> None:
        self._instances = of

    def add_routes(self, router: web.UrlDispatcher) -> None:
        for path in (RPC_PATH, WEBHOOK_PATH):
            for method, tail, handler in (
                ("POST", "orchestrators/{name}", self._start),
                ("POST", "orchestrators/{name}/{id}", self._start),
                ("GET", "instances/", self._list),
                ("GET", "instances/{id}", self._status),
                ("DELETE", "instances/{id}", self._purge),
                ("POST", "instances/{id}/raiseEvent/{event}", self._raise_event),
                ("POST", "instances/{id}/{verb:terminate|suspend|resume}", self._steer),
                ("*", "{rest:.*}", self._unknown),
            ):
                router.add_route(method, path + tail, _guarded(handler))

    async def _start(self, request: web.Request) -> web.Response:
        # What follows a ? in an id arrives as a query: better to refuse than to cut the id short.
        unexpected = set(request.query) - {"version", "code", "taskHub", "connection", "timeout"}
        if unexpected:
            raise ValueError(f"unexpected query {sorted(unexpected)}: is there a ? in the id?")
        instance_id = await asyncio.to_thread(
            self._instances.start,
            request.match_info["name"],
            await _payload(request),
            request.match_info.get("id"),
            request.query.get("version"),
        )
        return web.json_response({"id": instance_id}, status=HTTPStatus.ACCEPTED)

    async def _status(self, request: web.Request) -> web.Response:
        instance_id = request.match_info["id"]
        state = await asyncio.to_thread(self._instances.state, instance_id)
        if state is None:
            raise NotFound(f"no instance {instance_id}")
        document = instances.describe(
            state, show_input=request.query.get("showInput", "").lower() != "false"
        )
        if request.query.get("showHistory", "").lower() == "true":
            document["historyEvents"] = await asyncio.to_thread(self._instances.events, instance_id)
        ended = document["runtimeStatus"] in ("Completed", "Failed", "Terminated")
        return web.json_response(document, status=HTTPStatus.OK if ended else HTTPStatus.ACCEPTED)

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        prefix = query.get("instanceIdPrefix", "")
        statuses = {s.lower() for s in query.get("runtimeStatus", "").split(",") if s}
        earliest, latest = _time(query.get("createdTimeFrom")), _time(query.get("createdTimeTo"))

        def matches(state: OrchestrationState) -> bool:
            return (
                state.instance_id.startswith(prefix)
                and (not statuses or instances.status_name(state).lower() in statuses)
                and (earliest is None or state.created_at >= earliest)
                and (latest is None or state.created_at <= latest)
            )

        states = await asyncio.to_thread(self._instances.list, matches)
        return web.json_response([instances.describe(state) for state in states])

    async def _purge(self, request: web.Request) -> web.Response:
        if not await asyncio.to_thread(self._instances.purge, request.match_info["id"]):
            raise NotFound(f"no ended instance {request.match_info['id']}")
        return web.json_response({"instancesDeleted": 1})

    async def _raise_event(self, request: web.Request) -> web.Response:
        info = request.match_info
        data = await _payload(request) or "null"
        await asyncio.to_thread(self._instances.raise_event, info["id"], info["event"], data)
        return web.json_response(None, status=HTTPStatus.ACCEPTED)

    async def _steer(self, request: web.Request) -> web.Response:
        verb = getattr(self._instances, request.match_info["verb"])
        await asyncio.to_thread(verb, request.match_info["id"], request.query.get("reason", ""))
        return web.json_response(None, status=HTTPStatus.ACCEPTED)

    async def _unknown(self, request: web.Request) -> web.Response:
        raise ValueError(
            f"devhost does not serve {request.method} {request.path}; is there a / in an id?"
        )


def _guarded(handler: Handler) -> Handler:
    """Answer as the extension does when something cannot be had."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except NotFound as error:
            return web.json_response(str(error), status=HTTPStatus.NOT_FOUND)
        except Gone as error:
            return web.json_response(str(error), status=HTTPStatus.GONE)
        except AlreadyRunning as error:
            return web.json_response(str(error), status=HTTPStatus.CONFLICT)
        except (UnknownOrchestrator, ValueError) as error:
            return web.json_response(
                {"ExceptionMessage": str(error)}, status=HTTPStatus.BAD_REQUEST
            )

    return handle


async def _payload(request: web.Request) -> str | None:
    """Return the body as JSON; the SDK's client sends its JSON as a JSON string."""
    text = await request.text()
    if not text:
        return None
    document = json.loads(text)
    if document is None or isinstance(document, str):
        return document
    return text


def _time(text: str | None) -> datetime | None:
    """Return a time of the query as the engine writes times: UTC, without saying so."""
    if not text:
        return None
    time = datetime.fromisoformat(text)
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
