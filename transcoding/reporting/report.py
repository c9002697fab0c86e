"""report.json: what was published, how long it took, and what the conformance gate found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from transcoding.conformance import RuleResult
from transcoding.job.messages import Outcome, Stage
from transcoding.job.records import ChunkRecord
from transcoding.manifests.presentation import AudioVariant, Presentation, VideoVariant
from transcoding.plan.plan import Plan
from transcoding.source.source import Source
from transcoding.values import Value


class RenditionReport(Value):
    """One rendition.

    Attributes:
        width, height, frame_rate: 0 and "" for audio.
        encode_s: summed over its chunks; rungs that share a unit share its time.
        realtime_factor: media seconds per second of encode_s; None when nothing was encoded.
    """

    key: str
    label: str
    kind: Literal["video", "audio"]
    width: int
    height: int
    frame_rate: str
    codec: str
    average_bps: int
    peak_bps: int
    size_bytes: int
    segments: int
    chunks: int
    encode_s: float
    realtime_factor: float | None


class Report(Value):
    """The report of one published job.

    Attributes:
        conformance: what the gate found, rule by rule.
        purge: how the purge of Front Door went, in words.
        warnings: what could not be done after the video went live, as far as it was known then.
    """

    name: str
    instance_id: str
    source_etag: str
    duration_s: float
    source: Source
    renditions: tuple[RenditionReport, ...]
    stages: tuple[Stage, ...]
    conformance: tuple[RuleResult, ...]
    purge: str
    warnings: tuple[str, ...]


def make_report(
    plan: Plan,
    shown: Presentation,
    records: Mapping[str, Sequence[ChunkRecord]],
    conformance: Sequence[RuleResult],
    outcome: Outcome,
) -> Report:
    """Join what is known of a published job.

    Args:
        records: the chunk records of each rendition, by key.
        conformance: the gate's results.
    """
    duration_s = float(plan.duration_s)
    variants: list[VideoVariant | AudioVariant] = [*shown.video, *shown.audio]
    return Report(
        name=plan.job.name,
        instance_id=plan.job.instance_id,
        source_etag=plan.job.etag,
        duration_s=round(duration_s, 3),
        source=plan.source,
        renditions=tuple(
            _rendition(variant, records[variant.track.key], duration_s) for variant in variants
        ),
        stages=outcome.stages,
        conformance=tuple(conformance),
        purge=outcome.purge,
        warnings=outcome.warnings,
    )


def _rendition(
    variant: VideoVariant | AudioVariant, chunks: Sequence[ChunkRecord], duration_s: float
) -> RenditionReport:
    encode_s = sum(chunk.encode_s for chunk in chunks)
    track = variant.track
    picture = track if track.kind == "video" else None
    return RenditionReport(
        key=track.key,
        label=track.title,
        kind=track.kind,
        width=picture.width if picture else 0,
        height=picture.height if picture else 0,
        frame_rate=str(picture.frame_rate) if picture else "",
        codec=variant.rendition.codec,
        average_bps=variant.average_bps,
        peak_bps=variant.peak_bps,
        size_bytes=variant.rendition.size_bytes,
        segments=len(variant.rendition.segments),
        chunks=len(chunks),
        encode_s=round(encode_s, 3),
        realtime_factor=round(duration_s / encode_s, 3) if encode_s else None,
    )
