"""The lines of the bill for a plan, in US dollars, and what managed encoders would list."""

from __future__ import annotations

from collections.abc import Mapping

from transcoding.cost.prices import google_usd, mediaconvert_usd
from transcoding.plan.plan import Plan
from transcoding.tracks.track import AudioTrack, VideoTrack
from transcoding.values import Value

_EPISODES = 30
"""Executions that are not units: orchestrator episodes, probing, the gate, publishing."""
_FILES_PER_TRACK = 4
"""Init segment, done-marker, two playlists."""
_FILES_PER_VIDEO = 20
"""Manifests, poster, thumbnails, report, and the notes of the job."""
_BLOCK_BYTES = 4 * 2**20
"""Of one read of the source. An assumption."""
_WATCHED_BPS = 4_500_000


class Cost(Value):
    """One line of the bill, in US dollars."""

    name: str
    usd: float
    basis: str


def _published_bytes(plan: Plan) -> int:
    return int(sum(track.bitrate_bps for track in plan.tracks) * plan.duration_s / 8)


def publishing(plan: Plan, units: int, gb_s: float, usd: Mapping[str, float]) -> tuple[Cost, ...]:
    """Return what publishing takes, once.

    Args:
        units: activities that encode.
        gb_s: billed memory times time.
        usd: prices by the names of transcoding/cost/prices.py.
    """
    # Every unit that ends wakes its orchestrator once.
    executions = 2 * units + _EPISODES
    tracks = len(plan.tracks)
    segments = sum(track.timeline.segment_count for track in plan.tracks)
    files = segments + tracks * _FILES_PER_TRACK + _FILES_PER_VIDEO
    # The gate reads back what was written; the units of a group read the source once.
    reads = files + len(plan.groups) * -(-plan.source.size_bytes // _BLOCK_BYTES)
    return (
        Cost(
            name="Functions, execution time",
            usd=gb_s * usd["flex-gb-second"],
            basis=f"{gb_s:,.0f} GB-s",
        ),
        Cost(
            name="Functions, executions",
            usd=executions / 1e6 * usd["flex-million-executions"],
            basis=f"{executions:,}",
        ),
        Cost(
            name="Storage, operations",
            usd=files / 1e4 * usd["write-10k"] + reads / 1e4 * usd["read-10k"],
            basis=f"{files:,} writes, {reads:,} reads",
        ),
    )


def keeping(plan: Plan, usd: Mapping[str, float]) -> tuple[Cost, ...]:
    """Return what a month of storage takes; what is published counts with its whole bitrates."""
    sizes = (
        ("Storage, published", _published_bytes(plan)),
        ("Storage, source", plan.source.size_bytes),
    )
    return tuple(
        Cost(name=name, usd=size / 1e9 * usd["hot-gb-month"], basis=f"{size / 1e9:,.2f} GB")
        for name, size in sizes
    )


def viewing(plan: Plan, views: int, usd: Mapping[str, float]) -> tuple[Cost, ...]:
    """Return what Front Door takes for so many views from start to end; nothing for none.

    A view is of the best rendition of at most 4.5 Mbit/s, and of one sound track.
    """
    if not views:
        return ()
    rates_bps = [track.bitrate_bps for track in plan.video]
    affordable = [rate for rate in rates_bps if rate <= _WATCHED_BPS]
    watched = max(affordable, default=min(rates_bps, default=0))
    audible = plan.audio[0].bitrate_bps if plan.audio else 0
    gb = float((watched + audible) * plan.duration_s / 8) * views / 1e9
    played: list[VideoTrack | AudioTrack] = [*plan.video[:1], *plan.audio[:1]]
    # The main playlist, and for each track one of its own, its init segment and all segments.
    requests = views * (1 + sum(track.timeline.segment_count + 2 for track in played))
    return (
        Cost(
            name=f"Front Door, data of {views:,} views",
            usd=gb * usd["front-door-gb"],
            basis=f"{gb:,.1f} GB at {watched / 1e6:.1f} Mbit/s",
        ),
        Cost(
            name="Front Door, requests",
            usd=requests / 1e4 * usd["front-door-10k-requests"],
            basis=f"{requests:,}",
        ),
    )


def instead(plan: Plan, core_s: float, usd: Mapping[str, float]) -> tuple[Cost, ...]:
    """Return what the spot lane takes for the execution time, and what managed encoders list.

    Args:
        core_s: wall time of all units times the cores that each has.
    """
    core_h = core_s / 3600
    spot = Cost(
        name="Spot lane, for execution time",
        usd=core_h * usd["spot-core-hour"],
        basis=f"{core_h:,.2f} core-hours",
    )
    if not plan.video:
        return (spot,)
    duration_s = float(plan.duration_s)
    basis = f"{len(plan.video)} outputs of {duration_s / 60:,.1f} min"
    return (
        spot,
        Cost(
            name="AWS MediaConvert, basic tier",
            usd=mediaconvert_usd(plan.video, duration_s, usd),
            basis=basis,
        ),
        Cost(
            name="Google Transcoder API", usd=google_usd(plan.video, duration_s, usd), basis=basis
        ),
    )
