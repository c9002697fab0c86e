"""The settings that decide what Application Insights gets, which the Functions worker reads too."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from adapters.setting_group import Group
from adapters.setting_types import Allowed, IsTrue, is_true, wrong

INSTRUMENTATIONS = (
    "azure_sdk",
    "django",
    "fastapi",
    "flask",
    "httpx",
    "httpx2",
    "psycopg2",
    "requests",
    "urllib",
    "urllib3",
)
"""All that azure-monitor-opentelemetry turns on by itself; it knows no word for "all"."""
ALL_SPANS = ("microsoft.fixed_percentage", "always_on", "parentbased_always_on")
"""Samplers that can send every span; the first is the one that we use."""


class TelemetrySettings(Group):
    """Where telemetry goes."""

    telemetry_connection_string: Annotated[str, Allowed("its connection string")] = Field(
        "",
        validation_alias="APPLICATIONINSIGHTS_CONNECTION_STRING",
        repr=False,
        description="Where spans, metrics and logs go ([names](architecture.md#telemetry)); unset,"
        " nothing is sent",
    )
    telemetry_identity: Annotated[
        # As the exporter reads it, which takes neither blanks nor another spelling of AAD.
        str,
        Field(pattern=r"^((?i:authorization)=AAD(;(?i:clientid)=[^;=\s]+)?)?$"),
        Allowed("`Authorization=AAD` or `Authorization=AAD;ClientId=...`"),
    ] = Field(
        "",
        validation_alias="APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        description="Telemetry is sent as the app's identity, a user-assigned one with its client"
        " id, instead of with the key in the connection string",
    )
    worker_sends_telemetry: Annotated[bool, BeforeValidator(is_true), IsTrue] = Field(
        False,
        validation_alias="PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
        description="With `true` the Functions worker sets up Azure Monitor for the app, which does"
        " not do so itself; set it wherever there is a connection string, and the next two with it",
    )
    traces_sampler: str = Field(
        "",
        validation_alias="OTEL_TRACES_SAMPLER",
        description="With `microsoft.fixed_percentage`, and `1.0` as `OTEL_TRACES_SAMPLER_ARG`,"
        " every span is sent; unset, the worker sends five a second at most, and spans of"
        " activities are missing",
    )
    disabled_instrumentations: str = Field(
        "",
        validation_alias="OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
        description=f"With `{','.join(INSTRUMENTATIONS)}` no request to storage becomes a span with"
        " its address",
    )
    open_telemetry: Annotated[bool, BeforeValidator(is_true), IsTrue] = Field(
        False,
        validation_alias="PYTHON_ENABLE_OPENTELEMETRY",
        description="Leave it unset: without the first flag, every invocation fails on some workers"
        " (azure-functions-python-worker#1881)",
    )

    @field_validator("open_telemetry")
    @classmethod
    def _not_alone(cls, open_telemetry: bool, info: ValidationInfo) -> bool:
        if open_telemetry and not info.data.get("worker_sends_telemetry"):
            raise wrong(
                "unset it, and set PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY to true where"
                " telemetry is wanted: with it alone every invocation fails on some workers"
                " (azure-functions-python-worker#1881)"
            )
        return open_telemetry

    @property
    def telemetry_warnings(self) -> tuple[str, ...]:
        """What keeps telemetry from arriving as it should, a line each with what to do."""
        if not self.telemetry_connection_string:
            return ()
        if not self.worker_sends_telemetry:
            return (
                "APPLICATIONINSIGHTS_CONNECTION_STRING is set, but the app's own telemetry is not"
                " sent: set PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY to true",
            )
        warnings: list[str] = []
        if self.traces_sampler not in ALL_SPANS:
            warnings.append(
                "spans of activities will be missing: set OTEL_TRACES_SAMPLER to"
                f" {ALL_SPANS[0]}, and OTEL_TRACES_SAMPLER_ARG to 1.0"
            )
        disabled = {name.strip() for name in self.disabled_instrumentations.split(",")}
        if missing := [name for name in INSTRUMENTATIONS if name not in disabled]:
            warnings.append(
                "requests to storage may be sent as spans with their addresses: add"
                f" {','.join(missing)} to OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
            )
        return tuple(warnings)
