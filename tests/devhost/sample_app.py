"""A small app that uses everything that devhost serves; each call of `build_app` makes a new one.

No annotations are postponed here: the SDK reads them from the functions.
"""

import datetime
import threading
import time
from collections.abc import Generator
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from azurefunctions.extensions.bindings import blob

CONNECTION = "SAMPLE_STORAGE"
CONTAINER = "SAMPLE_CONTAINER"
"""The app settings that it needs: a connection string and the container to watch."""

QUEUES = ("orders", "returns-poison", "webjobs-blobtrigger-poison")
"""The queues that it watches."""

Steps = Generator[Any, Any, Any]

calls: list[tuple[str, Any]] = []
"""What activities and triggers were called with, in order."""

release = threading.Event()
"""Lets all calls of the `hold` activity go on."""

let_go: set[int] = set()
"""Lets those go on that hold one of these numbers."""


class Backoff(df.RetryOptions):
    """The built-in retry policy with the keys that the SDK leaves out."""

    def to_json(self) -> dict[str, Any]:
        return {
            **super().to_json(),
            "backoffCoefficient": 2,
            "maxRetryIntervalInMilliseconds": 300,
        }


def build_app() -> df.DFApp:
    """Return the app: orchestrators, activities and functions for each kind of trigger."""
    app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
    app.register_functions(_durable())
    app.register_functions(_triggers())
    return app


def _durable() -> df.Blueprint:
    app = df.Blueprint()
    _activities(app)
    _orchestrators(app)
    return app


def _activities(app: df.Blueprint) -> None:
    @app.activity_trigger(input_name="given")
    def echo(given: Any) -> Any:
        calls.append(("echo", given))
        return given

    @app.activity_trigger(input_name="given")
    async def echo_async(given: dict, context: func.Context) -> dict:
        return {"given": given, "function": context.function_name}

    @app.activity_trigger(input_name="text")
    def fail(text: str) -> None:
        calls.append(("fail", time.monotonic()))
        raise ValueError(text)

    @app.activity_trigger(input_name="times")
    def fail_twice(times: int) -> str:
        calls.append(("fail_twice", time.monotonic()))
        if len([name for name, _ in calls if name == "fail_twice"]) <= times:
            raise ValueError("not yet")
        return "at last"

    @app.activity_trigger(input_name="number")
    def hold(number: int) -> int:
        calls.append(("hold", number))
        deadline = time.monotonic() + 30
        while not release.is_set() and number not in let_go and time.monotonic() < deadline:
            time.sleep(0.01)
        calls.append(("released", number))
        return number

    @app.activity_trigger(input_name="instance_id")
    @app.durable_client_input(client_name="client")
    async def start_another(instance_id: str, client: df.DurableOrchestrationClient) -> str:
        started: str = await client.start_new("fan_out", instance_id, 3)
        return started


