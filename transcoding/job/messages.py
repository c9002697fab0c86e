"""What trigger, orchestrators and activities say to each other: names, never payloads."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Literal

from transcoding.values import Value, content_key

OWN_MARK = "~"
"""Folders of ours beside the files of a video begin with it; no upload's name may."""


class Job(Value):
    """One upload to publish.

    Attributes:
        container, name: where the source is; `name` is the whole blob name.
        etag: the source's ETag, without quotes; a newer upload has another.
        run_id: tells a replay of the job from the run that failed.
        trace_parent: the trace that its activities continue, as a traceparent (W3C Trace Context,
            3.2); "" where nobody traces. No part of the job's identity.
    """

    container: str
    name: str
    etag: str
    run_id: str
    trace_parent: str = ""

    @property
    def instance_id(self) -> str:
        return instance_id(self.container, self.name, self.etag)

    @property
    def source_key(self) -> str:
        """The folder of what is made of this source, relative to the video's: `~` and 12 hex."""
        return source_key(self.etag)


def source_key(etag: str) -> str:
    """Return the folder of what is made of the upload with this ETag."""
    return OWN_MARK + content_key(etag)


def instance_id(container: str, name: str, etag: str) -> str:
    """Return the durable instance id of an upload: the same event twice is one job.

    Letters, digits and dashes, at most 65 characters: durable ids allow no `/ \\ # ?` and at most
    100. The readable start is for people, the hash is what makes it unique.
    """
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[-40:].strip("-").lower()
    return f"{readable or 'video'}-{content_key([container, name, etag], 24)}"


class RefusalCode(StrEnum):
    """Why an upload is refused."""

    NOT_A_VIDEO = "not_a_video"
    NO_VIDEO = "no_video"
    NOTHING_TO_PLAY = "nothing_to_play"
    UNKNOWN_CODEC = "unknown_codec"
    ARCHIVED = "archived"
    ENCRYPTED = "encrypted"
    BAD_SIZE = "bad_size"
    BAD_NAME = "bad_name"
    CUT_SHORT = "cut_short"
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"
    EMPTY = "empty"


class Refused(Value):
    """The uploader has to change something. Never raised, never retried."""

    code: RefusalCode
    reason: str
    advice: str


class Stop(Value):
    """Why the job cannot go on as it is; never retried.

    Attributes:
        why: its source was replaced or deleted, or setting metadata changed its ETag; it was
            cancelled; it failed in a way that no retry can mend; chunks have to be encoded again,
            because they are not stored as they were; or it has to be planned again, because
            encoder or storage are not as it was planned for.
    """

    why: Literal["superseded", "cancelled", "failed", "encode_again", "plan_again"]
    detail: str


class Reply(Value):
    """What an activity answers: its own result as JSON, or why the job cannot go on."""

    value: Any = None
    stop: Stop | None = None


class Done(Value):
    """What an activity did, and how much of it it found done."""

    done: int
    skipped: int = 0


class Verdict(Value):
    """What the conformance gate found; the whole list stands in report.json."""

    checked: int
    failed: tuple[str, ...]


class Published(Value):
    """A release that is live.

    Attributes:
        number: of the release.
    """

    number: int


class Successor(Value):
    """The upload that a superseded job makes way for; "" where there is none."""

    etag: str


class Purge(Value):
    """A purge to start, or, with a token, one to ask after."""

    job: Job
    token: str = ""


class PurgeState(Value):
    """Where a Front Door purge stands.

    Attributes:
        token: continuation token of the running operation, "" when there is none.
        wait_s: how long to wait before asking again.
    """

    status: Literal["not_configured", "running", "done", "failed"]
    detail: str
    token: str = ""
    wait_s: int = 0


class Stage(Value):
    """How long one step of a job took, by the orchestrator's clock."""

    name: str
    seconds: float


class Outcome(Value):
    """How a job ended: the orchestrator's output.

    Attributes:
        detail: why it is not published.
        release: number of the release that is live, 0 where none is.
        warnings: what could not be done after it went live.
    """

    status: Literal["published", "refused", "superseded", "cancelled", "failed"]
    name: str
    detail: str = ""
    master_path: str = ""
    manifest_path: str = ""
    release: int = 0
    purge: str = ""
    warnings: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()


class Ending(Value):
    """A job and how it ended, for end_job and dead_letter."""

    job: Job
    outcome: Outcome


class Filed(Value):
    """What was written about the end of a job.

    Attributes:
        path: of the dead letter or the report, relative to its container; "" where there is none.
        live: number of this very run's release, which is live or was overtaken by a later one; 0
            where it has none. A job with one has not failed.
    """

    path: str
    live: int = 0
