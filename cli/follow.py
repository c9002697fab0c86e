"""Follows a job through the app's status until it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable

import stamina

from cli.app_client import AppClient, NoAnswer
from cli.progress import ProgressView
from transcoding.errors import VodError
from transcoding.reporting.status import JobStatus, State

UNDER_WAY: frozenset[State] = frozenset({"pending", "running"})
"""A job in any other state has ended."""

APPEARS_WITHIN_S = 900.0
"""Without Event Grid the host finds an upload by scanning logs, which takes minutes."""

_LOST_ANSWERS = 10
_MISSES = 10
"""So often a job that was there may be unknown: another one may be about to start."""
"""How many answers in a row may be lost, once there was one, before following ends."""

_LONGEST_WAIT_POLLS = 5
"""Waits for an answer grow to so many polls: an app that is deployed anew is away for a while."""


def follow(
    client: AppClient,
    name: str,
    view: ProgressView,
    *,
    instance_id: str | None = None,
    poll_s: float = 1.0,
    patience_s: float | None = None,
    watch_app: Callable[[], None] = lambda: None,
) -> JobStatus:
    """Show a job's progress until it has ended, and return its last status.

    Args:
        instance_id: the job to follow; statuses of an earlier upload of the same name are passed
            over, and a later one means that this job was superseded. None follows whatever job
            the name has.
        patience_s: how long the job may take to appear; None waits for ever.
        watch_app: called at every turn; raises when the app is gone.

    Raises:
        NoAnswer: nothing answers at the app's address.
        VodError: the job has not appeared in time.
    """
    patiently = stamina.RetryingCaller(
        attempts=_LOST_ANSWERS + 1,
        timeout=None,
        wait_initial=poll_s,
        wait_max=_LONGEST_WAIT_POLLS * poll_s,
        wait_jitter=0,
    )

    def ask() -> JobStatus | None:
        watch_app()
        return client.status(name)

    began = time.monotonic()
    seen: JobStatus | None = None
    misses = 0
    while True:
        status = patiently(NoAnswer, ask) if seen else ask()
        if status and instance_id not in (None, status.instance_id):
            if seen:
                return _superseded(seen, "there is a newer upload, or its metadata was changed")
            status = None
        if status:
            seen, misses = status, 0
            view.show(status)
            if status.state not in UNDER_WAY:
                return status
        elif seen and (misses := misses + 1) > _MISSES:
            return _superseded(seen, "the upload is gone; upload it again")
        elif seen is None and patience_s is not None and time.monotonic() - began > patience_s:
            raise VodError(
                f"no job has appeared within {patience_s:.0f} s",
                on=name,
                advice="check the name, and look at the app's log",
            )
        time.sleep(poll_s)


def _superseded(seen: JobStatus, detail: str) -> JobStatus:
    return seen.model_copy(update={"state": "superseded", "detail": detail})
