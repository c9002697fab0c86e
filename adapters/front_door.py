"""Purges Azure Front Door without ever waiting for it.

A purge takes up to ten minutes. `start` and `poll` each make one request and return; the
orchestrator waits in between with durable timers, and the state of the operation travels in a
continuation token, so that any instance can ask after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.pipeline.policies import RetryPolicy
from azure.core.polling import LROPoller
from azure.core.polling.base_polling import BadResponse, BadStatus
from azure.mgmt.cdn import CdnManagementClient
from azure.mgmt.cdn.models import AfdPurgeParameters
from azure.mgmt.core.exceptions import ARMErrorFormat
from azure.mgmt.core.polling.arm_polling import ARMPolling

from adapters.identity import credential_for, is_stand_in
from adapters.redaction import redact
from adapters.settings import FrontDoor
from transcoding.errors import PurgeFailed
from transcoding.job.messages import PurgeState

MAX_PATHS = 100
"""Azure's limit for one purge."""

_DEFAULT_WAIT_S = 10
_MAX_WAIT_S = 600
_TOO_MANY_REQUESTS = 429

ROLE_ADVICE = (
    "give the app's identity the roles durable-vod purge and durable-vod purge results of"
    " bicep/modules/roles.bicep, or roles with the same actions:"
    " Microsoft.Cdn/profiles/afdendpoints/Purge/action on the Front Door profile, and to read"
    " Microsoft.Cdn/operationresults on its resource group; CDN Profile Contributor has them and"
    " many more, CDN Endpoint Contributor does not cover a purge"
)
"""What to do when Azure refuses a purge."""

_ADVICE = {
    400: "check VOD_FRONT_DOOR_DOMAIN: it must be linked to the endpoint",
    401: ROLE_ADVICE,
    403: ROLE_ADVICE,
    404: "check VOD_FRONT_DOOR_SUBSCRIPTION_ID, _RESOURCE_GROUP, _PROFILE and _ENDPOINT",
}


def not_configured() -> PurgeState:
    """Say that there is nothing to purge, and how there would be."""
    return PurgeState(
        status="not_configured",
        detail="no Front Door is configured; set VOD_FRONT_DOOR_SUBSCRIPTION_ID,"
        " VOD_FRONT_DOOR_RESOURCE_GROUP, VOD_FRONT_DOOR_PROFILE and VOD_FRONT_DOOR_ENDPOINT"
        " to have one purged",
    )


