"""The containers that the app needs and a queue of its host's, made where they are missing.

No host makes them: without the container of a blob trigger and the queue of a queue trigger it
warns every two seconds, and the first upload fails.

An account that is reached by connection string is a developer's, mostly Azurite's, and gets what it
lacks. With an identity nothing is sent at all: infrastructure has made the account and its
containers, with the public access that is wanted there; the identity may have been given less than
it takes to make one; and a cold start does not wait for five requests that have nothing to do.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.storage.blob import ContainerClient, CorsRule

from adapters.settings import DELIVERY_CONNECTION, UPLOADS_CONNECTION, Settings
from adapters.storage.account import StorageAccount
from adapters.storage.container import storage_failed
from transcoding.errors import StorageFailed

_PATIENCE_S = 10.0
_AT_ONCE: dict[str, Any] = {"retry_total": 0, "connection_timeout": 3, "read_timeout": 5}
"""Options of each request: loading waits for no storage that is down."""

_log = logging.getLogger("durable_vod.storage")


def prepare(settings: Settings, queue: str, *, patience_s: float = _PATIENCE_S) -> None:
    """Make what is missing while the app is loaded; what stands in the way is told in the log.

    Never raises, and returns after `patience_s` seconds at the latest.

    Args:
        queue: its name; it lies in the account of the uploads.
    """
    work = threading.Thread(target=_try, args=(settings, queue), name="places", daemon=True)
    work.start()
    work.join(patience_s)
    if work.is_alive():
        _log.warning(
            "storage has not answered in %g s; what it lacks is made as soon as it does", patience_s
        )


def make_places(settings: Settings, queue: str) -> None:
    """Make what is missing.

    Raises:
        StorageFailed: storage does not answer, or refuses.
    """
    _make_own(settings, queue)
    _make_public(settings)


def _try(settings: Settings, queue: str) -> None:
    for make in (partial(_make_own, settings, queue), partial(_make_public, settings)):
        try:
            make()
        except StorageFailed as failure:
            _log.warning("%s", failure)


def _make_own(settings: Settings, queue: str) -> None:
    if not settings.uploads.connection_string:
        return
    account = StorageAccount(settings.uploads, UPLOADS_CONNECTION)
    with _told(account, UPLOADS_CONNECTION):
        for name in (
            settings.uploads_container,
            settings.work_container,
            settings.failed_container,
        ):
            _make_container(account.container(name))
        _make_queue(settings.uploads.connection_string, queue)


def _make_public(settings: Settings) -> None:
    if not settings.delivery.connection_string:
        return
    account = StorageAccount(settings.delivery, DELIVERY_CONNECTION)
    with _told(account, DELIVERY_CONNECTION):
        _make_container(account.container(settings.videos_container), public=account.is_emulator)
        if account.is_emulator:
            _let_browsers_read(account)


def _make_container(container: ContainerClient, *, public: bool = False) -> None:
    try:
        if container.exists(**_AT_ONCE):
            return
    except HttpResponseError as error:
        # Who may use a container, but neither look at it nor make it, has been given one.
        if _code(error).startswith("Authorization"):
            return
        raise
    try:
        container.create_container(public_access="blob" if public else None, **_AT_ONCE)
    except ResourceExistsError as error:
        # Another worker was faster. The same class stands for a container that is being deleted.
        if _code(error) != "ContainerAlreadyExists":
            raise


def _code(error: HttpResponseError) -> str:
    code = getattr(error, "error_code", "")
    return str(getattr(code, "value", code))


def _make_queue(connection_string: str, name: str) -> None:
    # Nothing else needs it: an app with an identity starts without.
    from azure.storage.queue import QueueServiceClient  # noqa: PLC0415

    with (
        QueueServiceClient.from_connection_string(connection_string) as service,
        # Storage says 204, and the library raises.
        suppress(ResourceExistsError),
    ):
        service.create_queue(name, **_AT_ONCE)


def _let_browsers_read(account: StorageAccount) -> None:
    everyone = CorsRule(["*"], ["GET", "HEAD", "OPTIONS"], max_age_in_seconds=3600)
    everyone.allowed_headers = "*"
    everyone.exposed_headers = "*"
    account.client.set_service_properties(cors=[everyone], **_AT_ONCE)


@contextmanager
def _told(account: StorageAccount, setting: str) -> Iterator[None]:
    try:
        yield
    except (ServiceRequestError, ServiceResponseError):
        raise StorageFailed(
            "no storage answers",
            on=f"{account.client.primary_hostname}, setting {setting}",
            advice="start it, Azurite for instance, and then the app again: the containers that "
            "are missing are made when the app is loaded",
        ) from None
    except AzureError as error:
        raise storage_failed(
            "make the containers and the queue that are missing", error, on=f"setting {setting}"
        ) from None
