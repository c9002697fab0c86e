"""How much CPU time the units of a plan take, from measured constants.

docs/cost.md says where and on what they were measured; scripts/measure_encode_cost.py measures
another machine. Each unit reads its part of the source, writes its renditions and decodes them once
more for the check.
"""

from __future__ import annotations

from fractions import Fraction

from transcoding.plan.plan import Plan, Unit
from transcoding.source.timeline import Chunk, Timeline
from transcoding.tracks.video import VideoTrack

WRITE_NS = {"veryfast": 18.0, "fast": 38.0, "medium": 46.0}
"""For each pixel of each picture that x264 writes, by preset."""
_READ_PIXEL_NS = 4.0
_READ_BYTE_NS = 17.0
"""For each pixel of each source picture, and for each byte of the source: decoding 8-bit H.264, and
reading it for scaling."""
_CHECK_NS = 4.0
"""For each pixel written: the decode that proves a file sound."""
_UNIT_S = 0.3
"""For each unit: starting programs, and the worker's own code."""
_AUDIO_S = 0.016
"""For each second of a sound track."""

_SEEKS = 3
"""A unit of a cut video seeks three times: to encode, and to compare each of its ends."""
_SEEK_S = Fraction(1)
"""Half the distance of keyframes: what is decoded on average before the picture that is wanted."""


def unit_cpu_s(plan: Plan, unit: Unit) -> float:
    """Return the CPU seconds of one unit.

    Raises:
        KeyError: nothing is known of a rung's preset.
    """
    if unit.audio:
        return sound_cpu_s(unit)
    read_s = read_cpu_s(plan, unit.video[0].timeline, unit.chunk)
    return read_s + sum(track_cpu_s(track, unit.chunk) for track in unit.video)


def read_cpu_s(plan: Plan, timeline: Timeline, chunk: Chunk) -> float:
    """Return what a unit takes before it writes pictures: starting, and reading the source."""
    video = plan.source.video
    if video is None:
        return _UNIT_S
    frames = chunk.frame_count + min(timeline.preroll_frames, chunk.first_frame)
    if timeline.chunk_count > 1:
        frames += int(_SEEKS * _SEEK_S * timeline.frame_rate)
    pixel_ns = video.coded_width * video.coded_height * _READ_PIXEL_NS
    byte_ns = plan.source.size_bytes / video.frame_count * _READ_BYTE_NS
    return _UNIT_S + frames * (pixel_ns + byte_ns) / 1e9


def track_cpu_s(track: VideoTrack, chunk: Chunk) -> float:
    """Return what writing and checking one rung of a chunk takes."""
    pixels = track.frame_pixels * track.frames_of(chunk)
    return pixels * (WRITE_NS[track.preset] + _CHECK_NS) / 1e9


def sound_cpu_s(unit: Unit) -> float:
    """Return the CPU seconds of a unit of sound: all tracks of its chunk."""
    return _UNIT_S + sum(
        track.ticks_of(unit.chunk) / track.sample_rate_hz * _AUDIO_S for track in unit.audio
    )
