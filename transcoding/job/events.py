"""This happened: values for whoever listens. Steps do not know who does."""

from __future__ import annotations

from typing import Literal, NamedTuple


class StepRetried(NamedTuple):
    """A step runs again after it failed."""

    step: str


class StepFailed(NamedTuple):
    """An attempt at a step has failed, by the class of what it raised."""

    step: str
    error: str


class TrackEncoded(NamedTuple):
    """A chunk of a track was encoded.

    Attributes:
        label: one of few, whatever the source.
        media_s, encode_s: how long it plays, and how long encoding took.
        cpu_s: user and system time of the encode, without the checks after it.
    """

    label: str
    kind: Literal["video", "audio"]
    media_s: float
    encode_s: float
    size_bytes: int
    cpu_s: float


class JobEnded(NamedTuple):
    """A job has ended.

    Attributes:
        duration_s: from its start to its end.
        media_s: how long the video plays that it has published; None if it has not.
    """

    status: Literal["published", "refused", "superseded", "cancelled", "failed"]
    duration_s: float
    media_s: float | None = None


class PurgeEnded(NamedTuple):
    """The purge of a published video has ended: "done", "failed" or "not_configured"."""

    status: str


class LetterWritten(NamedTuple):
    """A dead letter was written; "trigger_failed" where there was no job yet."""

    kind: Literal["refused", "failed", "trigger_failed"]


Event = StepRetried | StepFailed | TrackEncoded | JobEnded | PurgeEnded | LetterWritten
