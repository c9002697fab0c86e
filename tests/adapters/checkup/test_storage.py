"""Storage, tried as the app uses it: on a real Azurite, which is broken in each way once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import TypeVar

import pytest

from adapters.checkup.storage import Place, try_container, try_uploads
from adapters.memory.stores import memory_containers
from adapters.memory.wrapped import FailingContainer, WrappedContainer
from adapters.settings import Settings, UploadsConnection
from adapters.storage.account import StorageAccount
from adapters.storage.container import BlobContainer
from adapters.storage.stores import Stores, make_stores
from adapters.storage.uploads import Uploads
from devhost.azurite import AzuriteProcess
from tests.containers import containers_of
from tests.loopback import LoopbackServer
from tests.storage import settings_for

_R = TypeVar("_R")

KINDS = ("uploads", "work", "failed", "videos")


class Refusing(LoopbackServer):
    """A storage account that answers everything with one error.

    Attributes:
        connection: that leads to it.
        status, code: of its answers.
    """

    def __init__(self, status: int, code: str) -> None:
        refusing = self
        self.status, self.code = status, code

        class Handler(BaseHTTPRequestHandler):
            def _refuse(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(refusing.status)
                if refusing.code:
                    self.send_header("x-ms-error-code", refusing.code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_HEAD = do_PUT = do_DELETE = _refuse  # noqa: N815 - http.server's names

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        super().__init__(Handler)
        self.connection = UploadsConnection(
            connection_string="DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
            f"AccountKey=c2VjcmV0;BlobEndpoint={self.address}/devstoreaccount1"
        )


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    with Refusing(403, "AuthorizationPermissionMismatch") as server:
        yield server


def place(settings: Settings, kind: str, identity: bool = False) -> Place:
    account = "DELIVERY_STORAGE" if kind == "videos" else "UPLOADS_STORAGE"
    connection = settings.delivery if kind == "videos" else settings.uploads
    if identity:
        connection = UploadsConnection(blob_service_uri="https://account.blob.core.windows.net")
    name = getattr(settings, f"{kind}_container")
    return Place(name, f"VOD_{kind.upper()}_CONTAINER", account, connection)


def tried(stores: Stores, settings: Settings, kind: str, identity: bool = False) -> list[str]:
    where = place(settings, kind, identity)
    if kind == "uploads":
        return list(try_uploads(stores.uploads, where))
    return list(try_container(getattr(stores, kind), where))


@pytest.mark.parametrize("kind", KINDS)
def test_storage_that_works_passes_and_keeps_nothing(
    settings: Settings, stores: Stores, kind: str
) -> None:
    """What was written is gone again; into uploads nothing is written."""
    status, found, advice = tried(stores, settings, kind)
    assert (status, advice) == ("ok", "")
    assert found.startswith(f"{kind}-")
    assert getattr(containers_of(settings), kind).list("") == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_container_is_told_with_its_setting(settings: Settings, kind: str) -> None:
    """A look at a blob alone would take it for an empty one."""
    status, found, advice = tried(make_stores(settings), settings, kind)
    name = getattr(settings, f"{kind}_container")
    account = "DELIVERY_STORAGE" if kind == "videos" else "UPLOADS_STORAGE"
    assert status == "failed"
    assert found.startswith(f"{name}: storage: ")
    assert "404 The specified container does not exist" in found
    assert advice == (
        f"make the container {name} in the account of {account}, or correct"
        f" VOD_{kind.upper()}_CONTAINER"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_key_is_told_without_it(azurite: AzuriteProcess, kind: str) -> None:
    """The account has renewed it."""
    wrong = azurite.connection_string.replace("AccountKey=Eby8", "AccountKey=AAAA")
    connection = UploadsConnection(connection_string=wrong)
    settings = settings_for(azurite, uploads=connection, delivery=connection)
    status, found, advice = tried(make_stores(settings), settings, kind)
    assert status == "failed"
    assert " 403 " in found
    assert advice.startswith("renew the key in ")
    assert "vdM02x" not in found + advice


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AuthorizationPermissionMismatch"), (403, ""), (401, "InvalidAuthenticationInfo")],
)
def test_an_identity_without_a_role_is_told_which(
    azurite: AzuriteProcess, refusing: Refusing, kind: str, status: int, code: str
) -> None:
    """Whatever stands in between may also say 403, without a code."""
    refusing.status, refusing.code = status, code
    settings = settings_for(azurite, uploads=refusing.connection, delivery=refusing.connection)
    found = tried(make_stores(settings), settings, kind, identity=True)
    assert found[0] == "failed"
    assert found[2].startswith(
        "give the app's identity the role Storage Blob Data Contributor on the account of "
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_that_cannot_be_reached_is_told(azurite: AzuriteProcess, kind: str) -> None:
    """Nothing listens there."""
    down = azurite.connection_string.replace(
        azurite.blob_endpoint, "http://127.0.0.1:9/devstoreaccount1"
    )
    connection = UploadsConnection(connection_string=down)
    settings = settings_for(azurite, uploads=connection, delivery=connection)
    status, found, advice = tried(make_stores(settings), settings, kind)
    assert status == "failed"
    assert "Connection refused" in found
    assert advice.startswith("see that the app reaches the account of ")


@pytest.mark.usefixtures("stores")
def test_a_signature_that_storage_refuses_is_told(settings: Settings, refusing: Refusing) -> None:
    """The app may look at its uploads, and FFmpeg may not read them."""
    refusing.code = "AuthenticationFailed"
    signer = StorageAccount(refusing.connection, "UPLOADS_STORAGE")
    own = containers_of(settings).uploads
    uploads = Uploads(own, signer, settings.uploads_container, timedelta(hours=1))
    status, found, advice = try_uploads(uploads, place(settings, "uploads"))
    assert status == "failed"
    assert "read through a signed URL: 403" in found
    assert "sig=" not in found
    assert advice.startswith("renew the key in UPLOADS_STORAGE")


@pytest.mark.usefixtures("stores")
def test_uploads_that_may_not_be_looked_at_are_told(settings: Settings, refusing: Refusing) -> None:
    """FFmpeg may read them, and the app may not see which is the current one."""
    signer = StorageAccount(settings.uploads, "UPLOADS_STORAGE")
    client = StorageAccount(refusing.connection, "X").container(settings.uploads_container)
    uploads = Uploads(BlobContainer(client), signer, settings.uploads_container, timedelta(hours=1))
    status, found, _ = try_uploads(uploads, place(settings, "uploads"))
    assert status == "failed"
    assert "read properties: 403" in found


def test_what_is_written_is_taken_away_also_when_it_cannot_be_read(settings: Settings) -> None:
    """A role may allow the one and not the other."""
    container = memory_containers().work
    found = try_container(FailingContainer(container, 2, is_lasting=False), place(settings, "work"))
    assert found.status == "failed"
    assert container.list("") == []


def test_other_bytes_are_a_failure(settings: Settings) -> None:
    """Storage gives back what it was given, or nothing of it can be trusted."""

    class Forgetful(WrappedContainer):
        def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
            if operation == "read":
                self._inner.put(path, b"other", content_type="text/plain")
            return call()

    found = try_container(Forgetful(memory_containers().work), place(settings, "work"))
    assert found.status == "failed"
    assert "what was written is not what is read" in found.found
