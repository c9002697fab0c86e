"""What a plan will take: CPU time, wall time on so many instances, and dollars."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from transcoding.cost import bill
from transcoding.cost.bill import Cost
from transcoding.cost.cpu_time import read_cpu_s, track_cpu_s, unit_cpu_s
from transcoding.plan.plan import Plan
from transcoding.tracks.video import VideoTrack
from transcoding.values import Value

_CORES_PER_MB = 1 / 2048
"""Flex Consumption: one core with 2048 MB, two with 4096."""
_CORE_USE = 0.9
"""Share of an instance's cores that one FFmpeg keeps busy. An assumption."""
_LEAST_BILLED_S = 1.0


class RungEstimate(Value):
    """One rendition.

    Attributes:
        cpu_s: of all its units; its share where several rungs share one decode.
        size_bytes: at most, for content that needs the rung's whole rate.
    """

    label: str
    width: int
    height: int
    frames: int
    chunks: int
    cpu_s: float
    size_bytes: int


class Estimate(Value):
    """What a video will take.

    Attributes:
        audio_cpu_s: of all sound tracks.
        cpu_s: of all units, sound included.
        units: activities that encode.
        longest_unit_s, wall_s: wall time of the longest, and of all on these instances; start-up of
            instances, probing and the gate come on top.
        gb_s: billed memory times time.
        publishing: the bill for making it, once.
        keeping: for each month.
        viewing: for the views that were asked for; empty for none.
        instead: the same execution time in the spot lane, and what managed encoders list for the
            same outputs, sound left out.
        notes: where this source is unlike those that were measured.
    """

    name: str
    duration_s: float
    rungs: tuple[RungEstimate, ...]
    audio_cpu_s: float
    cpu_s: float
    units: int
    longest_unit_s: float
    wall_s: float
    instances: int
    memory_mb: int
    gb_s: float
    publishing: tuple[Cost, ...]
    keeping: tuple[Cost, ...]
    viewing: tuple[Cost, ...]
    instead: tuple[Cost, ...]
    notes: tuple[str, ...]


class Terms(NamedTuple):
    """On what it runs, and for what price.

    Attributes:
        memory_mb: of an instance.
        instances: at most so many at once.
        views: how often the whole video is watched.
        cpu_factor: CPU seconds there for each of the machine that was measured.
        usd: by the names of transcoding/cost/prices.py.
    """

    memory_mb: int
    instances: int
    views: int
    cpu_factor: float
    usd: Mapping[str, float]


def estimate(plan: Plan, terms: Terms) -> Estimate:
    """Estimate a plan.

    Raises:
        KeyError: nothing is known of the plan's preset.
    """
    factor = terms.cpu_factor
    units = [plan.unit(number) for number in range(plan.unit_count)]
    units_cpu_s = [unit_cpu_s(plan, unit) * factor for unit in units]
    sound_cpu_s = [cpu_s for cpu_s, unit in zip(units_cpu_s, units, strict=True) if unit.audio]
    cores = terms.memory_mb * _CORES_PER_MB
    unit_s = [max(_LEAST_BILLED_S, cpu_s / cores / _CORE_USE) for cpu_s in units_cpu_s]
    gb_s = sum(unit_s) * terms.memory_mb / 1024
    return Estimate(
        name=plan.job.name,
        duration_s=float(plan.duration_s),
        rungs=tuple(_rung_estimate(plan, track, factor) for track in plan.video),
        audio_cpu_s=sum(sound_cpu_s),
        cpu_s=sum(units_cpu_s),
        units=len(units),
        longest_unit_s=max(unit_s),
        wall_s=_wall_s(unit_s, terms.instances),
        instances=terms.instances,
        memory_mb=terms.memory_mb,
        gb_s=gb_s,
        publishing=bill.publishing(plan, len(units), gb_s, terms.usd),
        keeping=bill.keeping(plan, terms.usd),
        viewing=bill.viewing(plan, terms.views, terms.usd),
        instead=bill.instead(plan, sum(unit_s) * cores, terms.usd),
        notes=_notes(plan),
    )


def _rung_estimate(plan: Plan, track: VideoTrack, factor: float) -> RungEstimate:
    chunks = track.timeline.chunks()
    sharing = next(len(group) for group in plan.groups if track.key in group)
    read_s = sum(read_cpu_s(plan, track.timeline, chunk) for chunk in chunks) / sharing
    own_s = sum(track_cpu_s(track, chunk) for chunk in chunks)
    return RungEstimate(
        label=track.title,
        width=track.width,
        height=track.height,
        frames=track.frame_count,
        chunks=len(chunks),
        cpu_s=(read_s + own_s) * factor,
        size_bytes=int(track.bitrate_bps * track.timeline.duration_s / 8),
    )


def _wall_s(unit_s: Sequence[float], instances: int) -> float:
    """Give each unit in turn to the instance that is free first."""
    free_at = [0.0] * min(instances, len(unit_s))
    for seconds in unit_s:
        insort(free_at, free_at.pop(0) + seconds)
    return free_at[-1]


def _notes(plan: Plan) -> tuple[str, ...]:
    video = plan.source.video
    notes: list[str] = []
    if video is None:
        return ()
    if video.codec != "h264" or video.bit_depth > 8:
        notes.append(
            f"the source is {video.codec}, {video.bit_depth} bits; measured was H.264, 8 bits"
        )
    if video.is_hdr:
        notes.append("mapping HDR to SDR is not in these figures")
    if video.is_interlaced:
        notes.append("deinterlacing is not in these figures")
    return tuple(notes)
