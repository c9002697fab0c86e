"""What users see of a job: the orchestrator's custom status joined with notes from storage.

The orchestrator sleeps until its lanes are complete, so its custom status tells only the phase.
Chunks done come from done-markers, frames of running chunks from progress records, and what is
tried again from notes of failures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeVar

from transcoding.job.messages import Stage
from transcoding.job.records import UnitFailure, UnitProgress
from transcoding.job.retrying import policy_of
from transcoding.plan.plan import Plan, read_unit_id
from transcoding.source.timeline import Chunk
from transcoding.tracks.track import AudioTrack, VideoTrack
from transcoding.values import Value

Phase = Literal[
    "probing",
    "measuring",
    "planning",
    "encoding",
    "verifying",
    "publishing",
    "purging",
    "recording",
]
State = Literal["pending", "running", "published", "refused", "superseded", "cancelled", "failed"]

MAX_CUSTOM_STATUS_BYTES = 4096
"""The host fails an orchestration at 16 KB of UTF-16."""

SILENT_AFTER_S = 30
"""A unit says something every 2 s; one that has been silent for so long has lost its worker."""


class CustomStatus(Value):
    """The orchestrator's own word on where it is; always far under 4 KB."""

    phase: Phase


class RenditionStatus(Value):
    """Progress of one track.

    Attributes:
        frames_done, frames_total: frames of the track itself (codec frames for sound).
        speed: media seconds per second, summed over its running units; 0 when none runs.
    """

    key: str
    label: str
    kind: Literal["video", "audio"]
    chunks_done: int
    chunks_total: int
    frames_done: int
    frames_total: int
    speed: float


class UnitTrouble(Value):
    """A step that failed, or whose worker is gone, and is tried again.

    Attributes:
        unit: what failed, such as "unit-0-00017" or "plan_job".
        attempt: how many attempts have failed; 0 for one whose worker is gone.
        reason: of the last failure, in short.
        again_at: when it is tried again at the latest; None while that is unknown.
    """

    unit: str
    attempt: int
    reason: str
    again_at: datetime | None = None


class JobStatus(Value):
    """The status of one job, as the HTTP API returns it and `vod status` shows it.

    Attributes:
        percent: of the encoding work by pixels, 100 only when the job has ended well.
        eta_s: seconds of encoding left at the present speed; None when unknown.
        troubles: what is being tried again.
        detail: why it was refused, superseded, cancelled or failed, and what to do.
        warnings: what could not be done after the video went live.
        hls_url, dash_url, report_url: set once published.
    """

    instance_id: str
    name: str
    state: State
    phase: str = ""
    percent: float = 0.0
    eta_s: float | None = None
    renditions: tuple[RenditionStatus, ...] = ()
    troubles: tuple[UnitTrouble, ...] = ()
    detail: str = ""
    purge: str = ""
    warnings: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    hls_url: str = ""
    dash_url: str = ""
    report_url: str = ""


def is_silent(record: UnitProgress, now: datetime) -> bool:
    """Tell whether the worker that wrote a record must be gone: killed, or cut off."""
    return now - record.written_at > timedelta(seconds=SILENT_AFTER_S)


def rendition_progress(
    plan: Plan,
    chunks_done: Mapping[str, frozenset[int]],
    running: Sequence[UnitProgress],
    now: datetime,
) -> tuple[RenditionStatus, ...]:
    """Join done-markers and progress records into the progress of each track.

    Args:
        chunks_done: for each key, the indexes of chunks whose marker exists.
        running: progress records; those of chunks that are done by now are ignored, and so are
            those of workers that must be gone: what they had done is done again.
    """
    heard = [record for record in running if not is_silent(record, now)]
    return tuple(
        _track_progress(track, chunks_done.get(track.key, frozenset()), heard)
        for track in plan.tracks
    )