def _orchestrators(app: df.Blueprint) -> None:
    @app.orchestration_trigger(context_name="context")
    def facts(context: df.DurableOrchestrationContext) -> Steps:
        context.set_custom_status({"phase": "asking"})
        echoed = yield context.call_activity("echo", {"clé": ["é", 1.5, None]})
        first = yield context.call_activity("echo_async", context.get_input())
        return {
            "input": context.get_input(),
            "instance_id": context.instance_id,
            "parent": context.parent_instance_id,
            "echoed": echoed,
            "async": first,
            "utc": context.current_utc_datetime.utcoffset() == datetime.timedelta(0),
            "guids": str(context.new_guid()) != str(context.new_guid()),
            "version": context.version,
        }

    @app.orchestration_trigger(context_name="context")
    def fan_out(context: df.DurableOrchestrationContext) -> Steps:
        count = context.get_input()
        results = yield context.task_all(
            [context.call_activity("echo", number) for number in range(count)]
        )
        return sum(results)

    @app.orchestration_trigger(context_name="context")
    def parent(context: df.DurableOrchestrationContext) -> Steps:
        children = yield context.task_all(
            [
                context.call_sub_orchestrator("facts", {"n": 1}),
                context.call_sub_orchestrator("facts", {"n": 2}, instance_id="named-child"),
            ]
        )
        return [{"id": c["instance_id"], "parent": c["parent"]} for c in children]

    @app.orchestration_trigger(context_name="context")
    def failing(context: df.DurableOrchestrationContext) -> Steps:
        yield context.call_activity("fail", "no such luck")

    @app.orchestration_trigger(context_name="context")
    def catching(context: df.DurableOrchestrationContext) -> Steps:
        texts = []
        for task in (
            context.call_activity("fail", "no such luck"),
            context.call_sub_orchestrator("failing"),
        ):
            try:
                yield task
            except Exception as error:
                texts.append([type(error).__name__, str(error)])
        return texts

    @app.orchestration_trigger(context_name="context")
    def first_of(context: df.DurableOrchestrationContext) -> Steps:
        deadline = context.current_utc_datetime + datetime.timedelta(hours=1)
        timer = context.create_timer(deadline)
        slow = context.call_activity("hold", 1)
        quick = context.call_activity("echo", "quick")
        bad = context.call_activity("fail", "lost")
        winner = yield context.task_any([timer, slow, quick])
        loser = yield context.task_any([slow, bad])
        return {
            "quick won": winner is quick,
            "result": winner.result,
            "bad won": loser is bad,
            "error": type(loser.result).__name__,
        }

    @app.orchestration_trigger(context_name="context")
    def fail_early(context: df.DurableOrchestrationContext) -> Steps:
        try:
            yield context.task_all(
                [context.call_activity("hold", 99), context.call_activity("fail", "early")]
            )
        except Exception:
            return "did not wait"

    @app.orchestration_trigger(context_name="context")
    def retrying(context: df.DurableOrchestrationContext) -> Steps:
        name, given, attempts = context.get_input()
        result = yield context.call_activity_with_retry(name, Backoff(100, attempts), given)
        return result

    @app.orchestration_trigger(context_name="context")
    def retrying_child(context: df.DurableOrchestrationContext) -> Steps:
        result = yield context.call_sub_orchestrator_with_retry(
            "child", Backoff(100, 3), 2, instance_id="retried"
        )
        return result

    @app.orchestration_trigger(context_name="context")
    def child(context: df.DurableOrchestrationContext) -> Steps:
        result = yield context.call_activity("fail_twice", context.get_input())
        return result

    @app.orchestration_trigger(context_name="context")
    def timers(context: df.DurableOrchestrationContext) -> Steps:
        before = context.current_utc_datetime
        yield context.create_timer(before + datetime.timedelta(seconds=0.3))
        return (context.current_utc_datetime - before).total_seconds()

    @app.orchestration_trigger(context_name="context")
    def approval(context: df.DurableOrchestrationContext) -> Steps:
        answer = yield context.wait_for_external_event("Approval")
        return answer

    @app.orchestration_trigger(context_name="context")
    def countdown(context: df.DurableOrchestrationContext) -> Steps:
        left = context.get_input()
        yield context.call_activity("echo", left)
        if left:
            context.continue_as_new(left - 1)
            return None
        return "lift-off"

    @app.orchestration_trigger(context_name="context")
    def in_lanes(context: df.DurableOrchestrationContext) -> Steps:
        name, units, lanes = context.get_input()
        results = yield context.task_all(
            [
                context.call_sub_orchestrator(
                    "lane",
                    [name, list(range(units))[number::lanes], 0],
                    instance_id=f"{context.instance_id}:{number}",
                )
                for number in range(lanes)
            ]
        )
        return results

    @app.orchestration_trigger(context_name="context")
    def lane(context: df.DurableOrchestrationContext) -> Steps:
        name, units, done = context.get_input()
        for number in units[:20]:
            yield context.call_activity(name, number)
        if units[20:]:
            context.continue_as_new([name, units[20:], done + 20])
            return None
        return done + len(units)

    @app.orchestration_trigger(context_name="context")
    def in_steps(context: df.DurableOrchestrationContext) -> Steps:
        for number in range(context.get_input()):
            context.set_custom_status(number)
            yield context.call_activity("echo", f"step {number}")

    @app.orchestration_trigger(context_name="context")
    def starting(context: df.DurableOrchestrationContext) -> Steps:
        started = yield context.call_activity("start_another", context.get_input())
        return started

    @app.orchestration_trigger(context_name="context")
    def status_of(context: df.DurableOrchestrationContext) -> Steps:
        context.set_custom_status("x" * context.get_input())
        yield context.call_activity("echo", 1)

    @app.orchestration_trigger(context_name="context")
    def calling(context: df.DurableOrchestrationContext) -> Steps:
        how, name = context.get_input()
        try:
            if how == "activity":
                yield context.call_activity(name)
            else:
                yield context.call_sub_orchestrator(name)
        except Exception:
            return "caught"

    @app.orchestration_trigger(context_name="context")
    def holding(context: df.DurableOrchestrationContext) -> Steps:
        result = yield context.call_activity("hold", context.get_input())
        return result

    @app.orchestration_trigger(context_name="context")
    def replays(context: df.DurableOrchestrationContext) -> Steps:
        flags = [context.is_replaying]
        yield context.call_activity("echo", 1)
        flags.append(context.is_replaying)
        yield context.call_activity("echo", 2)
        flags.append(context.is_replaying)
        return flags


