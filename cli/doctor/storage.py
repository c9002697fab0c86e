"""Storage, with the user's own identity: tried, not guessed from roles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.storage.blob import ContainerClient

from adapters.checkup.clock import judge_clock
from adapters.redaction import redact
from cli.doctor.visit import Visit
from cli.problems import Unusable
from transcoding.errors import StorageFailed
from transcoding.reporting.checkup import Check

WRITE = "uploads: read and write"
CLOCK = "uploads: clock"

SIGN_IN = "sign in with `az login`, into the tenant of the account"

_NO_ETAG = '"0x0"'


def may_read_and_write(visit: Visit) -> Check:
    """Try to list uploads, and to write one on a condition that no blob meets.

    Who may not write is told so before the condition is looked at, and nothing is written: a blob
    there would start a job.
    """
    container = _uploads(visit)
    try:
        next(iter(container.list_blobs(results_per_page=1)), None)
        container.get_blob_client(visit.canary.name).upload_blob(
            b"", overwrite=True, etag=_NO_ETAG, match_condition=MatchConditions.IfNotModified
        )
    except ResourceModifiedError:
        return Check(name=WRITE, status="ok", found=f"container {container.container_name}")
    except AzureError as error:
        raise_for(error, "read and write", str(container.container_name))
    raise StorageFailed(
        "wrote a blob on a condition that it does not meet",
        on=visit.canary.name,
        advice="what answers is no Blob Storage: check the address of the account",
    )


def clock(visit: Visit) -> Check:
    """Compare this machine's clock with that of storage."""
    seen: dict[str, Any] = {}

    def note(response: Any) -> None:
        seen.update(headers=response.http_response.headers, at=datetime.now(UTC))

    began = datetime.now(UTC)
    container = _uploads(visit)
    try:
        container.get_container_properties(raw_response_hook=note)
    except AzureError as error:
        if not seen:
            raise_for(error, "ask for the time", str(container.container_name))
    return judge_date(seen["headers"], began, seen["at"])


def judge_date(headers: Mapping[str, str], began: datetime, ended: datetime) -> Check:
    """Judge the Date of an answer (RFC 9110, 6.6.1) that was asked for between two times."""
    try:
        told = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return Check(name=CLOCK, status="skipped", found="storage does not tell the time")
    status, found, advice = judge_clock(began, told, ended)
    return Check(name=CLOCK, status=status, found=found, advice=advice)


def raise_for(error: AzureError, tried: str, on: str) -> NoReturn:
    """Raise what an error of storage means to whoever is at the terminal.

    Raises:
        StorageFailed, Unusable: with what to do.
    """
    if isinstance(error, ClientAuthenticationError) and not error.status_code:
        raise Unusable(f"{tried}: there is no identity to show", on=on, advice=SIGN_IN) from None
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        advice = "check the account's name, the network, and its firewall; `make start` starts the"
        raise StorageFailed(f"{tried}: no storage answers", on=on, advice=f"{advice} local one")
    if status in (401, 403):
        raise StorageFailed(
            f"{tried}: HTTP {status}",
            on=on,
            advice="give yourself the role Storage Blob Data Contributor on the uploads account"
            " (azd: AZURE_PRINCIPAL_ID) and wait some minutes; with private networking, come from"
            " an address in ALLOWED_IP_RANGES",
        ) from None
    if isinstance(error, ResourceNotFoundError):
        raise StorageFailed(
            f"{tried}: it is not there",
            on=on,
            advice="check UPLOADS_CONTAINER or VOD_UPLOADS_CONTAINER; the app makes its containers"
            " locally when it starts, in Azure `azd provision` does",
        ) from None
    first_line = redact(str(error)).partition("\n")[0][:200]
    raise StorageFailed(
        f"{tried}: {first_line}", on=on, advice="try again; then look at Azure's status"
    ) from None


def _uploads(visit: Visit) -> ContainerClient:
    return visit.patient.uploads.container(visit.patient.settings.uploads_container)