class FrontDoorPurger:
    """Purges paths of one Front Door endpoint.

    Args:
        config: which endpoint; its `domain`, if any, is the only one that is purged.
            On this machine its `management_url` may be plain http, a stand-in: that one gets a
            token which opens nothing, never one of the app's identity.
    """

    def __init__(self, config: FrontDoor) -> None:
        self._config = config

    def start(self, content_paths: Sequence[str]) -> PurgeState:
        """Ask for a purge.

        Args:
            content_paths: `/a/b` or `/dir/*`, as in the URL, at most 100.

        Returns:
            "running" with a token, or "done". When Azure throttles, "running" without a token:
            nothing has been started, and `start` is due again after `wait_s`.

        Raises:
            PurgeFailed: Azure refused or could not be reached, or there are too many paths.
        """
        if not content_paths:
            return PurgeState(status="done", detail="there was nothing to purge")
        if len(content_paths) > MAX_PATHS:
            raise PurgeFailed(
                f"purge {len(content_paths)} paths", advice="purge a directory with /* instead"
            )
        domains = [self._config.domain] if self._config.domain else None
        parameters = AfdPurgeParameters(content_paths=list(content_paths), domains=domains)
        return self._ask("start a purge", _Step(ask=False, **self._options), parameters)

    def poll(self, token: str) -> PurgeState:
        """Ask once how a purge is going.

        Args:
            token: of the state that `start` returned, from whatever instance.

        Returns:
            "running" (also when Azure throttles, with the wait that it asks for), "done", or
            "failed" with Azure's reason.

        Raises:
            PurgeFailed: Azure refused or could not be reached, or the token is none.
        """
        parameters = AfdPurgeParameters(content_paths=[])
        return self._ask("ask after a purge", _Step(ask=True, **self._options), parameters, token)

    def _ask(
        self, tried: str, step: _Step, parameters: AfdPurgeParameters, token: str = ""
    ) -> PurgeState:
        config = self._config
        try:
            poller: LROPoller[None] = self._client.afd_endpoints.begin_purge_content(
                config.resource_group,
                config.profile,
                config.endpoint,
                parameters,
                polling=step,
                continuation_token=token or None,
                **self._options,
            )
            poller.wait()
            return _state(step, token or poller.continuation_token())
        except HttpResponseError as error:
            if error.status_code == _TOO_MANY_REQUESTS:
                return PurgeState(
                    status="running",
                    detail="Azure asks to slow down",
                    token=token,
                    wait_s=_wait_s(getattr(error.response, "headers", {})),
                )
            raise self._failed(tried, error) from None
        except AzureError as error:
            raise self._failed(tried, error) from None
        except ValueError as error:
            raise PurgeFailed(tried, on=config.endpoint, advice=str(error)) from None

    def _failed(self, tried: str, error: AzureError) -> PurgeFailed:
        status = error.status_code if isinstance(error, HttpResponseError) else None
        if status is None:
            is_identity = isinstance(error, ClientAuthenticationError)
            advice = ROLE_ADVICE if is_identity else "check the network and Azure's status"
        else:
            advice = _ADVICE.get(status, "it is tried again")
        return PurgeFailed(
            f"{tried}: {f'HTTP {status}, ' if status else ''}{_first_line(error)}",
            on=self._config.endpoint,
            advice=advice,
        )

    @cached_property
    def _client(self) -> CdnManagementClient:
        return CdnManagementClient(
            credential_for(self._config.management_url),
            self._config.subscription_id,
            base_url=self._config.management_url,
            # Waiting and trying again are the orchestrator's; here they would hold a thread.
            retry_policy=RetryPolicy.no_retries(),
        )

    @property
    def _options(self) -> dict[str, Any]:
        """Permit http for a stand-in on this machine; elsewhere the client refuses to send."""
        return {"enforce_https": False} if is_stand_in(self._config.management_url) else {}


class _Step(ARMPolling):
    """One look at a long-running operation: asks at most once, and never sleeps."""

    def __init__(self, *, ask: bool, **options: Any) -> None:
        super().__init__(timeout=_DEFAULT_WAIT_S, **options)
        self._ask = ask

    def run(self) -> None:
        if not self._ask:
            return
        try:
            self.update_status()
        except (BadStatus, BadResponse) as error:
            raise HttpResponseError(
                response=self._pipeline_response.http_response, error_format=ARMErrorFormat
            ) from error

    @property
    def headers(self) -> Mapping[str, str]:
        return dict(self._pipeline_response.http_response.headers)

    @property
    def reason(self) -> str:
        """Why Azure says that the operation failed."""
        response = self._pipeline_response.http_response
        error = HttpResponseError(response=response, error_format=ARMErrorFormat)
        return _first_line(error) if error.error else "it gives no reason"


def _first_line(error: AzureError) -> str:
    return redact(error.message or type(error).__name__).strip().partition("\n")[0]


def _state(step: _Step, token: str) -> PurgeState:
    status = step.status().lower()
    if status == "succeeded":
        return PurgeState(status="done", detail="Front Door has purged the stable names")
    if status in ("failed", "canceled"):
        return PurgeState(status="failed", detail=f"Front Door says {status}: {step.reason}")
    return PurgeState(
        status="running",
        detail="Front Door is purging",
        token=token,
        wait_s=_wait_s(step.headers),
    )


def _wait_s(headers: Mapping[str, str]) -> int:
    """Return the Retry-After of an answer in whole seconds, 1 to 600; 10 where it gives none.

    RFC 9110, 10.2.3; Azure Resource Manager gives seconds, never a date.
    """
    given = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return min(max(1, int(given)), _MAX_WAIT_S) if given.isdecimal() else _DEFAULT_WAIT_S
