"""Replaces the canary, and then removes it: viewers must see both, whatever caches hold."""

from __future__ import annotations

import time
from typing import NamedTuple

from azure.core.exceptions import AzureError

from cli.doctor.answers import max_age_s
from cli.doctor.delivery import wait_for
from cli.doctor.fetching import Fetched
from cli.doctor.jobs import Teller, follow_job, wait_for_event
from cli.doctor.visit import Visit
from transcoding.job.messages import Job
from transcoding.reporting.checkup import Check
from transcoding.reporting.status import JobStatus

REPLACED, REMOVED, GONE = "canary: replaced", "canary: removed", "public: gone"

_SECOND_S = 1
_CACHE_SLACK_S = 15.0
_LONGEST_PURGE_S = 600.0
_LONGEST_EDGE_S = 300.0
"""Front Door may keep stable names longer than it tells browsers to; not longer than this."""

_PURGE_ADVICE = (
    "see that VOD_FRONT_DOOR_ENDPOINT and _DOMAIN are those of the public address, that no other"
    " cache stands before it, and that the app's identity may purge (roles.bicep)"
)


def replaced(visit: Visit) -> Check:
    """Upload another clip, and see it come to the public address once it is published."""
    visit.tell("replacing the canary")
    uploaded = visit.canary.upload(_SECOND_S)
    wait_for_event(visit, uploaded)
    warm = _KeepWarm(visit)
    status = follow_job(visit, warm)
    # What the new version refers to lies in a folder of the new upload.
    folder = Job(
        container=uploaded.container, name=uploaded.name, etag=uploaded.etag, run_id="-"
    ).source_key
    limit = time_limit_of(visit, warm.seen, status.purge)
    visit.tell("waiting for the new version at the public address")
    waited_s, seen = wait_for(visit.stranger, visit.canary.master_url, limit.within_s, until=folder)
    return judge_replaced(status, limit, waited_s, seen)


class _KeepWarm(Teller):
    """Asks for the master playlist all the time, so that caches hold the old version."""

    seen: Fetched | None = None

    def show(self, status: JobStatus) -> None:
        super().show(status)
        self.seen = self.visit.stranger.get(self.visit.canary.master_url)


class Limit(NamedTuple):
    """How long the old version may be seen, and why."""

    within_s: float
    is_purged: bool


def time_limit_of(visit: Visit, old: Fetched | None, purge: str) -> Limit:
    """Return for how long caches may show what was there before.

    Args:
        old: the last answer with it.
        purge: what the job or the app says of the purge: its state, and in words.
    """
    state = purge.partition(":")[0]
    if state == "done":
        return Limit(visit.settles_within_s, is_purged=True)
    age_s = min((old and max_age_s(old)) or 0, _LONGEST_EDGE_S)
    longest_s = {"running": _LONGEST_PURGE_S, "failed": _LONGEST_EDGE_S}.get(state, 0.0)
    return Limit(max(age_s, longest_s) + _CACHE_SLACK_S, is_purged=False)


def judge_replaced(status: JobStatus, limit: Limit, waited_s: float | None, seen: Fetched) -> Check:
    """Judge when the new version was seen, None: not in time."""
    if waited_s is None:
        purged = "although its purge is done" if limit.is_purged else f"(purge: {status.purge})"
        return Check(
            name=REPLACED,
            status="failed",
            found=f"{seen.answer} with the old version after {limit.within_s:.0f} s {purged}",
            advice=_PURGE_ADVICE,
        )
    if status.purge.startswith("failed"):
        return Check(
            name=REPLACED,
            status="failed",
            found=f"seen after {waited_s:.1f} s by itself, as the purge {status.purge}",
            advice=_PURGE_ADVICE,
        )
    how = "purged" if limit.is_purged else "there is no Front Door to purge"
    return Check(
        name=REPLACED, status="ok", found=f"seen {waited_s:.1f} s after its job's end; {how}"
    )


def removed(visit: Visit) -> Check:
    """Remove the canary through the app, and see that its upload is gone."""
    if visit.canary.is_kept:
        return Check(name=REMOVED, status="skipped", found=f"kept: {visit.canary.how_to_remove()}")
    visit.tell("removing the canary")
    visit.canary.remove()
    told = visit.canary.removal
    try:
        has_upload = visit.canary.has_upload()
    except AzureError as error:
        return _not_removed(f"storage does not tell ({type(error).__name__})", visit)
    if told is None:
        return _not_removed("the app knows of nothing to remove", visit)
    if has_upload:
        return _not_removed("its upload is there as before", visit)
    visit.canary.is_there = False
    found = f"{told.stable_files} stable and {told.source_files} other files, and the upload"
    return Check(name=REMOVED, status="ok", found=found)


def _not_removed(found: str, visit: Visit) -> Check:
    return Check(
        name=REMOVED,
        status="failed",
        found=found,
        advice="see that command and app have the same accounts and containers; then "
        + visit.canary.how_to_remove(),
    )


def gone(visit: Visit) -> Check:
    """See that the public address has nothing more to show."""
    told, began = visit.canary.removal, time.monotonic()
    purge = f"{told.purge.status}: {told.purge.detail}" if told else ""
    limit = time_limit_of(visit, visit.stranger.get(visit.canary.master_url), purge)
    visit.tell("waiting until the public address has nothing more to show")
    for url in (visit.canary.master_url, visit.canary.media_url):
        left_s = limit.within_s - (time.monotonic() - began)
        waited_s, seen = wait_for(visit.stranger, url, left_s, until=None)
        if waited_s is None:
            file = url.rpartition("/")[2]
            return Check(
                name=GONE,
                status="failed",
                found=f"{file}: {seen.answer} {limit.within_s:.0f} s after the removal"
                f" (purge: {purge})",
                advice=_PURGE_ADVICE,
            )
    took_s = time.monotonic() - began
    found = f"neither playlist nor segment is there, {took_s:.1f} s after the removal"
    return Check(name=GONE, status="ok", found=found)
