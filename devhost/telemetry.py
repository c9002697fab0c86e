"""Sets up telemetry from the environment, as the Functions worker does before it loads an app."""

from __future__ import annotations

import logging
import os

SENDS = "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"
CONNECTION = "APPLICATIONINSIGHTS_CONNECTION_STRING"
IDENTITY = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"

logger = logging.getLogger("devhost.telemetry")


def configure_telemetry() -> None:
    """Call `configure_azure_monitor` with what the worker passes, if its flag is set.

    All else that the library takes it reads from the environment, or leaves at its defaults. As in
    the worker, a set-up that fails is an error line, and the app runs without.
    """
    if os.environ.get(SENDS, "").strip().lower() not in ("1", "true", "t", "yes", "y"):
        return
    os.environ.setdefault("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "azure_functions")
    if not os.environ.get(IDENTITY):
        # Empty is unset for this app; the exporter takes an empty one for a wrong one.
        os.environ.pop(IDENTITY, None)
    try:
        # A second of imports that most runs do not need.
        from azure.monitor.opentelemetry import configure_azure_monitor  # noqa: PLC0415

        configure_azure_monitor(
            connection_string=os.environ.get(CONNECTION),
            logger_name=os.environ.get("PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME", ""),
        )
    except Exception as failure:  # whatever it is, the worker goes on
        logger.error("telemetry is not sent: %s: %s", type(failure).__name__, failure)
