"""A job's activities one after the other, without an orchestrator, on a real store."""

from __future__ import annotations

import os
from pathlib import Path

from adapters.chunk_encoder import encode_audio, encode_unit
from adapters.planner import plan_job
from adapters.prober import probe_source
from adapters.publisher import write_playlists
from adapters.stills import make_poster, make_storyboard
from orchestrators.encode_renditions import units_of

from activities.probe_source import probe as probe_source
from adapters.services import Services, make_services
from adapters.settings import Settings
from tests.storage import upload
from transcoding.job.messages import Job
from transcoding.job.paths import RenditionFolder
from transcoding.plan.plan import AudioUnit, EncodeUnit, Plan, Probed, Profile

TWO_SEGMENT_CHUNKS = Profile(preset="ultrafast", chunk_s=8, many_instances=False)


def quick_services(
    settings: Settings, profile: Profile = TWO_SEGMENT_CHUNKS, **changes: object
) -> Services:
    """Return services on the test's storage that encode fast, all rungs of a chunk together."""
    made = make_services(settings.model_copy(update=profile.model_dump() | changes))
    made.store.ensure_containers()
    return made


def probe(services: Services, source: Path | bytes, name: str = "clip.mp4") -> Probed:
    """Upload a source and probe it."""
    body = source if isinstance(source, bytes) else source.read_bytes()
    return probe_source(services, upload(services.store, services.settings, name, body))


def plan(services: Services, source: Path | bytes, name: str = "clip.mp4") -> Plan:
    """Upload a source and plan its job."""
    probed = probe(services, source, name)
    assert probed.refused is None, probed.refused
    return plan_job(services, probed)


def units(made: Plan) -> tuple[EncodeUnit, ...]:
    """Return the units of a job whose rungs are encoded together."""
    return units_of(made, made.groups[0])


def audio_units(made: Plan) -> tuple[AudioUnit, ...]:
    start_s = made.source.picture.first_picture_s
    return tuple(AudioUnit(job=made.job, video_start_s=start_s, audio=a) for a in made.audio)


def encode(services: Services, made: Plan) -> None:
    """Do all that comes before the gate."""
    for audio in audio_units(made):
        encode_audio(services, audio)
    for unit in units(made):
        encode_unit(services, unit)
    make_poster(services, made)
    make_storyboard(services, made)
    write_playlists(services, made)


def folder_of(made: Plan, index: int = 0) -> RenditionFolder:
    """Return the folder of a rung, the lowest unless told."""
    return made.folder(made.rungs[index].key)


def stored(services: Services, job: Job) -> dict[str, str]:
    """Return path -> ETag of all that is in the videos container for a job."""
    found = [blob.path for blob in services.store.videos.list(f"{job.name}/")]
    return {path: p.etag for path, p in services.store.video_properties(found).items()}


def scratch_left(folder: Path) -> list[str]:
    """Return what this process has left in a temporary folder."""
    return [path.name for path in folder.glob(f"vod-unit-{os.getpid()}-*")]
