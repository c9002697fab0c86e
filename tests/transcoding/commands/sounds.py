"""Sound that is easy or hard to encode, and the real commands that encode it in chunks."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tests.media import run_ffmpeg, run_ffprobe
from tests.transcoding.builders import a_sound_track
from transcoding.codecs import audio_codec
from transcoding.commands.encode import encode_sound
from transcoding.commands.inputs import local_url
from transcoding.packaging.cmaf import Fragment, split_file
from transcoding.source.sound_clock import PacketClock
from transcoding.source.sound_timeline import SoundTimeline, cut_sound
from transcoding.source.timeline import Chunk
from transcoding.tracks.audio import AudioTrack

Samples = npt.NDArray[np.float64]
"""Samples by channels, full scale is 1."""


class Track(NamedTuple):
    """A sound track of a source: its index, and how its packets are timed."""

    stream_index: int
    clock: PacketClock | None


def read_tracks(file: Path) -> list[Track]:
    """Return the sound tracks of a source, as probing would."""
    probed = run_ffprobe(["-show_streams", "-select_streams", "a", str(file)])
    return [_read_track(file, stream) for stream in probed["streams"]]


def _read_track(file: Path, stream: dict[str, str]) -> Track:
    index = int(stream["index"])
    first = ["-select_streams", str(index), "-read_intervals", "%+#1", "-show_packets"]
    packet = run_ffprobe([*first, str(file)])["packets"][0]
    tick_s = Fraction(stream["time_base"])
    first_s = int(packet["pts"]) * tick_s
    clock = PacketClock(codec=stream["codec_name"], first_s=first_s, tick_s=tick_s)
    return Track(stream_index=index, clock=clock)


def as_planned(track: Track, timeline: SoundTimeline) -> AudioTrack:
    """Return the stereo track that is planned for a sound track of the source."""
    return a_sound_track(stream_index=track.stream_index, clock=track.clock, timeline=timeline)


def picture_start_s(file: Path) -> Fraction:
    """Return the container's own time of the first picture."""
    shown = ["-show_streams", "-select_streams", "v:0", str(file)]
    (stream,) = run_ffprobe(shown)["streams"]
    return int(stream["start_pts"]) * Fraction(stream["time_base"])


def a_sound_timeline(
    seconds: Fraction | int,
    *,
    segment_frames: int = 94,
    chunk_segments: int = 1,
    start_s: Fraction = Fraction(0),
) -> SoundTimeline:
    """Cut sound of 48 kHz into short chunks with the overlap of long ones.

    94 frames are 2.005 s.
    """
    timeline = cut_sound(
        duration_s=Fraction(seconds),
        segment_s=segment_frames * Fraction(1024, 48_000),
        start_s=start_s,
        sample_rate_hz=48_000,
        track_count=1,
        frame_samples=1024,
    )
    return timeline.model_copy(update={"chunk_segments": chunk_segments})


def uncut(timeline: SoundTimeline) -> SoundTimeline:
    """Return the same track as a single chunk."""
    return timeline.model_copy(update={"chunk_segments": timeline.segment_count})


def encode_chunk_of_sound(
    source: Path,
    tracks: Sequence[Track],
    timeline: SoundTimeline,
    chunk: Chunk,
    outputs: Sequence[Path],
    *extra: str,
) -> str:
    """Encode all tracks of a chunk with the real command; returns what it wrote to stderr.

    Args:
        extra: more options of the outputs.
    """
    arguments = _arguments(source, tracks, timeline, chunk, outputs)
    for output in outputs:
        at = arguments.index(str(output))
        arguments[at:at] = extra
    return run_ffmpeg(arguments)


def samples_for_encoder(file: Path, track: Track, timeline: SoundTimeline, chunk: Chunk) -> Samples:
    """Return what the encoder gets for a chunk: the command without encoding."""
    output = file.with_suffix(".raw")
    arguments = _arguments(file, [track], timeline, chunk, [output])
    filters = arguments.index("-af")
    run_ffmpeg([*arguments[: filters + 2], "-f", "f32le", str(output)])
    return _read_samples(output)


def _arguments(
    source: Path,
    tracks: Sequence[Track],
    timeline: SoundTimeline,
    chunk: Chunk,
    outputs: Sequence[Path],
) -> list[str]:
    return list(
        encode_sound(
            [as_planned(track, timeline) for track in tracks],
            chunk,
            url=local_url(str(source)),
            etag="",
            outputs=[str(output) for output in outputs],
        )
    )


