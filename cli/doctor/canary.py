"""The canary: a clip of two seconds that goes all the way, and leaves nothing behind."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobClient, ContainerClient
from rich.console import Console

from adapters.clock import Clock, SystemClock
from adapters.ffmpeg.runner import Ffmpeg
from adapters.storage.container import storage_failed
from cli.app_client import KEY_VARIABLE, AppClient, JobRuns
from cli.clip import make_clip
from cli.doctor.patient import Patient
from cli.doctor.time_limit import OutOfTime, time_limit
from cli.terminal import write_line
from cli.uploading import Upload, upload_to
from transcoding.errors import StorageFailed, VodError
from transcoding.reporting.removal import Removed

FOLDER = "durable-vod-doctor"

CLEAN_UP_WITHIN_S = 900.0
"""The canary's job comes to its end first; a purge of Front Door takes up to ten minutes."""

_AGAIN_AFTER_S = 2.0


class Canary:
    """A video under a name of its own.

    Attributes:
        name: of the blob.
        uploads: what was uploaded under it, in order.
        master_url, media_url: where it plays, once it does, and one of its segments.
        removal: what the app said when it was removed.
        is_there: some of it may be in storage.
        is_kept: stays when the examination is over.
    """

    def __init__(
        self,
        patient: Patient,
        client: AppClient,
        *,
        is_kept: bool = False,
        clock: Clock | None = None,
    ) -> None:
        """Take a name that nobody has; nothing is written yet."""
        self.name = f"{FOLDER}/{uuid.uuid4().hex[:12]}.mp4"
        self.uploads: list[Upload] = []
        self.master_url = ""
        self.media_url = ""
        self.removal: Removed | None = None
        self.is_there = False
        self.is_kept = is_kept
        self._patient = patient
        self._client = client
        self._clock = clock or SystemClock()

    def upload(self, duration_s: int) -> Upload:
        """Make a clip with picture and sound, and upload it.

        Raises:
            ToolFailed: FFmpeg cannot be run here.
            Unusable, StorageFailed: storage does not take it.
        """
        settings = self._patient.settings
        with TemporaryDirectory(prefix="vod-doctor-") as folder:
            clip = Path(folder) / "canary.mp4"
            make_clip(Ffmpeg(settings.ffmpeg or None, settings.ffprobe or None), clip, duration_s)
            # Before the first byte: an upload may arrive although its answer is lost.
            self.is_there = True
            uploaded = upload_to(self._uploads, clip, self.name, lambda _done, _total: None)
        self.uploads.append(uploaded)
        return uploaded

    def remove(self) -> None:
        """Remove all of it through the app, in as many calls as that takes; `removal` tells.

        Raises:
            VodError: the app does not do it.
        """
        while answered := self._client.remove(self.name):
            self.removal = answered
            if answered.is_complete:
                break
            self._clock.sleep(_AGAIN_AFTER_S)

    def has_upload(self) -> bool:
        """Tell whether its upload is in storage, asked with the user's own identity.

        Raises:
            AzureError: storage does not tell.
        """
        return self._blob().exists()

    def clean_up(self, console: Console) -> None:
        """Remove what may be there, and say what stays; whatever had gone wrong before."""
        if self.is_kept and self.uploads:
            _say(console, f"kept: {self.name}; {self.how_to_remove()}")
            return
        if not self.is_there:
            return
        _say(console, f"removing the canary {self.name}")
        why = "interrupted"
        try:
            with time_limit(CLEAN_UP_WITHIN_S):
                self._remove_patiently(console)
        except OutOfTime:
            why = f"it took more than {CLEAN_UP_WITHIN_S:.0f} s"
        except VodError as error:
            why = str(error)
        finally:
            if self.is_there:
                _say(console, f"left: {self.name} ({why}); {self.how_to_remove()}")
            elif self.removal and self.removal.purge.status == "failed":
                _say(console, self._purge_failed(self.removal.purge.detail))
            else:
                _say(console, f"removed: {self.name}")

    def how_to_remove(self) -> str:
        """Say how it is removed by hand; the key stays in its variable."""
        url = f"{self._client.url}/api/videos?name={quote(self.name, safe='')}"
        header = f'"x-functions-key: ${KEY_VARIABLE}"'
        return (
            f"remove it, with a function key in {KEY_VARIABLE}:"
            f" curl -X DELETE -H {header} {shlex.quote(url)}"
        )

    def _remove_patiently(self, console: Console) -> None:
        """Wait for a job that runs, as the app does not remove what is still being made."""
        is_told = False
        while True:
            try:
                self.remove()
            except JobRuns:
                if not is_told:
                    _say(console, "waiting for the end of its job; Ctrl-C leaves it there")
                is_told = True
                self._clock.sleep(_AGAIN_AFTER_S)
            except VodError:
                with suppress(StorageFailed):
                    self._remove_upload()
                raise
            else:
                break
        # An app that looks at another account knows nothing of it.
        self._remove_upload()
        self.is_there = False

    def _remove_upload(self) -> None:
        """Remove the upload with the user's own identity.

        Raises:
            StorageFailed: it may be there still.
        """
        try:
            self._blob().delete_blob()
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise storage_failed("delete the upload", error) from None

    def _purge_failed(self, why: str) -> str:
        return (
            f"purge failed: {self.name} is removed, and Front Door may still play what it keeps"
            f" ({why}); {self.how_to_remove()}"
        )

    @property
    def _uploads(self) -> ContainerClient:
        return self._patient.uploads.container(self._patient.settings.uploads_container)

    def _blob(self) -> BlobClient:
        return self._uploads.get_blob_client(self.name)


@contextmanager
def canary(
    patient: Patient, client: AppClient, console: Console, *, is_kept: bool
) -> Iterator[Canary]:
    """Give a canary; what is there of it in the end is removed, however that comes."""
    bird = Canary(patient, client, is_kept=is_kept)
    try:
        yield bird
    finally:
        bird.clean_up(console)


def _say(console: Console, text: str) -> None:
    """Print a line, although the one before may have been interrupted in the middle.

    A console that was left so keeps all that follows to itself.
    """
    write_line(Console(file=console.file), text)
