"""Read URLs: signed with a key, or with one that an identity is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.storage.blob import UserDelegationKey

from adapters.settings import Settings, UploadsConnection
from adapters.storage.account import StorageAccount
from adapters.storage.stores import make_stores
from devhost.azurite import AzuriteProcess
from transcoding.errors import SettingsInvalid, StorageFailed

HOUR = timedelta(hours=1)


def expiry_of(url: str) -> datetime:
    return datetime.fromisoformat(parse_qs(urlsplit(url).query)["se"][0])


def test_a_read_url_outlives_the_unit_it_is_for(azurite: AzuriteProcess) -> None:
    """However long units are allowed to take: 5 h and an hour more."""
    connection = UploadsConnection(connection_string=azurite.connection_string)
    stores = make_stores(Settings(uploads=connection, delivery=connection, unit_timeout_s=18_000))
    left = expiry_of(stores.uploads.read_url("a.mp4")) - datetime.now(UTC)
    assert timedelta(hours=5, minutes=58) < left < timedelta(hours=6, minutes=2)


def test_a_connection_string_without_a_key_names_the_setting() -> None:
    """A shared access signature cannot sign another one."""
    signed = UploadsConnection(
        connection_string="BlobEndpoint=https://acct.blob.core.windows.net;"
        "SharedAccessSignature=sv=2024&sig=c2VjcmV0"
    )
    account = StorageAccount(signed, "UPLOADS_STORAGE")
    with pytest.raises(SettingsInvalid, match="UPLOADS_STORAGE has no AccountKey") as failure:
        account.read_url("uploads", "a.mp4", HOUR)
    assert "c2VjcmV0" not in str(failure.value)


class Identity(StorageAccount):
    """An account reached by identity, whose answers are made here: Azurite has no identities."""

    def __init__(self) -> None:
        self.asked = 0
        uri = "https://acct.blob.core.windows.net"
        super().__init__(UploadsConnection(blob_service_uri=uri, client_id="id"), "UPLOADS_STORAGE")

    def answer(self, patch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
        def ask(start: datetime, expiry: datetime) -> UserDelegationKey:
            self.asked += 1
            if error:
                raise error
            key = UserDelegationKey()  # type: ignore[no-untyped-call]
            key.signed_oid = key.signed_tid = "00000000-0000-0000-0000-000000000000"
            key.signed_start, key.signed_expiry = start.isoformat(), expiry.isoformat()
            key.signed_service, key.signed_version = "b", "2024-11-04"
            key.value = "c2VjcmV0"
            return key

        patch.setattr(self.client, "get_user_delegation_key", ask)


def test_a_delegation_key_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fan-out signs hundreds of URLs with one key, until it ends before they do."""
    account = Identity()
    account.answer(monkeypatch)
    for number in range(5):
        url = account.read_url("uploads", f"{number}.mp4", HOUR)
        assert parse_qs(urlsplit(url).query)["sp"] == ["r"]
    assert account.asked == 1
    account.read_url("uploads", "a.mp4", timedelta(hours=24, minutes=1))
    assert account.asked == 2


def test_an_identity_without_a_role_is_a_failure_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library's text goes on with request ids."""
    account = Identity()
    account.answer(monkeypatch, ClientAuthenticationError("not authorized\nRequestId: 1"))
    with pytest.raises(StorageFailed, match="delegation key") as failure:
        account.read_url("uploads", "a.mp4", HOUR)
    assert "RequestId" not in str(failure.value)
