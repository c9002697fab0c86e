"""What users see of a job: the orchestrator's custom status joined with progress from storage.

The orchestrator sleeps in one `task_all` until a group is complete, so its custom status tells only
phase and groups. Chunks done come from done-markers, frames of running chunks from progress
records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from transcoding.job.messages import Stage
from transcoding.job.records import UnitProgress
from transcoding.plan.plan import AAC_FRAME_SAMPLES, Plan
from transcoding.source.timeline import Timeline, rung_frames
from transcoding.values import Value

Phase = Literal[
    "probing", "planning", "encoding", "verifying", "publishing", "purging", "recording"
]
State = Literal["pending", "running", "published", "refused", "superseded", "failed"]

MAX_CUSTOM_STATUS_BYTES = 4096
"""The host fails an orchestration at 16 KB of UTF-16."""


class CustomStatus(Value):
    """The orchestrator's own word on where it is; always far under 4 KB."""

    phase: Phase
    groups_done: int = 0
    groups_total: int = 0


class RenditionStatus(Value):
    """Progress of one rung or audio rendition.

    Attributes:
        frames_done, frames_total: frames of the rendition itself (AAC frames for audio).
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


class JobStatus(Value):
    """The status of one job, as the HTTP API returns it and `vod status` shows it.

    Attributes:
        percent: of the encoding work by pixels, 100 only when the job has ended well.
        eta_s: seconds of encoding left at the present speed; None when unknown.
        detail: why it was refused, superseded or failed, and what to do.
        hls_url, dash_url, report_url: set once published.
    """

    instance_id: str
    name: str
    state: State
    phase: str = ""
    groups_done: int = 0
    groups_total: int = 0
    percent: float = 0.0
    eta_s: float | None = None
    renditions: tuple[RenditionStatus, ...] = ()
    detail: str = ""
    purge: str = ""
    stages: tuple[Stage, ...] = ()
    hls_url: str = ""
    dash_url: str = ""
    report_url: str = ""


def rendition_progress(
    plan: Plan, chunks_done: Mapping[str, frozenset[int]], running: Sequence[UnitProgress]
) -> tuple[RenditionStatus, ...]:
    """Join done-markers and progress records into the progress of each rendition.

    Args:
        chunks_done: for each rendition key, the chunk indexes whose marker exists.
        running: progress records; those of chunks that are done by now are ignored.
    """
    timeline = plan.timeline
    statuses = []
    for rung in plan.rungs:
        done = frozenset(
            index
            for index in chunks_done.get(rung.key, frozenset())
            if 0 <= index < timeline.chunk_count
        )
        mine = [u for u in running if rung.key in u.rung_keys and u.chunk not in done]
        grid_frames = _grid_frames_done(timeline, done, mine)
        statuses.append(
            RenditionStatus(
                key=rung.key,
                label=rung.label,
                kind="video",
                chunks_done=len(done),
                chunks_total=timeline.chunk_count,
                frames_done=grid_frames // rung.frame_step
                if grid_frames < timeline.frame_count
                else rung_frames(timeline.frame_count, rung.frame_step),
                frames_total=rung_frames(timeline.frame_count, rung.frame_step),
                speed=round(sum(u.speed for u in mine), 2),
            )
        )
    for audio in plan.audio:
        done = chunks_done.get(audio.key, frozenset())
        mine = [u for u in running if audio.key in u.rung_keys and u.chunk not in done]
        total = -(-audio.sample_count // AAC_FRAME_SAMPLES)
        statuses.append(
            RenditionStatus(
                key=audio.key,
                label=f"audio {audio.language}",
                kind="audio",
                chunks_done=1 if done else 0,
                chunks_total=1,
                frames_done=total if done else min(total, sum(u.frames_done for u in mine)),
                frames_total=total,
                speed=round(sum(u.speed for u in mine), 2),
            )
        )
    return tuple(statuses)


def _grid_frames_done(
    timeline: Timeline, done: frozenset[int], running: Sequence[UnitProgress]
) -> int:
    """Count grid frames; of two records for one chunk (another attempt's) the furthest counts."""
    frames = {index: timeline.chunk(index).frame_count for index in done}
    for unit in running:
        if 0 <= unit.chunk < timeline.chunk_count:
            most = timeline.chunk(unit.chunk).frame_count
            frames[unit.chunk] = max(frames.get(unit.chunk, 0), min(unit.frames_done, most))
    return sum(frames.values())


def percent_done(plan: Plan, renditions: Sequence[RenditionStatus]) -> float:
    """Return how much of the encoding is done, weighing each rung by its pixels."""
    weights = {rung.key: rung.width * rung.height for rung in plan.rungs}
    total = sum(weights.get(r.key, 0) * r.frames_total for r in renditions)
    done = sum(weights.get(r.key, 0) * r.frames_done for r in renditions)
    return round(100 * done / total, 1) if total else 0.0


def time_left_s(percent: float, encoding_for_s: float) -> float | None:
    """Return the seconds of encoding left if it goes on as it has; None before there is a pace."""
    if percent <= 0 or encoding_for_s <= 0:
        return None
    return round(encoding_for_s * (100 - percent) / percent, 1)
