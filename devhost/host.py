"""The host: puts the app's functions, their triggers and the engine together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import azure.functions as func
from aiohttp import web

from devhost import client_api, functions
from devhost.blob_trigger import BlobTrigger
from devhost.config import HostConfig
from devhost.engine import Engine
from devhost.functions import Registered, of_kind
from devhost.http_trigger import HttpTrigger, hide_what_is_not_served
from devhost.queue_trigger import QueueTrigger
from devhost.worker import EventLoop, Worker
from transcoding.errors import SettingsInvalid

_MAX_REQUEST_BYTES = 100 * 1024**2
_TIMEOUT_S = 60


class DevHost:
    """Runs one app, as a context manager or between `start` and `stop`.

    Args:
        app: is indexed by this, which works once for each app.
        port: 0 takes a free one.
        key: what HTTP functions ask for unless they are anonymous; "" lets everybody pass.

    Raises:
        VodError: the app has a function that devhost does not serve.
        SettingsInvalid: a connection is missing or wrong.
    """

    def __init__(
        self,
        app: func.FunctionRegister,
        config: HostConfig | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        key: str = "",
    ) -> None:
        self._config = config or HostConfig()
        self._functions = functions.index(app)
        self._address = (host, port)
        self._key = key
        self._url = ""
        self._triggers: Sequence[BlobTrigger | QueueTrigger] = (
            *(
                BlobTrigger(function, self._call, self._config)
                for function in of_kind(self._functions, functions.BLOB)
            ),
            *(
                QueueTrigger(function, self._call, self._config)
                for function in of_kind(self._functions, functions.QUEUE)
            ),
        )
        self._worker: Worker
        self._engine: Engine
        self._started = ExitStack()

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:7071`; "" before `start`."""
        return self._url

    def start(self) -> Self:
        """Start everything; return when requests are answered and storage is watched.

        Raises:
            SettingsInvalid: no storage answers, or the port is taken.
        """
        for trigger in self._triggers:
            trigger.prepare()
        with ExitStack() as started:
            self._worker = Worker()
            self._engine = Engine(self._functions, self._worker, self._config, self._clients)
            # The engine waits for activities until the worker has abandoned them.
            started.callback(self._engine.stop)
            started.callback(self._worker.stop)
            self._engine.start()
            loop = EventLoop("devhost-host")
            started.callback(loop.stop)
            runner = loop.submit(self._listen()).result(_TIMEOUT_S)
            started.callback(lambda: loop.submit(runner.cleanup()).result(_TIMEOUT_S))
            for trigger in self._triggers:
                loop.submit(trigger.run())
            self._started = started.pop_all()
        return self

    def stop(self) -> None:
        """End everything; activities that run are abandoned, orchestrations forgotten."""
        self._started.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def _listen(self) -> web.AppRunner:
        application = web.Application(
            client_max_size=_MAX_REQUEST_BYTES, middlewares=[hide_what_is_not_served]
        )
        for function in of_kind(self._functions, functions.HTTP):
            trigger = HttpTrigger(function, self._call, self._config.route_prefix, self._key)
            trigger.add_routes(application.router)
        client_api.ClientApi(self._engine.instances).add_routes(application.router)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        host, port = self._address
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            raise SettingsInvalid(
                f"cannot listen on {host}:{port}", advice=f"{error.strerror}; use another --port"
            ) from None
        self._url = f"http://{host}:{runner.addresses[0][1]}"
        return runner

    async def _call(self, function: Registered, given: Any) -> Any:
        """Run a function with what triggered it and the durable clients it asks for."""
        future = self._worker.submit(
            function, {function.parameter: given, **self._clients(function)}
        )
        return await asyncio.wrap_future(future)

    def _clients(self, function: Registered) -> dict[str, Any]:
        return {
            name: client_api.CheckedClient(client_api.binding(self._url, self._config.task_hub))
            for name in function.client_parameters
        }
