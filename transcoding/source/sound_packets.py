"""Packets of a sound track, folded as they are read into when it starts and ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from transcoding.source.packets import MICROSECONDS, Packet, microseconds, read_packet
from transcoding.values import Value


class SoundSpan(Value):
    """When sound is heard, relative to the container's start time."""

    start_s: Fraction
    duration_s: Fraction


class SoundWindow:
    """The packets of one read interval."""

    def __init__(self) -> None:
        self.first: Packet | None = None
        self.last: Packet | None = None
        self.longest_us = 0

    def take(self, line: str) -> None:
        """Take the next packet, as a line of ffprobe's."""
        packet = read_packet(line)
        if packet.is_discarded or packet.pts_us is None:
            return
        self.first = self.first or packet
        self.last = packet
        self.longest_us = max(self.longest_us, packet.duration_us)


def sound_span(
    probe: Mapping[str, Any], stream: Mapping[str, Any], windows: Sequence[SoundWindow]
) -> SoundSpan | None:
    """Return what the windows of `probe.sound_intervals` show; None where the last has no sound.

    What encoders add is left out, as FFmpeg's decoders do: priming before the sound (MP3's delay,
    Opus's pre-skip) and padding in the last packet.

    Args:
        probe: JSON of `ffprobe -show_format -show_streams`.
        stream: the entry of ffprobe's `streams` that the packets are of.
    """
    first = next((window.first for window in windows if window.first), None)
    last = windows[-1].last
    if first is None or last is None or first.pts_us is None or last.pts_us is None:
        return None
    rate_hz = int(stream["sample_rate"])
    longest_us = max(window.longest_us for window in windows)
    container_start_us = microseconds(probe.get("format", {}).get("start_time")) or 0
    start_us = first.pts_us + _samples_us(first.skipped_samples, rate_hz)
    stream_start_us = microseconds(stream.get("start_time"))
    if stream_start_us is not None:
        # Priming may end within a packet that says nothing of it; Vorbis's first gives no sound.
        start_us = max(start_us, Fraction(stream_start_us))
    end_us = Fraction(last.pts_us + last.duration_us)
    if last.duration_us >= longest_us:
        # Ogg and Matroska shorten the last packet by its padding themselves; MP3 does not.
        end_us -= _samples_us(last.padding_samples, rate_hz)
    if end_us <= start_us:
        return None
    return SoundSpan(
        start_s=(start_us - container_start_us) / MICROSECONDS,
        duration_s=(end_us - start_us) / MICROSECONDS,
    )


def _samples_us(count: int, rate_hz: int) -> Fraction:
    return Fraction(count * MICROSECONDS, rate_hz)
