"""All that the app reads from and writes to Blob Storage, in its own terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from azure.storage.blob import CorsRule

from adapters.settings import DELIVERY_CONNECTION, UPLOADS_CONNECTION, Settings
from adapters.storage.account import StorageAccount
from adapters.storage.container import BlobContainer
from adapters.storage.files import CONTENT_TYPES, IMMUTABLE_CACHE, FileSlice, in_parallel
from adapters.storage.port import BlobProperties, ListedBlob, Overtaken
from transcoding.errors import StorageFailed, Superseded
from transcoding.job import paths
from transcoding.job.messages import Job
from transcoding.job.paths import RenditionFolder, WorkFolder
from transcoding.job.records import ChunkRecord, UnitFailure, UnitProgress
from transcoding.values import Value

_READ_URL_SLACK = timedelta(hours=1)
"""Every unit asks for a read URL of its own, which outlives its time-out by this."""

_PUBLISH_ATTEMPTS = 5

_V = TypeVar("_V", bound=Value)


class BlobStore:
    """Uploads, notes of running jobs and dead letters in one account, videos in the other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._uploads_account = StorageAccount(settings.uploads, UPLOADS_CONNECTION)
        self._delivery_account = StorageAccount(settings.delivery, DELIVERY_CONNECTION)
        own, public = self._uploads_account, self._delivery_account
        self.uploads = BlobContainer(own.container(settings.uploads_container))
        self.work = BlobContainer(own.container(settings.work_container))
        self.failed = BlobContainer(own.container(settings.failed_container))
        self.videos = BlobContainer(public.container(settings.videos_container))

    def ensure_containers(self) -> None:
        """Make the containers that are missing; on Azurite, let browsers read the videos.

        In Azure the infrastructure has made them, with the public access that is wanted there.
        """
        for container in (self.uploads, self.work, self.failed):
            container.make()
        is_emulator = self._delivery_account.is_emulator
        self.videos.make(public=is_emulator)
        if is_emulator:
            everyone = CorsRule(["*"], ["GET", "HEAD", "OPTIONS"], max_age_in_seconds=3600)
            everyone.allowed_headers = "*"
            everyone.exposed_headers = "*"
            self._delivery_account.client.set_service_properties(cors=[everyone])

    # --- the source

    def check_current(self, job: Job) -> None:
        """Raise Superseded unless the job's source is still the current one."""
        current = self.uploads.properties(job.name)
        if current is None or current.etag != job.etag:
            happened = "was deleted" if current is None else "was replaced by a newer upload"
            raise Superseded(f"the source {happened} while its job ran", on=job.name)

    def read_url(self, job: Job) -> str:
        """Return a short-lived URL that FFmpeg reads the source from. Never log it."""
        lifetime = timedelta(seconds=self._settings.unit_timeout_s) + _READ_URL_SLACK
        return self._uploads_account.read_url(job.container, job.name, lifetime)

    # --- renditions: immutable files

    def upload_files(self, folder: RenditionFolder, files: Mapping[str, bytes | FileSlice]) -> None:
        """Upload immutable files in parallel, each whole or not at all; contents by file name."""

        def upload(item: tuple[str, bytes | FileSlice]) -> None:
            file, content = item
            self.videos.put(
                folder.path(file),
                content if isinstance(content, bytes) else content.read(),
                content_type=_content_type(file, folder.rung_key),
                cache_control=IMMUTABLE_CACHE,
            )

        in_parallel(upload, files.items())

    def write_marker(self, folder: RenditionFolder, record: ChunkRecord) -> None:
        """Write a chunk's done-marker: the last of its files."""
        self.upload_files(folder, {paths.chunk_file(record.index): _json(record)})

    def read_marker(self, folder: RenditionFolder, index: int) -> ChunkRecord | None:
        """Return a chunk's done-marker, or None when the chunk is not done."""
        body = self.videos.read(folder.path(paths.chunk_file(index)))
        return None if body is None else ChunkRecord.model_validate_json(body)

    def withdraw_marker(self, folder: RenditionFolder, index: int) -> None:
        """Make a chunk undone, so that the next run of the job encodes it again."""
        self.videos.delete(folder.path(paths.chunk_file(index)))

    def read_markers(self, folder: RenditionFolder, count: int) -> tuple[ChunkRecord, ...]:
        """Return the done-markers of all chunks of a rendition.

        Raises:
            StorageFailed: one of them is missing.
        """
        found = in_parallel(lambda index: self.read_marker(folder, index), range(count))
        missing = [index for index, record in enumerate(found) if record is None]
        if missing:
            raise StorageFailed(
                f"chunk {missing[0]} has no done-marker", on=folder.path(), advice="replay the job"
            )
        return tuple(record for record in found if record is not None)

    def chunks_done(self, folder: RenditionFolder) -> frozenset[int]:
        """Return the indexes of the chunks whose done-marker exists."""
        prefix = folder.path("chunk-")
        return frozenset(
            int(blob.path.removeprefix(prefix).removesuffix(".json"))
            for blob in self.videos.list(prefix)
        )

    def list_folder(self, folder: RenditionFolder) -> list[ListedBlob]:
        return self.videos.list(folder.path())

    def read_heads(self, video_paths: Sequence[str], length_bytes: int) -> list[bytes]:
        """Return the first bytes of each file of the videos container, in order; b"" if missing."""
        return in_parallel(lambda path: self.videos.read(path, length_bytes) or b"", video_paths)

    def video_properties(self, video_paths: Sequence[str]) -> dict[str, BlobProperties]:
        """Return the properties of those of the files that exist."""
        found = in_parallel(self.videos.properties, video_paths)
        return {path: p for path, p in zip(video_paths, found, strict=True) if p is not None}

    # --- stable names

    def publish(self, job: Job, file: str, body: bytes) -> None:
        """Write a file under its stable name, only while the job's source is the current one.

        The order makes that safe without a lock: read the ETag of what is there, then check the
        source, then write on condition that the ETag is unchanged. Whoever published in between
        makes the write fail, and the check is made again.

        Raises:
            Superseded: there is a newer source; nothing was overwritten.
        """
        path = paths.stable(job.name, file)
        for _ in range(_PUBLISH_ATTEMPTS):
            there = self.videos.properties(path)
            self.check_current(job)
            try:
                self.videos.put_if(
                    path,
                    body,
                    there.etag if there else None,
                    content_type=_content_type(file, ""),
                    cache_control=f"public, max-age={self._settings.manifest_max_age_s}",
                )
            except Overtaken:
                continue
            return
        raise StorageFailed("publish", on=path, advice="others keep overwriting it")

    def playback_url(self, path: str) -> str:
        """Return the public URL of a file of the videos container."""
        settings = self._settings
        base = settings.playback_base_url
        if not base and settings.front_door and settings.front_door.domain:
            base = f"https://{settings.front_door.domain}"
        if base:
            return base + paths.url_path(settings.videos_container, path)
        return self.videos.url(path)

    # --- notes of a running job

    def write_plan(self, work: WorkFolder, plan: Value) -> None:
        self._write_work(work.plan(), _json(plan))

    def read_plan(self, work: WorkFolder) -> bytes | None:
        return self.work.read(work.plan())

    def write_progress(self, work: WorkFolder, progress: UnitProgress) -> None:
        self._write_work(work.progress(f"{progress.unit_id}.json"), _json(progress))

    def remove_progress(self, work: WorkFolder, unit_id: str) -> None:
        self.work.delete(work.progress(f"{unit_id}.json"))

    def read_progress(self, work: WorkFolder) -> list[UnitProgress]:
        """Return the records of the units that run now."""
        return self._read_work_folder(work.progress(), UnitProgress)

    def write_failure(self, work: WorkFolder, failure: UnitFailure) -> None:
        self._write_work(work.failures(f"{failure.unit_id}.json"), _json(failure))

    def read_failures(self, work: WorkFolder, limit: int) -> list[UnitFailure]:
        """Return some of the failures of a run: where all units fail, they fail alike."""
        return self._read_work_folder(work.failures(), UnitFailure, limit)

    def write_conformance(self, work: WorkFolder, body: bytes) -> None:
        self._write_work(work.conformance(), body)

    def read_conformance(self, work: WorkFolder) -> bytes | None:
        return self.work.read(work.conformance())

    def cancel(self, work: WorkFolder) -> None:
        """Leave the mark that makes running and waiting units of this run stop."""
        self._write_work(work.cancel_mark(), b"")

    def is_cancelled(self, work: WorkFolder) -> bool:
        return self.work.properties(work.cancel_mark()) is not None

    # --- dead letters

    def write_dead_letter(self, path: str, body: bytes) -> None:
        self.failed.put(path, body, content_type="application/json")

    def _write_work(self, path: str, body: bytes) -> None:
        self.work.put(path, body, content_type="application/json")

    def _read_work_folder(self, prefix: str, kind: type[_V], limit: int | None = None) -> list[_V]:
        blobs = self.work.list(prefix)[:limit]
        bodies = in_parallel(lambda blob: self.work.read(blob.path), blobs)
        # A record may be removed between the listing and the reading.
        return [kind.model_validate_json(body) for body in bodies if body is not None]


def _json(value: Value) -> bytes:
    return value.model_dump_json().encode()


def _content_type(file: str, key: str) -> str:
    content_type = CONTENT_TYPES[Path(file).suffix]
    is_audio = key.startswith("aac-") and content_type == "video/mp4"
    return "audio/mp4" if is_audio else content_type
