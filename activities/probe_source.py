"""Step: what was uploaded."""

from __future__ import annotations

import azure.durable_functions as df

from activities.runner import run_step
from activities.unit_watch import check_wanted
from adapters.inspection import Opened, inspect
from adapters.services import Services
from transcoding.errors import Superseded, ToolFailed
from transcoding.job import paths
from transcoding.job.messages import Job, RefusalCode, Refused
from transcoding.plan.plan import Probed

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def probe_source(message: dict) -> dict:
    """Job -> Probed."""
    return run_step("probe_source", message, Job, probe)


def probe(services: Services, job: Job) -> Probed:
    """Read what was uploaded, or refuse it.

    A release of an earlier job that was left half published is finished on the way.

    Raises:
        Superseded, Cancelled: the job has no future.
        ToolFailed, StorageFailed: our side failed; worth another attempt.
    """
    refused = paths.check_name(job.name) or _check_size(services, job)
    if refused:
        return Probed(job=job, refused=refused)
    services.stores.releases.finish(job.name)
    url = services.stores.uploads.read_url(job.name)
    opened = Opened(services.ffmpeg, url, job.etag, job.name)
    try:
        found = inspect(opened, max_duration_s=services.settings.max_duration_s)
    except ToolFailed:
        check_wanted(services, job)
        raise
    if isinstance(found, Refused):
        # A file that was replaced meanwhile cannot be read either.
        check_wanted(services, job)
        return Probed(job=job, refused=found)
    return Probed(job=job, source=found)


def _check_size(services: Services, job: Job) -> Refused | None:
    blob = services.stores.uploads.properties(job.name)
    if blob is None or blob.etag != job.etag:
        raise Superseded("the source was replaced or deleted before it was probed", on=job.name)
    if blob.size_bytes == 0:
        return Refused(code=RefusalCode.EMPTY, reason="the file is empty", advice="upload it again")
    if blob.is_archived:
        return Refused(
            code=RefusalCode.ARCHIVED,
            reason="the file is in the archive tier, where it cannot be read",
            advice="move it to the hot or cool tier, then replay the job",
        )
    limit = services.settings.max_size_bytes
    if blob.size_bytes > limit:
        return Refused(
            code=RefusalCode.TOO_LARGE,
            reason=f"the file has {blob.size_bytes} bytes",
            advice=f"upload at most {limit} bytes, or raise VOD_MAX_SIZE_BYTES",
        )
    return None
