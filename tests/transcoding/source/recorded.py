"""What ffprobe said about the clips of `record_probes`, read the way probing reads it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.transcoding.source.record_probes import PROBES
from transcoding.job.messages import Refused
from transcoding.source.pacing import PacketTimes
from transcoding.source.probe import packet_times
from transcoding.source.source import Source, VideoStream, read_source


@cache
def _read(name: str) -> str:
    return (PROBES / f"{name}.json").read_text()


def recorded_probe(name: str) -> dict[str, Any]:
    """Return the streams and format of a clip."""
    probe: dict[str, Any] = json.loads(_read(name))["probe"]
    return probe


def recorded_times(name: str) -> PacketTimes:
    """Return the packet times of a clip."""
    recorded = json.loads(_read(name))
    return packet_times(recorded["probe"], recorded["windows"] or [{}])


def recorded(name: str, *, max_duration_s: int = 3600) -> Source | Refused:
    """Return what a clip is read as."""
    return read_source(
        recorded_probe(name), recorded_times(name), size_bytes=1, max_duration_s=max_duration_s
    )


def recorded_source(name: str) -> Source:
    """Return the source that a clip is read as; it must not be refused."""
    source = recorded(name)
    assert isinstance(source, Source), source
    return source


def recorded_video(name: str) -> VideoStream:
    """Return the video track of a clip that must not be refused."""
    return recorded_source(name).video
