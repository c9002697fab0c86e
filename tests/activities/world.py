"""Steps of a job without an orchestrator: real FFmpeg, storage and time in memory.

What FFmpeg has done once in a session it is not asked for again (`RememberedTools`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from activities.collect_chunks import collect
from activities.encode_unit import encode_chunk
from activities.make_poster import poster
from activities.make_storyboard import storyboard
from activities.measure_source import measure
from activities.plan_job import plan as plan_job
from activities.probe_source import probe as probe_source
from activities.publish_release import publish
from activities.verify_outputs import verify
from activities.write_playlists import write as write_playlists
from adapters.events import Events
from adapters.ffmpeg.port import MediaTools
from adapters.memory.clock import ManualClock
from adapters.memory.container import MemoryContainer
from adapters.memory.events import KeptEvents
from adapters.memory.stores import MemoryContainers, memory_containers, memory_stores
from adapters.services import Services
from adapters.settings import Settings, UploadsConnection
from adapters.storage.port import Container
from transcoding.commands.inputs import local_url
from transcoding.job.messages import Job
from transcoding.job.paths import RenditionFolder
from transcoding.plan.plan import Plan, Planning, Unit

NAME = "clip.mp4"

_NOWHERE = UploadsConnection(blob_service_uri="https://account.blob.example")

QUICK: dict[str, Any] = {"preset": "ultrafast", "chunk_s": 8, "grouping": "together"}
"""Settings that encode fast: all rungs of a chunk in one unit, chunks of two segments."""


def quick_settings(**changes: Any) -> Settings:
    """Return settings of an app whose storage is in memory."""
    values: dict[str, Any] = {"uploads": _NOWHERE, "delivery": _NOWHERE, **QUICK, **changes}
    return Settings(**values)


class LocalUrls:
    """Read URLs that lead to files of this machine, named by what they hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Path] = {}

    def keep(self, name: str, body: bytes) -> None:
        """Have the URL of an upload lead to these bytes."""
        file = self._folder / hashlib.sha256(body).hexdigest()[:16]
        if not file.exists():
            file.write_bytes(body)
        self._files[name] = file

    def read_url(self, container: str, name: str, lifetime: timedelta) -> str:
        del container, lifetime
        return local_url(str(self._files[name]))


@dataclass(frozen=True)
class World:
    """Everything that steps work on.

    Attributes:
        containers: what is in storage, for what a user or an operator does there.
        events: what was told.
    """

    urls: LocalUrls
    tools: MediaTools
    settings: Settings = field(
        default_factory=lambda: Settings(uploads=_NOWHERE, delivery=_NOWHERE, **QUICK)
    )
    clock: ManualClock = field(default_factory=ManualClock)
    events: KeptEvents = field(default_factory=KeptEvents)
    containers: MemoryContainers = field(default_factory=memory_containers)

    @property
    def services(self) -> Services:
        return self.services_with()

    def services_with(self, tools: MediaTools | None = None, **containers: Container) -> Services:
        """Return services of which the tools or containers are others."""
        return Services(
            settings=self.settings,
            stores=memory_stores(replace(self.containers, **containers), signer=self.urls),
            ffmpeg=tools or self.tools,
            clock=self.clock,
            events=Events([self.events]),
        )

    def copy(self) -> World:
        """Return a world of its own in which everything is as it is in this one."""
        kept = self.containers
        copies = [
            container.copy()
            for container in (kept.uploads, kept.work, kept.failed, kept.videos)
            if isinstance(container, MemoryContainer)
        ]
        return replace(self, containers=MemoryContainers(*copies), events=KeptEvents())

    def upload(self, source: Path | bytes, name: str = NAME) -> Job:
        """Upload a source; return its job, in a run of its own."""
        body = source if isinstance(source, bytes) else source.read_bytes()
        self.urls.keep(name, body)
        etag = self.containers.uploads.put(name, body, content_type="video/mp4")
        return Job(container="uploads", name=name, etag=etag, run_id=f"run-of-{etag}")

    def plan(self, source: Path | bytes, name: str = NAME) -> Plan:
        """Upload a source and plan its job."""
        return plan_of(self.services, self.upload(source, name))

    def plan_again(self, made: Plan, services: Services | None = None) -> Plan:
        """Plan a job anew, in its next round."""
        return plan_of(services or self.services, made.job, made.round + 1)

    def replay(self, made: Plan, run_id: str = "run-2") -> Plan:
        """Plan another run of a job."""
        return plan_of(self.services, made.job.model_copy(update={"run_id": run_id}))

    def blobs(self, prefix: str = "") -> dict[str, str]:
        """Return path -> ETag of what is in the videos container."""
        return {blob.path: blob.etag for blob in self.containers.videos.list(prefix)}

    def bodies(self, folder: RenditionFolder) -> dict[str, bytes | None]:
        """Return what is stored in a folder, by file name."""
        prefix = folder.path()
        return {
            path.removeprefix(prefix): self.containers.videos.read(path)
            for path in self.blobs(prefix)
        }

    def overwrite(self, path: str, body: bytes | Callable[[bytes], bytes]) -> None:
        """Damage a blob of the videos container by hand."""
        there = self.containers.videos.read(path)
        assert there is not None
        new = body if isinstance(body, bytes) else body(there)
        self.containers.videos.put(path, new, content_type="application/octet-stream")


def plan_of(services: Services, job: Job, round_number: int = 0) -> Plan:
    """Probe, measure and plan."""
    probed = probe_source(services, job)
    assert probed.source is not None, probed.refused
    measured = measure(services, probed)
    planning = Planning(job=job, source=probed.source, measured=measured, round=round_number)
    return plan_job(services, planning)


def units(made: Plan) -> tuple[Unit, ...]:
    """Return all units of a plan: sound first."""
    return tuple(made.unit(number) for number in range(made.unit_count))


def picture_units(made: Plan) -> tuple[Unit, ...]:
    return tuple(unit for unit in units(made) if unit.stream)


def sound_unit(made: Plan) -> Unit:
    """Return the first unit of sound."""
    return next(unit for unit in units(made) if unit.stream is None)


def encode(services: Services, made: Plan) -> int:
    """Do all units; return how many chunks of tracks were encoded."""
    return sum(encode_chunk(services, unit).done for unit in units(made))


def produce(services: Services, made: Plan) -> None:
    """Do all that comes before the gate."""
    encode(services, made)
    collect(services, made)
    poster(services, made)
    storyboard(services, made)
    write_playlists(services, made)


def make_live(services: Services, made: Plan) -> int:
    """Do all up to where the video is live; return the number of its release."""
    produce(services, made)
    verdict = verify(services, made)
    assert verdict.failed == ()
    return publish(services, made).number


def lowest(made: Plan) -> RenditionFolder:
    """Return the folder of the lowest rung."""
    return made.folder(made.video[0].key)


def sound(made: Plan) -> RenditionFolder:
    return made.folder(made.audio[0].key)
