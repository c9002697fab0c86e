"""Containers and the queue, made where they are missing: on Azurite and a stand-in."""

from __future__ import annotations

import logging
import socket
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import pytest
import requests
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from adapters.settings import Settings, UploadsConnection
from adapters.storage.places import make_places, prepare
from devhost.azurite import AzuriteProcess
from tests.loopback import LoopbackServer
from transcoding.errors import StorageFailed

KEY = "c2VjcmV0"


class Storage(LoopbackServer):
    """A storage account as far as this needs it: it has everything and notes what it is asked.

    Attributes:
        asked: method and name of container or queue, in order.
        public: of these, what is to be read by everybody.
        refused: what it answers instead of "it is there" and "it is made": status and error code.
    """

    def __init__(self) -> None:
        storage = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                asked = f"{self.command} {urlsplit(self.path).path.rpartition('/')[2]}"
                storage.asked.append(asked)
                if self.headers.get("x-ms-blob-public-access"):
                    storage.public.append(asked)
                status, code = storage.refused.get(
                    asked.partition(" ")[0], (200 if self.command == "GET" else 201, "")
                )
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.send_header("ETag", '"0x1"')
                self.send_header("Last-Modified", "Wed, 25 Nov 2026 12:00:00 GMT")
                if code:
                    self.send_header("x-ms-error-code", code)
                self.end_headers()

            do_GET = do_PUT = _answer  # noqa: N815 - the library's names

            def log_message(self, *_: object) -> None:
                return

        super().__init__(Handler)
        self.asked: list[str] = []
        self.public: list[str] = []
        self.refused: dict[str, tuple[int, str]] = {}

    @property
    def connection(self) -> str:
        return connection_string(self.address)


def connection_string(address: str) -> str:
    return (
        f"DefaultEndpointsProtocol=http;AccountName=acct;AccountKey={KEY};"
        f"BlobEndpoint={address}/acct;QueueEndpoint={address}/acct;"
    )


@pytest.fixture
def storage() -> Iterator[Storage]:
    with Storage() as running:
        yield running


def settings_of(connection: str) -> Settings:
    """Return settings with both accounts at one place, and the usual names."""
    account = UploadsConnection(connection_string=connection)
    return Settings.model_validate({"uploads": account, "delivery": account})


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was told, of which all has to be a warning of ours."""
    ours = [record for record in caplog.records if record.name == "durable_vod.storage"]
    assert {record.levelno for record in ours} <= {logging.WARNING}
    return [record.getMessage() for record in ours]


def test_what_is_missing_is_made(settings: Settings, azurite: AzuriteProcess) -> None:
    """Four containers and the queue; on Azurite whoever has its address may read a video."""
    queue = f"poison-{uuid.uuid4().hex}"
    make_places(settings, queue)
    blobs = BlobServiceClient.from_connection_string(azurite.connection_string)
    queues = QueueServiceClient.from_connection_string(azurite.connection_string)
    public = {
        name: blobs.get_container_client(name).get_container_properties().public_access
        for name in (
            settings.uploads_container,
            settings.work_container,
            settings.failed_container,
            settings.videos_container,
        )
    }
    assert list(public.values()) == [None, None, None, "blob"]
    assert queue in [found.name for found in queues.list_queues()]
    video = blobs.get_blob_client(settings.videos_container, "a.txt")
    video.upload_blob(b"a")
    served = requests.get(video.url, headers={"Origin": "http://player.example"}, timeout=10)
    assert (served.content, served.headers["Access-Control-Allow-Origin"]) == (b"a", "*")


def test_what_is_there_is_left_as_it_is(settings: Settings, azurite: AzuriteProcess) -> None:
    """Every worker makes them when it starts."""
    make_places(settings, "poison")
    upload = BlobServiceClient.from_connection_string(azurite.connection_string).get_blob_client(
        settings.uploads_container, "a.mp4"
    )
    upload.upload_blob(b"moving pictures")
    make_places(settings, "poison")
    assert upload.download_blob().readall() == b"moving pictures"


def test_a_start_where_all_is_there_asks_once_for_each(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    """No container is made that is there: those requests would fail, and count as failures."""
    prepare(settings_of(storage.connection), "poison")
    assert storage.asked == ["GET uploads", "GET work", "GET failed", "PUT poison", "GET videos"]
    assert warnings(caplog) == []


def test_nobody_but_the_owner_reads_what_is_made_in_azure(storage: Storage) -> None:
    """A public container is for Azurite, which no Front Door reads."""
    storage.refused = {"GET": (404, "ContainerNotFound")}
    make_places(settings_of(storage.connection), "poison")
    assert [asked for asked in storage.asked if asked.startswith("PUT")] == [
        *("PUT uploads", "PUT work", "PUT failed", "PUT poison", "PUT videos"),
    ]
    assert storage.public == []


@pytest.mark.parametrize("which", ["uploads", "delivery"])
def test_an_account_of_an_identity_is_left_to_the_infrastructure(
    storage: Storage, caplog: pytest.LogCaptureFixture, which: str
) -> None:
    """Not even a token is asked for; the other account is seen to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        identity = UploadsConnection(
            blob_service_uri=f"https://127.0.0.1:{server.getsockname()[1]}"
        )
        changed = settings_of(storage.connection).model_copy(update={which: identity})
        prepare(changed, "poison")
        with pytest.raises(BlockingIOError):
            server.accept()
    own = ["GET uploads", "GET work", "GET failed", "PUT poison"]
    assert storage.asked == (["GET videos"] if which == "uploads" else own)
    assert warnings(caplog) == []


