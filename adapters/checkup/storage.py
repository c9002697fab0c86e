"""Whether storage does what the app asks of it, in each container."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import NamedTuple

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobClient, StorageErrorCode

from adapters.checkup.examination import Finding, failed, passed
from adapters.settings import StorageConnection
from adapters.storage.container import storage_failed
from adapters.storage.port import Container
from adapters.storage.uploads import Uploads
from transcoding.errors import StorageFailed
from transcoding.job import paths

_ROLE = "Storage Blob Data Contributor"
_NO_CONTAINER = frozenset(
    {StorageErrorCode.CONTAINER_NOT_FOUND.value, StorageErrorCode.CONTAINER_BEING_DELETED.value}
)
_DENIED = ("401", "403")


class Place(NamedTuple):
    """A container, and the settings that lead to it.

    Attributes:
        setting: that names it, such as VOD_WORK_CONTAINER.
        account: the setting of its account, such as UPLOADS_STORAGE.
    """

    container: str
    setting: str
    account: str
    connection: StorageConnection


def try_uploads(uploads: Uploads, place: Place) -> Finding:
    """Look at an upload, and read it as FFmpeg does: through a URL that is signed for it.

    No upload can have that name. That storage knows the container, and would read on, shows in what
    it misses.
    """
    path = paths.checkup_blob(uuid.uuid4().hex)
    try:
        uploads.properties(path)
        _read_nothing(uploads.read_url(path))
    except StorageFailed as failure:
        return _failed(failure, place)
    return passed(f"{place.container}: blobs can be looked at, and read through signed URLs")


def try_container(container: Container, place: Place) -> Finding:
    """Write a blob of our own, read it back and delete it."""
    path, body = paths.checkup_blob(uuid.uuid4().hex), b"written by a checkup"
    try:
        container.put(path, body, content_type="text/plain")
        try:
            is_kept = container.read(path) == body
        except StorageFailed:
            with suppress(StorageFailed):
                container.delete(path)
            raise
        container.delete(path)
    except StorageFailed as failure:
        return _failed(failure, place)
    if not is_kept:
        return failed(
            f"{place.container}: what was written is not what is read",
            f"look for what else writes to the account of {place.account}",
        )
    return passed(f"{place.container}: a blob was written, read back and deleted")


def _read_nothing(url: str) -> None:
    """Read a blob that is not there.

    Raises:
        StorageFailed: that is not what storage says.
    """
    # Whether a URL opens a blob is said at the first try.
    with BlobClient.from_blob_url(
        url, retry_total=0, connection_timeout=5, read_timeout=15
    ) as blob:
        try:
            blob.download_blob()
        except ResourceNotFoundError as error:
            failure = storage_failed("read through a signed URL", error)
            if failure.code != StorageErrorCode.BLOB_NOT_FOUND.value:
                raise failure from None
        except AzureError as error:
            raise storage_failed("read through a signed URL", error) from None


def _failed(failure: StorageFailed, place: Place) -> Finding:
    said = failure.tried + (f": {failure.advice}" if failure.advice else "")
    return failed(f"{place.container}: {said}", _advice(failure, place))


def _advice(failure: StorageFailed, place: Place) -> str:
    account = place.account
    if failure.code in _NO_CONTAINER:
        return (
            f"make the container {place.container} in the account of {account}, or correct"
            f" {place.setting}"
        )
    if not failure.advice.startswith(_DENIED):
        return f"see that the app reaches the account of {account}: address, firewall, network"
    return how_to_be_let_in(place.connection, account, _ROLE)


def how_to_be_let_in(connection: StorageConnection, account: str, role: str) -> str:
    """Say what to do where an account refuses the app.

    Args:
        account: the setting of the account.
        role: what an identity needs there.
    """
    if connection.connection_string:
        return (
            f"renew the key in {account}, and see that the account takes keys and lets the app"
            " through its firewall"
        )
    return (
        f"give the app's identity the role {role} on the account of {account}, and see that its"
        " firewall lets the app through"
    )
