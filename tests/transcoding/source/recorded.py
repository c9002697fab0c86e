"""What ffprobe said about the clips of `record_probes`, read the way probing reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from tests.transcoding.source.record_probes import PROBES
from transcoding.job.messages import Refused
from transcoding.source.pacing import PacketTimes
from transcoding.source.picture_packets import PictureWindow, packet_times
from transcoding.source.reading import read_sound, read_source
from transcoding.source.sound_packets import SoundSpan, SoundWindow, sound_span
from transcoding.source.source import Source, VideoStream, default_sound
from transcoding.source.streams import audio_streams


@cache
def _read(name: str) -> str:
    return (PROBES / f"{name}.json").read_text()


def recorded_probe(name: str) -> dict[str, Any]:
    """Return the streams and format of a clip."""
    probe: dict[str, Any] = json.loads(_read(name))["probe"]
    return probe


def fold_pictures(probe: dict[str, Any], windows: Sequence[Iterable[str]]) -> PacketTimes:
    """Return the packet times that these lines of ffprobe's give, one list an interval."""
    folds = [PictureWindow(probe, is_first=not number) for number in range(len(windows))]
    for fold, lines in zip(folds, windows, strict=True):
        for line in lines:
            fold.take(line)
    return packet_times(folds)


def fold_sound(
    probe: dict[str, Any], stream: dict[str, Any], windows: Sequence[Iterable[str]]
) -> SoundSpan | None:
    """Return when sound is heard by these lines of ffprobe's, one list an interval."""
    folds = [SoundWindow() for _ in windows]
    for fold, lines in zip(folds, windows, strict=True):
        for line in lines:
            fold.take(line)
    return sound_span(probe, stream, folds)


def recorded_times(name: str) -> PacketTimes:
    """Return the packet times of a clip."""
    recorded = json.loads(_read(name))
    return fold_pictures(recorded["probe"], recorded["windows"])


def recorded_sound(name: str, *, max_duration_s: int = 3600) -> Source | Refused:
    """Return what a clip without a picture is read as."""
    recorded = json.loads(_read(name))
    probe = recorded["probe"]
    audio = audio_streams(probe)
    stream = probe["streams"][default_sound(audio).stream_index]
    span = fold_sound(probe, stream, recorded["windows"])
    return read_sound(
        probe, audio, (), span, cover=None, size_bytes=1, max_duration_s=max_duration_s
    )


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
    return recorded_source(name).picture