def test_what_another_worker_has_made_meanwhile_is_fine(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    """Several start at once."""
    storage.refused = {
        "GET": (404, "ContainerNotFound"),
        "PUT": (409, "ContainerAlreadyExists"),
    }
    prepare(settings_of(storage.connection), "poison")
    assert len(storage.asked) == 9
    assert warnings(caplog) == []


@pytest.mark.parametrize("code", ["AuthorizationFailure", "AuthorizationPermissionMismatch"])
def test_who_may_use_a_container_but_not_look_at_it_has_one(
    storage: Storage, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    """A signature for blobs alone is enough for work."""
    storage.refused = {"GET": (403, code)}
    prepare(settings_of(storage.connection), "poison")
    assert storage.asked == ["GET uploads", "GET work", "GET failed", "PUT poison", "GET videos"]
    assert warnings(caplog) == []


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        ({"GET": (403, "AuthenticationFailed")}, "403 "),
        (
            {
                "GET": (404, "ContainerNotFound"),
                "PUT": (403, "AuthorizationFailure"),
            },
            "403 ",
        ),
        (
            {
                "GET": (404, "ContainerNotFound"),
                "PUT": (409, "ContainerBeingDeleted"),
            },
            "409 ",
        ),
    ],
    ids=["wrong key", "missing and forbidden", "being deleted"],
)
def test_what_cannot_be_made_is_told(
    storage: Storage,
    caplog: pytest.LogCaptureFixture,
    refused: dict[str, tuple[int, str]],
    told: str,
) -> None:
    """A line for each account, with the setting and without the key; the app is loaded."""
    storage.refused = refused
    prepare(settings_of(storage.connection), "poison")
    lines = warnings(caplog)
    assert [line.partition(": 4")[0] for line in lines] == [
        f"storage: make the containers and the queue that are missing (setting {name})"
        for name in ("UPLOADS_STORAGE", "DELIVERY_STORAGE")
    ]
    assert all(told in line and KEY not in line for line in lines)


def test_storage_that_is_down_is_told_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """With what to do about it; nothing is tried again."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings = settings_of(connection_string(f"http://127.0.0.1:{port}"))
    prepare(settings, "poison")
    assert warnings(caplog) == [
        f"no storage answers (127.0.0.1:{port}/acct, setting {name}): start it, Azurite for "
        "instance, and then the app again: the containers that are missing are made when the app "
        "is loaded"
        for name in ("UPLOADS_STORAGE", "DELIVERY_STORAGE")
    ]
    with pytest.raises(StorageFailed, match="no storage answers"):
        make_places(settings, "poison")


def test_storage_that_never_answers_holds_nothing_up(caplog: pytest.LogCaptureFixture) -> None:
    """It takes connections; loading goes on, and so does the asking."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        prepare(settings_of(connection_string(address)), "poison", patience_s=0.2)
        assert warnings(caplog) == [
            "storage has not answered in 0.2 s; what it lacks is made as soon as it does"
        ]