def _triggers() -> df.Blueprint:
    app = df.Blueprint()

    @app.route(route="start/{orchestrator}", methods=["POST"])
    @app.durable_client_input(client_name="client")
    async def start(
        req: func.HttpRequest, client: df.DurableOrchestrationClient
    ) -> func.HttpResponse:
        given = req.get_json() if req.get_body() else None
        try:
            started = await client.start_new(
                req.route_params["orchestrator"], req.params.get("id"), given
            )
        except Exception as error:
            return func.HttpResponse(f"{type(error).__name__}: {error}", status_code=409)
        return func.HttpResponse(started)

    @app.route(route="client/{verb}", methods=["POST"])
    @app.durable_client_input(client_name="client")
    async def steer(
        req: func.HttpRequest, client: df.DurableOrchestrationClient
    ) -> func.HttpResponse:
        instance_id = req.params["id"]
        verb = req.route_params["verb"]
        if verb == "raise":
            await client.raise_event(instance_id, "Approval", req.get_json())
        elif verb == "purge":
            result = await client.purge_instance_history(instance_id)
            return func.HttpResponse(str(result.instances_deleted))
        elif verb == "list":
            found = await client.get_status_by(
                created_time_from=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
                runtime_status=[df.OrchestrationRuntimeStatus.Completed],
                instance_id_prefix=instance_id,
            )
            return func.HttpResponse(",".join(sorted(s.instance_id for s in found)))
        elif verb == "check":
            links: func.HttpResponse = client.create_check_status_response(req, instance_id)
            return links
        else:
            await getattr(client, verb)(instance_id, "because we can")
        return func.HttpResponse("done")

    @app.route(route="hello/{name}/{*rest}", methods=["GET", "PUT"])
    def hello(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(
            f"{req.method} {req.route_params['name']} {req.route_params['rest']} "
            f"{req.params.get('q')} {req.headers.get('X-Mood')} {len(req.get_body())}",
            status_code=201,
            headers={"X-Answer": "42"},
            mimetype="text/plain",
        )

    @app.route(route="broken")
    async def broken(req: func.HttpRequest) -> func.HttpResponse:
        raise RuntimeError("broken")

    @app.blob_trigger(arg_name="source", path=f"%{CONTAINER}%/{{name}}", connection=CONNECTION)
    @app.durable_client_input(client_name="client")
    async def on_blob(source: blob.BlobClient, client: df.DurableOrchestrationClient) -> None:
        etag = source.get_blob_properties().etag.strip('"')
        calls.append(("on_blob", (source.blob_name, etag)))
        if source.blob_name.startswith("bad"):
            raise RuntimeError("cannot take it")
        await client.start_new("facts", f"blob-{etag}", source.blob_name)

    @app.queue_trigger(
        arg_name="message", queue_name="webjobs-blobtrigger-poison", connection=CONNECTION
    )
    @app.durable_client_input(client_name="client")
    async def on_poison(message: func.QueueMessage, client: df.DurableOrchestrationClient) -> None:
        status = await client.get_status("nobody")
        calls.append(("on_poison", (message.get_json(), message.dequeue_count, bool(status))))

    @app.queue_trigger(arg_name="message", queue_name="returns-poison", connection=CONNECTION)
    def on_return(message: func.QueueMessage) -> None:
        calls.append(("on_return", message.get_body()))
        if message.get_body() == b"bad":
            raise RuntimeError("cannot take it")

    @app.queue_trigger(arg_name="message", queue_name="orders", connection=CONNECTION)
    def on_order(message: func.QueueMessage) -> None:
        calls.append(("on_order", message.get_body()))
        if message.get_body() == b"bad":
            raise RuntimeError("cannot take it")

    return app