def _track_progress(
    track: VideoTrack | AudioTrack, done: frozenset[int], running: Sequence[UnitProgress]
) -> RenditionStatus:
    chunks = track.timeline.chunks()
    done = frozenset(index for index in done if index < len(chunks))
    mine = [u for u in running if track.key in u.track_keys and u.chunk not in done]
    frames = {index: track.frames_of(chunks[index]) for index in done}
    for unit in mine:
        if 0 <= unit.chunk < len(chunks):
            reached = _frames_reached(track, chunks[unit.chunk], unit)
            # Of two records for one chunk, another attempt's, the furthest counts.
            frames[unit.chunk] = max(frames.get(unit.chunk, 0), reached)
    return RenditionStatus(
        key=track.key,
        label=track.title,
        kind=track.kind,
        chunks_done=len(done),
        chunks_total=len(chunks),
        frames_done=sum(frames.values()),
        frames_total=track.frame_count,
        speed=round(sum(unit.speed for unit in mine), 2),
    )


def _frames_reached(track: VideoTrack | AudioTrack, chunk: Chunk, unit: UnitProgress) -> int:
    """Return a track's frames of a chunk of which so many frames of its timeline are done."""
    return track.frames_of(chunk) * min(unit.frames_done, chunk.frame_count) // chunk.frame_count


def percent_done(plan: Plan, renditions: Sequence[RenditionStatus]) -> float:
    """Return how much of the encoding is done, weighing each track's frames by their pixels."""
    weights = {track.key: track.frame_pixels for track in plan.tracks}
    total = sum(weights[r.key] * r.frames_total for r in renditions)
    done = sum(weights[r.key] * r.frames_done for r in renditions)
    return round(100 * done / total, 1) if total else 0.0


class OfUnit(Protocol):
    """What tells of a unit, or of another step by its name."""

    @property
    def unit_id(self) -> str: ...


_Told = TypeVar("_Told", bound=OfUnit)


def still_open(
    plan: Plan, chunks_done: Mapping[str, frozenset[int]], told: Sequence[_Told]
) -> tuple[_Told, ...]:
    """Leave out what tells of units that are done, or of an earlier round.

    A worker may die between its last marker and taking its record away, and whoever runs the unit
    again finds it done.

    Args:
        chunks_done: as for `rendition_progress`.
    """
    return tuple(record for record in told if not _is_over(plan, chunks_done, record.unit_id))


def _is_over(plan: Plan, chunks_done: Mapping[str, frozenset[int]], name: str) -> bool:
    named = read_unit_id(name)
    if named is None:
        return False
    round_number, number = named
    if round_number != plan.round or number >= plan.unit_count:
        return True
    unit = plan.unit(number)
    return all(unit.chunk.index in chunks_done.get(track.key, ()) for track in unit.tracks)


def troubles(
    failures: Sequence[UnitFailure], running: Sequence[UnitProgress], now: datetime
) -> tuple[UnitTrouble, ...]:
    """Say what is being tried again, and why.

    Args:
        failures: notes of steps whose last attempt failed; a step that ends well takes its away.
        running: progress records, those of lost workers among them.
    """
    told = [_trouble(failure) for failure in failures]
    told += [
        UnitTrouble(
            unit=record.unit_id,
            attempt=0,
            reason="its worker has said nothing for "
            f"{(now - record.written_at).total_seconds():.0f} s; another one takes it over",
        )
        for record in running
        if is_silent(record, now)
    ]
    return tuple(told)


def _trouble(failure: UnitFailure) -> UnitTrouble:
    wait_s = policy_of(failure.step).wait_s(failure.attempt)
    again_at = None if wait_s is None else failure.failed_at + timedelta(seconds=wait_s)
    return UnitTrouble(
        unit=failure.unit_id, attempt=failure.attempt, reason=failure.message, again_at=again_at
    )


def time_left_s(percent: float, encoding_for_s: float) -> float | None:
    """Return the seconds of encoding left if it goes on as it has; None before there is a pace."""
    if percent <= 0 or encoding_for_s <= 0:
        return None
    return round(encoding_for_s * (100 - percent) / percent, 1)
