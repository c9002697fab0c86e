"""Step: a numbered release under the stable names; with it the video is live."""

from __future__ import annotations

import azure.durable_functions as df

from activities.collected import read_collected
from activities.runner import run_step
from activities.unit_watch import check_wanted
from adapters.services import Services
from transcoding.errors import Cancelled, StorageFailed
from transcoding.job import paths
from transcoding.job.collected import Collected
from transcoding.job.messages import Published
from transcoding.job.records import ReleaseRecord, StableCopy, StableText
from transcoding.manifests import dash, hls
from transcoding.manifests.storyboard import storyboard_vtt
from transcoding.plan.plan import Plan
from transcoding.plan.release import Release

blueprint = df.Blueprint()

_ATTEMPTS = 5


@blueprint.activity_trigger(input_name="message")
def publish_release(message: dict) -> dict:
    """Plan -> Published."""
    return run_step("publish_release", message, Plan, publish)


def publish(services: Services, plan: Plan) -> Published:
    """Record a release, then write the stable names, the multivariant playlist last.

    Before it is recorded the job's source must be the current one; from then on whoever finds the
    release half published finishes it, even when the source is gone. So DASH and HLS agree
    whenever no publish is under way. A run records one release: where an attempt finds it, even
    below a later one, there is only that finishing left to do.

    Raises:
        Superseded: there is a newer source; nothing was recorded.
        Cancelled: the video was removed since the job was planned; nothing was recorded.
    """
    releases = services.stores.releases
    own = releases.of_run(plan.job.name, plan.job.run_id)
    record = own or _record(services, plan, Release.whole(plan))
    releases.publish(plan.job.name, record)
    return Published(number=record.number)


def _record(services: Services, plan: Plan, release: Release) -> ReleaseRecord:
    collected = read_collected(services, plan)
    releases = services.stores.releases
    for _ in range(_ATTEMPTS):
        # In this order a higher number is always that of the same or a newer source.
        number = releases.next_number(plan.job.name)
        check_wanted(services, plan.job)
        _check_not_removed(services, plan)
        record = release_record(release, collected, number)
        if releases.record(plan.job.name, record):
            return record
    raise StorageFailed("record a release", on=plan.job.name, advice="others keep recording theirs")


def _check_not_removed(services: Services, plan: Plan) -> None:
    removal = services.stores.releases.last_removal(plan.job.name, plan.job.source_key)
    if removal.number != plan.removal:
        raise Cancelled(
            "the video was removed while its job ran",
            on=plan.job.name,
            advice=f"vod replay '{plan.job.name}'",
        )


def release_record(release: Release, collected: Collected, number: int) -> ReleaseRecord:
    """Return what a release publishes: enough to finish it when its job is gone."""
    plan = release.plan
    renditions = collected.renditions()
    folders = [plan.folder(key) for key in release.keys]
    files: dict[str, StableText | StableCopy] = {
        paths.MANIFEST: StableText(text=dash.manifest(release, renditions)),
        paths.MASTER: StableText(text=hls.multivariant_playlist(release, renditions)),
    }
    if plan.poster:
        folder = plan.folder(plan.poster.key)
        folders.append(folder)
        files[paths.POSTER] = StableCopy(source=f"{folder.relative}/{paths.POSTER}")
    if plan.storyboard:
        folders.append(plan.folder(plan.storyboard.key))
        files[paths.STORYBOARD] = StableText(text=storyboard_vtt(plan, plan.storyboard))
    return ReleaseRecord(
        number=number,
        source_key=plan.job.source_key,
        folders=tuple(folder.relative for folder in folders),
        files=files,
        is_complete=release.is_complete,
        run_id=plan.job.run_id,
    )
