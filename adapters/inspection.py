"""Inspect a source: over its read URL, or as a file of this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from adapters.ffmpeg.port import MediaTools
from adapters.ffmpeg.scratch import scratch_folder
from transcoding.commands import probing
from transcoding.errors import ToolFailed
from transcoding.job.messages import RefusalCode, Refused
from transcoding.source.pacing import PacketTimes
from transcoding.source.picture_packets import PictureWindow, packet_times
from transcoding.source.probe import WHOLE_FILE, packet_intervals, sound_intervals
from transcoding.source.reading import read_sound, read_source, refuse_silence
from transcoding.source.sound_clock import FirstPackets
from transcoding.source.sound_packets import SoundSpan, SoundWindow, sound_span
from transcoding.source.source import (
    AudioStream,
    CoverPicture,
    Source,
    UnplayableStream,
    default_sound,
)
from transcoding.source.streams import (
    audio_streams,
    find_cover,
    find_video_stream,
    read_cover,
    unplayable_streams,
)

_T = TypeVar("_T")

_PROBE_TIMEOUT_S = 120

_READ_TIMEOUT_S = 1500
"""For packets: a source without an index is read from end to end, in what a function may take."""

# What ffprobe says when the network or storage is at fault rather than the file.
_OUR_FAULT = re.compile(
    r"HTTP error|HTTP response|Server returned|Connection|timed out|Input/output error|"
    r"Immediate exit|Will reconnect|resolve|TLS|Network",
    re.IGNORECASE,
)


class Opened(NamedTuple):
    """A source that can be read.

    Attributes:
        url: its read URL, or what `inputs.local_url` gives.
        etag: the upload's, without quotes; of no use to a local file.
        name: for error messages.
    """

    tools: MediaTools
    url: str
    etag: str
    name: str


def inspect(opened: Opened, *, max_duration_s: int) -> Source | Refused:
    """Read a source and try its tracks, or say what is wrong with it.

    Raises:
        ToolFailed: not the file's fault.
    """
    try:
        probe = opened.tools.probe(
            probing.probe_streams(opened.url, opened.etag),
            what=f"probe {opened.name}",
            redact=[opened.url],
            total_s=_PROBE_TIMEOUT_S,
        )
        found = _inspect_streams(opened, probe, max_duration_s)
        return found if isinstance(found, Refused) else _with_clocks(opened, probe, found)
    except ToolFailed as error:
        if _is_ours(error):
            raise
        return _not_readable(error)


def _inspect_streams(
    opened: Opened, probe: dict[str, Any], max_duration_s: int
) -> Source | Refused:
    if find_video_stream(probe) is None:
        return _inspect_sound(opened, probe, max_duration_s)
    times = _read_pictures(opened, probe)
    found = read_source(probe, times, size_bytes=_size_bytes(probe), max_duration_s=max_duration_s)
    return found if isinstance(found, Refused) else _try_tracks(opened, found)


def _with_clocks(opened: Opened, probe: dict[str, Any], source: Source) -> Source:
    """Say how the packets of each sound track are timed: its chunks meet without a click then."""
    if not source.audio:
        return source
    first = FirstPackets()
    opened.tools.lines(
        probing.probe_clocks(opened.url, opened.etag),
        what=f"read the first sound of {opened.name}",
        redact=[opened.url],
        stall_s=_PROBE_TIMEOUT_S,
        total_s=_PROBE_TIMEOUT_S,
        on_line=first.take,
    )
    streams = {int(stream["index"]): stream for stream in probe["streams"]}
    audio = tuple(
        track.model_copy(update={"clock": first.clock(streams[track.stream_index])})
        for track in source.audio
    )
    return source.model_copy(update={"audio": audio})


def _read_pictures(opened: Opened, probe: dict[str, Any]) -> PacketTimes:
    stream = find_video_stream(probe) or {}
    index = int(stream["index"])

    def read(intervals: Sequence[str]) -> PacketTimes:
        windows: list[PictureWindow] = []
        for interval in intervals:
            window = PictureWindow(probe, is_first=not windows)
            _read_packets(opened, index, interval, window.take)
            windows.append(window)
        return packet_times(windows)

    times = _unless_unseekable(read, packet_intervals(probe))
    # Without a tail the header promises more than there is: look where the pictures really end.
    return times if times is not None and times.tail else read(WHOLE_FILE)


def _inspect_sound(opened: Opened, probe: dict[str, Any], max_duration_s: int) -> Source | Refused:
    """Read a file without a video track: its sound, and the cover if there is one."""
    playable, unplayable = _try_sound(opened, audio_streams(probe))
    unplayable = (*unplayable_streams(probe), *unplayable)
    if not playable:
        return refuse_silence(unplayable)
    return read_sound(
        probe,
        playable,
        unplayable,
        _read_sound_span(opened, probe, default_sound(playable).stream_index),
        cover=_read_cover(opened, probe),
        size_bytes=_size_bytes(probe),
        max_duration_s=max_duration_s,
    )


def _read_cover(opened: Opened, probe: dict[str, Any]) -> CoverPicture | None:
    """Return the cover; a damaged one is none, and its sound is worth publishing."""
    stream = find_cover(probe)
    if stream is None:
        return None
    index = int(stream["index"])
    with scratch_folder() as folder:
        measured = Path(folder, "cover.txt")
        arguments = probing.measure_cover(opened.url, opened.etag, index, str(measured))
        if not _decode(opened, index, arguments) or not measured.exists():
            return None
        return read_cover(stream, measured.read_text())


def _read_sound_span(opened: Opened, probe: dict[str, Any], index: int) -> SoundSpan | None:
    stream = next(stream for stream in probe["streams"] if stream["index"] == index)

    def read(intervals: Sequence[str]) -> SoundSpan | None:
        windows = []
        for interval in intervals:
            window = SoundWindow()
            _read_packets(opened, index, interval, window.take)
            windows.append(window)
        return sound_span(probe, stream, windows)

    return _unless_unseekable(read, sound_intervals(probe, stream)) or read(WHOLE_FILE)


def _unless_unseekable(read: Callable[[Sequence[str]], _T], intervals: Sequence[str]) -> _T | None:
    """Read intervals; None where the file cannot be sought in, and has to be read whole."""
    try:
        return read(intervals)
    except ToolFailed as error:
        if _is_ours(error) or intervals == WHOLE_FILE:
            raise
        return None


def _read_packets(
    opened: Opened, stream_index: int, interval: str, take: Callable[[str], None]
) -> None:
    opened.tools.lines(
        probing.probe_packets(opened.url, opened.etag, stream_index, interval),
        what=f"read packet times of {opened.name}",
        redact=[opened.url],
        stall_s=_PROBE_TIMEOUT_S,
        total_s=_READ_TIMEOUT_S,
        on_line=take,
    )


def _try_tracks(opened: Opened, source: Source) -> Source | Refused:
    """Decode a little of each track: whether a decoder is there shows by using it.

    A video without a decoder is refused. A sound track without one is left out, and the report says
    so: picture and the other tracks are worth publishing.
    """
    if not _can_decode(opened, source.picture.stream_index, is_video=True):
        return Refused(
            code=RefusalCode.UNKNOWN_CODEC,
            reason=f"the video's codec ({source.picture.codec}) cannot be decoded",
            advice="upload it as H.264, HEVC, AV1, VP9, ProRes or another common codec",
        )
    playable, unplayable = _try_sound(opened, source.audio)
    return source.model_copy(
        update={"audio": playable, "unplayable_audio": (*source.unplayable_audio, *unplayable)}
    )


def _try_sound(
    opened: Opened, tracks: Sequence[AudioStream]
) -> tuple[tuple[AudioStream, ...], tuple[UnplayableStream, ...]]:
    """Return the tracks that can be decoded, and the others."""
    playable: list[AudioStream] = []
    unplayable: list[UnplayableStream] = []
    for track in tracks:
        if _can_decode(opened, track.stream_index, is_video=False):
            playable.append(track)
            continue
        unplayable.append(
            UnplayableStream(
                stream_index=track.stream_index,
                codec=track.codec,
                language=track.language,
                reason="it cannot be decoded and mixed to stereo",
            )
        )
    return tuple(playable), tuple(unplayable)


def _can_decode(opened: Opened, stream_index: int, *, is_video: bool) -> bool:
    arguments = probing.try_track(opened.url, opened.etag, stream_index, is_video=is_video)
    return _decode(opened, stream_index, arguments)


def _decode(opened: Opened, stream_index: int, arguments: Sequence[str]) -> bool:
    """Decode what the arguments say of a track; False where it cannot be."""
    try:
        opened.tools.run(
            arguments,
            what=f"decode the start of track {stream_index} of {opened.name}",
            redact=[opened.url],
            stall_s=_PROBE_TIMEOUT_S,
            total_s=_PROBE_TIMEOUT_S,
        )
    except ToolFailed as error:
        if _is_ours(error):
            raise
        return False
    return True


def _size_bytes(probe: dict[str, Any]) -> int:
    return int(probe.get("format", {}).get("size", 0))


def _is_ours(error: ToolFailed) -> bool:
    """Tell our failure (killed, network, storage) from a file that cannot be read."""
    was_killed = error.exit_code is None or error.exit_code < 0
    return was_killed or bool(_OUR_FAULT.search(error.stderr_tail))


def _not_readable(error: ToolFailed) -> Refused:
    said = error.stderr_tail.strip().rpartition("\n")[2][:200]
    return Refused(
        code=RefusalCode.NOT_A_VIDEO,
        reason=f"the file cannot be read as video or sound ({said or 'ffprobe gave up'})",
        advice="upload an MP4, MOV, MKV, WebM, MPEG-TS, MP3, M4A, WAV, FLAC or Ogg file that plays "
        "to its end",
    )
