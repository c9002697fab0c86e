"""A storage account: its client and its short-lived, read-only URLs."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineResponse
from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ExponentialRetry,
    UserDelegationKey,
    generate_blob_sas,
)

from adapters.identity import app_credential
from adapters.settings import StorageConnection
from adapters.storage.container import storage_failed
from transcoding.errors import SettingsInvalid

CLOCK_SKEW = timedelta(minutes=5)
"""How far this machine's clock may be from storage's: URLs are signed for so long before now."""

_DELEGATION_KEY_LIFETIME = timedelta(hours=24)
_CONNECT_TIMEOUT_S = 10
_READ_TIMEOUT_S = 60


class StorageAccount:
    """One account, reached by managed identity or by connection string; threads may share it."""

    def __init__(self, connection: StorageConnection, setting: str) -> None:
        """Make the client of the connection that `setting` names; nothing is sent yet."""
        options: dict[str, Any] = {
            "connection_timeout": _CONNECT_TIMEOUT_S,
            "read_timeout": _READ_TIMEOUT_S,
            # The client's own retries bridge a hiccup, the orchestrator's an outage: the client's
            # default waits 15 s and more inside an activity.
            "retry_policy": ExponentialRetry(
                initial_backoff=1, increment_base=2, retry_total=2, random_jitter_range=1
            ),
        }
        self._setting = setting
        self._has_key = bool(connection.connection_string)
        if self._has_key:
            self.client = BlobServiceClient.from_connection_string(
                connection.connection_string, **options
            )
        else:
            self.client = BlobServiceClient(
                connection.blob_service_uri, app_credential(connection.client_id), **options
            )
        self._lock = threading.Lock()
        self._delegation: tuple[UserDelegationKey, datetime] | None = None

    @property
    def is_emulator(self) -> bool:
        return self.client.account_name == "devstoreaccount1"

    def container(self, name: str) -> ContainerClient:
        return self.client.get_container_client(name)

    def time(self) -> datetime:
        """Return the time by storage's clock, in whole seconds: of its answer, whatever that is.

        Raises:
            StorageFailed: there is no answer.
        """
        told: list[str] = []

        def note(response: PipelineResponse[Any, Any]) -> None:
            told.append(response.http_response.headers.get("Date", ""))

        try:
            self.client.get_account_information(raw_response_hook=note)
        except AzureError as error:
            # With a clock that is wrong enough nothing is allowed, and the answer says so.
            if not any(told):
                raise storage_failed("ask for the time", error) from None
        return parsedate_to_datetime(told[-1])

    def read_url(self, container: str, name: str, lifetime: timedelta) -> str:
        """Return a URL that reads this one blob until `lifetime` is over. Never log it.

        Raises:
            SettingsInvalid: the connection string has no key to sign it with.
            StorageFailed: the identity was given no key to sign it with.
        """
        now = datetime.now(UTC)
        expiry = now + lifetime
        blob = self.client.get_blob_client(container, name)
        signing: dict[str, Any] = (
            {"account_key": self._account_key()}
            if self._has_key
            else {"user_delegation_key": self._delegation_key(now, expiry)}
        )
        token = generate_blob_sas(
            account_name=str(self.client.account_name),
            container_name=container,
            blob_name=name,
            permission=BlobSasPermissions(read=True),
            start=now - CLOCK_SKEW,
            expiry=expiry,
            **signing,
        )
        return f"{blob.url}?{token}"

    def _account_key(self) -> str:
        key = getattr(self.client.credential, "account_key", None)
        if not key:
            raise SettingsInvalid(
                f"setting {self._setting} has no AccountKey",
                advice="read URLs are signed with it: use a connection string with a key, or an "
                f"identity ({self._setting}__blobServiceUri)",
            )
        return str(key)

    def _delegation_key(self, now: datetime, needed_until: datetime) -> UserDelegationKey:
        """Return a cached key: a request for each URL would be throttled under a fan-out."""
        with self._lock:
            if self._delegation is None or self._delegation[1] < needed_until:
                expiry = now + _DELEGATION_KEY_LIFETIME
                try:
                    key = self.client.get_user_delegation_key(now - CLOCK_SKEW, expiry)
                except AzureError as error:
                    raise storage_failed("get a user delegation key", error) from None
                self._delegation = (key, expiry)
            return self._delegation[0]