class Joined(NamedTuple):
    """Chunks put together as a player does.

    Attributes:
        file: the header of the first, and the segments of all.
        headers: of all chunks.
        segments: of all chunks; offsets are those in their own files.
    """

    file: Path
    headers: list[bytes]
    segments: list[Fragment]


def join(files: Sequence[Path], output: Path) -> Joined:
    """Put chunks together."""
    headers: list[bytes] = []
    segments: list[Fragment] = []
    with output.open("wb") as joined:
        for file in files:
            with file.open("rb") as source:
                header, fragments = split_file(source, audio_codec("aac"))
                if not headers:
                    joined.write(header)
                for fragment in fragments:
                    source.seek(fragment.offset)
                    joined.write(source.read(fragment.size_bytes))
            headers.append(header)
            segments += fragments
    return Joined(output, headers, segments)


def decode(file: Path, sample_rate_hz: int = 48_000) -> Samples:
    """Return the stereo sound of a file."""
    output = file.with_suffix(".raw")
    run_ffmpeg(
        ["-i", str(file), "-ac", "2", "-ar", str(sample_rate_hz), "-f", "f32le", str(output)]
    )
    return _read_samples(output)


def _read_samples(file: Path) -> Samples:
    return np.fromfile(file, dtype="<f4").reshape(-1, 2).astype(np.float64)


def write_wave(file: Path, samples: Samples, sample_rate_hz: int = 48_000) -> None:
    """Write 16-bit PCM."""
    with wave.open(str(file), "wb") as output:
        output.setnchannels(samples.shape[1])
        output.setsampwidth(2)
        output.setframerate(sample_rate_hz)
        output.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())


def attacks(count: int, chance: np.random.Generator) -> Samples:
    """Make castanets: hard attacks that die away within milliseconds, on almost nothing."""
    samples = 0.0005 * chance.standard_normal((count, 2))
    length = 1440
    time = np.arange(length)
    start = 0
    while (start := start + int(chance.uniform(2_000, 17_000))) + length < count:
        tone = np.sin(2 * np.pi * chance.uniform(1_500, 6_000) * time / 48_000)
        burst = np.exp(-time / 200) * (tone + 0.5 * chance.standard_normal(length))
        left = chance.uniform(0.2, 0.8)
        level = chance.uniform(0.2, 0.6)
        samples[start : start + length] += level * burst[:, None] * [left, 1 - left]
    return samples


def noise(count: int, chance: np.random.Generator) -> Samples:
    """Make surf: noise whose level and colour wander, partly the same on both sides."""
    white = chance.standard_normal((count, 2)) + chance.standard_normal((count, 1))
    # A sliding mean of eight samples leaves the low third.
    summed = np.cumsum(np.pad(white, ((8, 0), (0, 0))), axis=0)
    dull = (summed[8:] - summed[:-8]) / 8**0.5
    colour = (1 + _wander(count, chance)) / 2
    level = 0.05 * 10 ** (_wander(count, chance) / 2)
    return (white * colour + dull * (1 - colour)) * level


def _wander(count: int, chance: np.random.Generator) -> Samples:
    """Return a curve between -1 and 1 that turns about every half second."""
    turns = chance.uniform(-1, 1, count // 24_000 + 2)
    curve = np.interp(np.arange(count) / 24_000, np.arange(len(turns)), turns)
    return curve[:, None]


def tones(count: int, _: np.random.Generator) -> Samples:
    """Make six gliding tones."""
    time = np.arange(count) / 48_000
    samples = np.zeros((count, 2))
    for number in range(6):
        glide = 1 + 0.02 * np.sin(2 * np.pi * 0.1 * (number + 1) * time)
        phase = 2 * np.pi * np.cumsum(200 * 1.5**number * glide) / 48_000
        right = 0.5 + 0.5 * np.sin(2 * np.pi * 0.2 * time + number)
        samples[:, 0] += 0.1 * np.sin(phase)
        samples[:, 1] += 0.1 * np.sin(phase + 0.4 * number) * right
    return samples


def mix(count: int, chance: np.random.Generator) -> Samples:
    """Make all three at once."""
    parts = (attacks(count, chance), noise(count, chance), tones(count, chance))
    return 0.5 * parts[0] + 0.3 * parts[1] + 0.5 * parts[2]
