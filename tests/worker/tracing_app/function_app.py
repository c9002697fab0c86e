"""An app that answers with the span that it finds itself in."""

import azure.functions as func
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def _here() -> func.HttpResponse:
    headers: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(headers)
    return func.HttpResponse(headers.get("traceparent", "none"))


@app.function_name("on_loop")
@app.route(route="on_loop")
async def on_loop(req: func.HttpRequest) -> func.HttpResponse:
    """Runs on the worker's event loop."""
    return _here()


@app.function_name("on_thread")
@app.route(route="on_thread")
def on_thread(req: func.HttpRequest) -> func.HttpResponse:
    """Runs on one of the worker's threads."""
    return _here()
