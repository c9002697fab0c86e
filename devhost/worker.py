"""Calls the user's functions as the Python worker does: on one event loop, and on threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import inspect
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

import azure.functions as func
from azure.durable_functions.models.utils import http_utils

from devhost.functions import Registered
from devhost.log_levels import lines_of

_STOP_TIMEOUT_S = 5

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DaemonThreads(ThreadPoolExecutor):
    """A new thread for each call, none of which keeps the interpreter from ending.

    The threads of a pool are joined before exit handlers run: an activity that waits for FFmpeg
    would hold up the very handler that ends FFmpeg.
    """

    def submit(self, call: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        future: Future[_T] = Future()
        context = contextvars.copy_context()

        def run() -> None:
            future.set_running_or_notify_cancel()
            try:
                future.set_result(context.run(call, *args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name=getattr(call, "__name__", ""), daemon=True).start()
        return future


class EventLoop:
    """An event loop on a daemon thread of its own."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(DaemonThreads())
        self._thread = threading.Thread(target=self.loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def submit(self, coroutine: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def stop(self) -> None:
        """Cancel what runs on the loop, and end it."""

        async def cancel_all() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for running in tasks:
                running.cancel()
            await asyncio.wait(tasks, timeout=_STOP_TIMEOUT_S) if tasks else None

        self.submit(cancel_all()).result(_STOP_TIMEOUT_S * 2)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_STOP_TIMEOUT_S)
        if not self._thread.is_alive():
            self.loop.close()


class Worker:
    """Runs user functions, until it is stopped."""

    def __init__(self) -> None:
        self._loop = EventLoop("devhost-worker")
        self._threads = DaemonThreads()
        self._stopping: Future[None] = Future()

    def submit(self, function: Registered, arguments: Mapping[str, Any]) -> Future[Any]:
        """Start a function with these arguments; `context` is added when it asks for one."""
        given = dict(arguments)
        if "context" not in given and "context" in inspect.signature(function.call).parameters:
            given["context"] = InvocationContext(function.name)
        with lines_of(function.name):
            # Both take the context of here along.
            if inspect.iscoroutinefunction(function.call):
                return self._loop.submit(function.call(**given))
            return self._threads.submit(function.call, **given)

    def call(self, function: Registered, arguments: Mapping[str, Any]) -> Any:
        """Run a function and wait for it.

        Raises:
            asyncio.CancelledError: the worker stops before the function has ended, which goes on
                without anybody waiting. The engine drops such work in silence.
        """
        if self._stopping.done():
            raise asyncio.CancelledError
        future = self.submit(function, arguments)
        concurrent.futures.wait(
            (future, self._stopping), return_when=concurrent.futures.FIRST_COMPLETED
        )
        if not future.done():
            future.cancel()
            raise asyncio.CancelledError
        return future.result()

    def stop(self) -> None:
        """Abandon what runs, and take no more."""
        self._stopping.set_result(None)
        # The SDK's clients share a session that is bound to this loop, and have no way to close it.
        self._loop.submit(http_utils._close_session()).result(_STOP_TIMEOUT_S)
        self._loop.stop()


class InvocationContext(func.Context):
    """The `context` that a function may ask for."""

    def __init__(self, function_name: str) -> None:
        self._function_name = function_name
        self._invocation_id = str(uuid.uuid4())

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def function_name(self) -> str:
        return self._function_name

    @property
    def function_directory(self) -> str:
        return ""

    @property
    def thread_local_storage(self) -> Any:
        return threading.local()

    @property
    def trace_context(self) -> Any:
        return None

    @property
    def retry_context(self) -> Any:
        return None
