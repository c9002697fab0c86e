"""Uploads a file as the blob that starts a job."""

from __future__ import annotations

import mimetypes
import stat
from pathlib import Path
from typing import NamedTuple

from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from azure.storage.blob import ContainerClient, ContentSettings

from adapters.settings import UPLOADS_CONNECTION, Settings
from adapters.storage.account import StorageAccount
from cli.problems import Unusable
from cli.progress import UploadView
from transcoding.errors import StorageFailed
from transcoding.job.messages import instance_id
from transcoding.job.paths import check_name

_PARALLEL_BLOCKS = 4


class Upload(NamedTuple):
    """A blob that was uploaded, and the job that it starts."""

    container: str
    name: str
    size_bytes: int
    etag: str

    @property
    def instance_id(self) -> str:
        return instance_id(self.container, self.name, self.etag)


def check_file(path: Path) -> None:
    """Make sure that a file can be uploaded.

    Raises:
        Unusable: it is missing, a folder, or cannot be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise Unusable("this is a folder", on=str(path), advice="name a video file")
        if not stat.S_ISREG(mode):
            raise Unusable("this is no regular file", on=str(path), advice="name a video file")
        path.open("rb").close()
    except FileNotFoundError:
        raise Unusable("there is no such file", on=str(path), advice="check the path") from None
    except OSError as error:
        raise Unusable(
            "the file cannot be read",
            on=str(path),
            advice=f"{error.strerror or error}: check the path and its permissions",
        ) from None


def check_blob_name(name: str) -> None:
    """Make sure that a blob of this name can be published.

    Raises:
        Unusable: no URL can carry it.
    """
    refused = check_name(name)
    if refused:
        raise Unusable(refused.reason, on=name, advice=refused.advice)


def upload_file(settings: Settings, path: Path, name: str, view: UploadView) -> Upload:
    """Upload a file in parallel blocks, streamed; a blob of that name is replaced.

    Raises:
        Unusable: nothing answers at the storage address, or the container is missing there.
        StorageFailed: storage refuses the upload.
    """
    account = StorageAccount(settings.uploads, UPLOADS_CONNECTION)
    return upload_to(account.container(settings.uploads_container), path, name, view)


def upload_to(container: ContainerClient, path: Path, name: str, view: UploadView) -> Upload:
    """Do the same in a container of an account that is known already.

    Raises:
        Unusable, StorageFailed: as `upload_file`.
    """
    called = str(container.container_name)
    try:
        # One request without retries: no answer is told at once, not after three minutes.
        exists = container.exists(retry_total=0)
    except ServiceRequestError:
        raise Unusable(
            "no storage answers",
            on=str(container.primary_hostname),
            advice="start Azurite and the app with `make start`, "
            f"or set {UPLOADS_CONNECTION} to another account",
        ) from None
    except AzureError as error:
        raise _storage_failed("look for the container", called, error) from None
    if not exists:
        raise Unusable(
            "there is no such container",
            on=called,
            advice="start the app, which makes it on this machine: `make start`",
        )
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    size_bytes = path.stat().st_size
    try:
        with path.open("rb") as file:
            answer = container.get_blob_client(name).upload_blob(
                file,
                length=size_bytes,
                overwrite=True,
                max_concurrency=_PARALLEL_BLOCKS,
                content_settings=ContentSettings(content_type=content_type),
                progress_hook=view,
            )
    except AzureError as error:
        raise _storage_failed("upload", name, error) from None
    return Upload(called, name, size_bytes, str(answer["etag"]).strip('"'))


def _storage_failed(tried: str, on: str, error: AzureError) -> StorageFailed:
    # The library's later lines hold request ids and headers.
    status = f"{error.status_code} " if isinstance(error, HttpResponseError) else ""
    return StorageFailed(
        f"storage: {tried}", on=on, advice=status + str(error).partition("\n")[0][:300]
    )
