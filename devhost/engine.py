"""The durabletask engine: its in-memory backend on the loopback address, and a worker for it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from azure.functions.durable_functions import ActivityTriggerConverter
from azure.functions.meta import Datum
from durabletask import task
from durabletask.client import TaskHubGrpcClient
from durabletask.grpc_options import GrpcChannelOptions
from durabletask.internal import orchestrator_service_pb2_grpc as stubs
from durabletask.serialization import DataConverter
from durabletask.testing import InMemoryOrchestrationBackend
from durabletask.worker import ConcurrencyOptions, TaskHubGrpcWorker

from devhost import failures
from devhost.config import HostConfig
from devhost.functions import ACTIVITY, ORCHESTRATION, Registered, of_kind
from devhost.instances import Instances
from devhost.orchestration import Orchestration, Surroundings
from devhost.worker import Worker

_UNLIMITED = -1
_MAX_HISTORY_EVENTS = 1_000_000
_MAX_LOGGED_CHARACTERS = 500
_STOP_GRACE_S = 0.5

logger = logging.getLogger("devhost.engine")


class AsItIs(DataConverter):
    """Payloads are JSON already: the SDK, or the client's API, has encoded them."""

    def serialize(self, value: Any) -> str | None:
        return None if value is None else str(value)

    def deserialize(self, data: str | None, target_type: type | None = None) -> Any:
        return data

    def coerce(self, value: Any, target_type: type | None = None) -> Any:
        return value


class LoopbackBackend(InMemoryOrchestrationBackend):
    """The engine's backend, mended where it is only fit for short tests."""

    def start(self) -> str:
        """Listen on the loopback address and a free port; the original takes all interfaces."""
        self._shutdown_event.clear()
        server = grpc.server(
            ThreadPoolExecutor(max_workers=16, thread_name_prefix="devhost-backend"),
            options=[
                # A history of thousands of events goes over in one message.
                ("grpc.max_receive_message_length", _UNLIMITED),
                ("grpc.max_send_message_length", _UNLIMITED),
            ],
        )
        stubs.add_TaskHubSidecarServiceServicer_to_server(self, server)  # type: ignore[no-untyped-call]
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self._server = server
        return f"127.0.0.1:{port}"

    def _wait_for_state(
        self, instance_id: str, predicate: Callable[[Any], bool], timeout: float | None
    ) -> Any:
        # The original takes "no time-out" for 30 s, after which the parent of a sub-orchestration
        # that takes longer would wait for ever.
        return super()._wait_for_state(instance_id, predicate, timeout or threading.TIMEOUT_MAX)


class ActivityFailed(Exception):
    """How a failed activity reaches the engine: its text is the reason."""


class Engine:
    """Runs the app's orchestrators and activities, once it is started.

    Args:
        clients: gives the durable clients that a function asks for, by parameter.

    Attributes:
        instances: the orchestrations, for whoever starts, watches and ends them.
    """

    def __init__(
        self,
        functions: Sequence[Registered],
        worker: Worker,
        config: HostConfig,
        clients: Callable[[Registered], Mapping[str, Any]],
    ) -> None:
        self._worker = worker
        self._clients = clients
        self._backend = LoopbackBackend(max_history_size=_MAX_HISTORY_EVENTS)
        address = self._backend.start()
        options = GrpcChannelOptions(
            max_receive_message_length=_UNLIMITED, max_send_message_length=_UNLIMITED
        )
        orchestrators = of_kind(functions, ORCHESTRATION)
        activities = of_kind(functions, ACTIVITY)
        self._client = TaskHubGrpcClient(
            host_address=address,
            channel_options=options,
            data_converter=AsItIs(),
            emit_trace_spans=False,
            logger=logger,
        )
        self.instances = Instances(
            self._client, frozenset(function.durable_name for function in orchestrators)
        )
        self._surroundings = Surroundings(
            activities=frozenset(function.durable_name for function in activities),
            orchestrators=self.instances.orchestrators,
            ids=self.instances.ids,
            is_running=self.instances.is_running,
        )
        self._engine_worker = TaskHubGrpcWorker(
            host_address=address,
            channel_options=options,
            data_converter=AsItIs(),
            emit_trace_spans=False,
            logger=logger,
            concurrency_options=ConcurrencyOptions(
                maximum_concurrent_activity_work_items=config.activities,
                maximum_concurrent_orchestration_work_items=config.orchestrators,
                # So that long activities never keep an orchestration waiting for a thread.
                maximum_thread_pool_workers=config.activities + config.orchestrators + 2,
            ),
        )
        for function in orchestrators:
            self._engine_worker.add_orchestrator(self._orchestrator(function))
        for function in activities:
            self._engine_worker.add_activity(self._activity(function))

    def start(self) -> None:
        self._engine_worker.start()  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """End it; the user's functions must have been abandoned before."""
        # It warns of the very stream that it cancels.
        logger.disabled = True
        self._engine_worker.stop()  # type: ignore[no-untyped-call]
        logger.disabled = False
        self._client.close()
        self._backend.stop(grace=_STOP_GRACE_S)

    def _orchestrator(
        self, function: Registered
    ) -> Callable[[task.OrchestrationContext, Any], Any]:
        def run(
            context: task.OrchestrationContext, raw_input: Any
        ) -> Generator[task.Task[Any], Any, str | None]:
            return Orchestration(function, context, raw_input, self._surroundings).run()

        run.__name__ = function.durable_name
        return run

    def _activity(self, function: Registered) -> Callable[[task.ActivityContext, Any], Any]:
        name = function.durable_name

        def run(_: task.ActivityContext, raw_input: Any) -> Any:
            try:
                given = ActivityTriggerConverter.decode(
                    Datum(raw_input, "json"), trigger_metadata=None
                )
                result = self._worker.call(
                    function, {function.parameter: given, **self._clients(function)}
                )
                return ActivityTriggerConverter.encode(result, expected_type=None).value
            except asyncio.CancelledError:
                raise
            except Exception as error:
                reason = failures.activity_failed(name, error)
                logger.error("%s", reason[:_MAX_LOGGED_CHARACTERS])
                raise ActivityFailed(reason) from error

        run.__name__ = name
        return run
