"""Write playlists, then the manifests under their stable names."""

from __future__ import annotations

from adapters.services import Services
from transcoding.errors import StorageFailed
from transcoding.job import paths
from transcoding.job.messages import UnitDone
from transcoding.job.records import ChunkRecord, Rendition, join_chunks
from transcoding.manifests import dash, hls
from transcoding.manifests.bandwidth import target_duration_s
from transcoding.manifests.storyboard import plan_storyboard, storyboard_vtt
from transcoding.plan.plan import Plan


def read_records(services: Services, plan: Plan) -> dict[str, tuple[ChunkRecord, ...]]:
    """Return the chunk records of every rendition, by key."""
    chunk_count = plan.timeline.chunk_count
    counts = {rung.key: chunk_count for rung in plan.rungs} | {a.key: 1 for a in plan.audio}
    return {
        key: services.store.read_markers(plan.folder(key), count) for key, count in counts.items()
    }


def read_renditions(services: Services, plan: Plan) -> dict[str, Rendition]:
    """Return every rendition whole, by key."""
    return {key: join_chunks(records) for key, records in read_records(services, plan).items()}


def write_playlists(services: Services, plan: Plan) -> UnitDone:
    """Write media and I-frame playlists beside their segments; nothing refers to them yet."""
    renditions = read_renditions(services, plan)
    target_s = target_duration_s(list(renditions.values()))
    for key, rendition in renditions.items():
        files = {paths.MEDIA_PLAYLIST: hls.media_playlist(rendition, target_s).encode()}
        if any(rung.key == key for rung in plan.rungs):
            files[paths.IFRAME_PLAYLIST] = hls.iframe_playlist(rendition, target_s).encode()
        services.store.upload_files(plan.folder(key), files)
    return UnitDone(encoded=len(renditions), skipped=0)


def publish_manifests(services: Services, plan: Plan) -> UnitDone:
    """Write the stable names, the multivariant playlist last: with it the video is live.

    Each write is whole, and only happens while the job's source is the current one, so a retry
    after a kill finds the old file or the new one, never a part.

    Raises:
        Superseded: there is a newer source.
    """
    store = services.store
    renditions = read_renditions(services, plan)
    poster = store.videos.read(plan.poster_folder.path(paths.POSTER))
    if poster is None:
        raise StorageFailed("read the poster", on=plan.job.name, advice="replay the job")
    files = {
        paths.POSTER: poster,
        paths.STORYBOARD: storyboard_vtt(plan, plan_storyboard(plan)).encode(),
        paths.MANIFEST: dash.manifest(plan, renditions).encode(),
        paths.MASTER: hls.multivariant_playlist(plan, renditions).encode(),
    }
    for file, body in files.items():
        store.publish(plan.job, file, body)
    return UnitDone(encoded=len(files), skipped=0)
