"""Follows the canary's jobs: from upload to event, from event to published, and once more."""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from cli.doctor.visit import Visit
from cli.follow import follow
from cli.progress import ProgressView, plain_line
from cli.uploading import Upload
from transcoding.errors import VodError
from transcoding.job.paths import MASTER
from transcoding.reporting.checkup import Check
from transcoding.reporting.status import JobStatus

UPLOAD, EVENT, JOB, ADDRESS = "canary: upload", "canary: event", "canary: job", "public: address"

FIRST_S = 2
_POLL_S = 0.5

EVENT_WITHIN_S = 300.0
"""An event takes seconds, and starting an app that sleeps a minute; scanning may take more."""

_SET_ADDRESS = (
    "set VOD_PLAYBACK_BASE_URL of the app to the address of its Front Door (PLAYBACK_BASE_URL of"
    " the deployment)"
)

_ENDS: dict[str, str] = {
    "refused": "the app cannot read a clip that this machine's FFmpeg has made: compare"
    " VOD_FFMPEG and VOD_FFPROBE, and its limits (VOD_MAX_...)",
    "failed": "the reason is in full in the dead letter, container {failed}, {name}/: see"
    " docs/recover.md",
    "cancelled": "somebody has ended it: run this again",
    "superseded": "somebody has changed the canary's upload or its metadata: look for rules that"
    " touch new blobs, and run this again",
}


def upload(visit: Visit) -> Check:
    """Upload the first clip."""
    visit.tell(f"making and uploading {visit.canary.name}")
    began = time.monotonic()
    uploaded = visit.canary.upload(FIRST_S)
    took_s = time.monotonic() - began
    found = f"{uploaded.size_bytes} bytes to {uploaded.container}, made and sent in {took_s:.1f} s"
    return Check(name=UPLOAD, status="ok", found=found)


def event(visit: Visit) -> Check:
    """Wait until the app knows the job of the upload."""
    visit.tell("waiting for the event")
    latency_s = wait_for_event(visit, visit.canary.uploads[-1])
    found = f"{latency_s:.1f} s from the upload's end until its job is known"
    return Check(name=EVENT, status="ok", found=found)


def wait_for_event(visit: Visit, uploaded: Upload) -> float:
    """Return how many seconds it took until the job of an upload was known.

    Raises:
        VodError: it has not come in a third of the time that there is, or in EVENT_WITHIN_S.
    """
    began = time.monotonic()
    limit_s = min(EVENT_WITHIN_S, visit.limit_s / 3)
    while True:
        status = visit.client.status(uploaded.name)
        if status and status.instance_id == uploaded.instance_id:
            return time.monotonic() - began
        if time.monotonic() - began > limit_s:
            raise VodError(
                f"no job has begun {limit_s:.0f} s after the upload",
                on=uploaded.name,
                advice=_no_event(visit),
            )
        time.sleep(_POLL_S)


def _no_event(visit: Visit) -> str:
    if visit.patient.names.topic:
        return (
            "see what `event subscription` says here, look into the container lost-events, and"
            " whether the app's log names on_upload"
        )
    return (
        "the app must watch this container: compare UPLOADS_STORAGE and VOD_UPLOADS_CONTAINER of"
        " app and command, and look at the app's log; without Event Grid it finds uploads by"
        " scanning, which can take minutes: --timeout allows more"
    )


def job(visit: Visit) -> Check:
    """Wait until the first clip is published."""
    began = time.monotonic()
    status = follow_job(visit, Teller(visit))
    took_s = time.monotonic() - began
    visit.canary.master_url = _web_address(status.hls_url)
    longest = max(status.stages, key=lambda stage: stage.seconds, default=None)
    stage = f", {longest.name} {longest.seconds:.1f} s of it" if longest else ""
    warnings = [text for text in status.warnings if not text.startswith("the purge failed")]
    if warnings:
        return Check(
            name=JOB,
            status="failed",
            found=f"published, but {warnings[0]}",
            advice="see docs/recover.md; the video plays all the same",
        )
    return Check(name=JOB, status="ok", found=f"published after {took_s:.1f} s{stage}")


def follow_job(visit: Visit, view: ProgressView) -> JobStatus:
    """Follow the job of the last upload until it is published; return its status.

    Raises:
        VodError: it ends in another way.
    """
    uploaded = visit.canary.uploads[-1]
    status = follow(
        visit.client, uploaded.name, view, instance_id=uploaded.instance_id, poll_s=_POLL_S
    )
    if status.state != "published":
        failed = visit.patient.settings.failed_container
        raise VodError(
            f"its job has ended as {status.state}: {status.detail}",
            on=status.instance_id,
            advice=_ENDS[status.state].format(failed=failed, name=uploaded.name),
        )
    return status


@dataclass
class Teller:
    """Tells of a change of phase, one line each."""

    visit: Visit
    phase: str = ""

    def show(self, status: JobStatus) -> None:
        if status.phase != self.phase:
            self.phase = status.phase
            self.visit.tell(f"job: {plain_line(status)}")


def address(visit: Visit) -> Check:
    """See whether the app tells viewers the address that the deployment has for them."""
    url, expected = visit.canary.master_url, visit.patient.names.playback_url.rstrip("/")
    if expected and not url.startswith(f"{expected}/"):
        return Check(
            name=ADDRESS,
            status="failed",
            found=f"{url} does not begin with {expected}",
            advice=_SET_ADDRESS,
        )
    return Check(name=ADDRESS, status="ok", found=url)


def _web_address(url: str) -> str:
    """Return what the app says that a video plays at.

    Raises:
        VodError: it is no address of a master playlist.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        is_address = False
    if not is_address or not url.endswith(f"/{MASTER}"):
        raise VodError(
            "the app does not say where the video plays", on=url[:80], advice=_SET_ADDRESS
        )
    return url
