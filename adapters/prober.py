"""Probe a source: over its read URL, or as a file of this machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from adapters.ffmpeg.runner import Ffmpeg
from adapters.services import Services
from transcoding.commands import commands
from transcoding.errors import Superseded, ToolFailed
from transcoding.job import paths
from transcoding.job.messages import Job, RefusalCode, Refused
from transcoding.plan.plan import Probed
from transcoding.source.probe import WHOLE_FILE, packet_intervals, packet_times
from transcoding.source.source import (
    PacketTimes,
    Source,
    UnplayableStream,
    find_video_stream,
    read_source,
)

_PROBE_TIMEOUT_S = 120


class Opened(NamedTuple):
    """A source that can be read.

    Attributes:
        url: its read URL, or what `commands.local_url` gives.
        etag: the upload's, without quotes; of no use to a local file.
        name: for error messages.
    """

    ffmpeg: Ffmpeg
    url: str
    etag: str
    name: str


# What ffprobe says when the network or storage is at fault rather than the file.
_OUR_FAULT = re.compile(
    r"HTTP error|Server returned|Connection|timed out|Input/output error|Immediate exit|"
    r"Will reconnect|resolve|TLS|Network",
    re.IGNORECASE,
)


def probe_source(services: Services, job: Job) -> Probed:
    """Read what was uploaded, or refuse it.

    Raises:
        Superseded: the source was replaced or deleted meanwhile.
        ToolFailed, StorageFailed: our side failed; worth another attempt.
    """
    services.store.ensure_containers()
    refused = paths.check_name(job.name) or _check_size(services, job)
    if refused:
        return Probed(job=job, refused=refused)
    opened = Opened(services.ffmpeg, services.store.read_url(job), job.etag, job.name)
    try:
        found = inspect(opened, max_duration_s=services.settings.max_duration_s)
    except ToolFailed:
        services.store.check_current(job)
        raise
    if isinstance(found, Refused):
        services.store.check_current(job)
        return Probed(job=job, refused=found)
    return Probed(job=job, source=found)


def inspect(opened: Opened, *, max_duration_s: int) -> Source | Refused:
    """Read a source and try its tracks, or say what is wrong with it.

    Raises:
        ToolFailed: not the file's fault.
    """
    try:
        probe, times = _run_ffprobe(opened)
    except ToolFailed as error:
        if _is_ours(error):
            raise
        return _not_a_video(error)
    found = read_source(
        probe,
        times,
        size_bytes=int(probe.get("format", {}).get("size", 0)),
        max_duration_s=max_duration_s,
    )
    return found if isinstance(found, Refused) else _try_tracks(opened, found)


def _check_size(services: Services, job: Job) -> Refused | None:
    blob = services.store.uploads.properties(job.name)
    if blob is None or blob.etag != job.etag:
        raise Superseded("the source was replaced or deleted before it was probed", on=job.name)
    if blob.size_bytes == 0:
        return Refused(code=RefusalCode.EMPTY, reason="the file is empty", advice="upload it again")
    if blob.is_archived:
        return Refused(
            code=RefusalCode.ARCHIVED,
            reason="the file is in the archive tier, where it cannot be read",
            advice="move it to the hot or cool tier, then replay the job",
        )
    limit = services.settings.max_size_bytes
    if blob.size_bytes > limit:
        return Refused(
            code=RefusalCode.TOO_LARGE,
            reason=f"the file has {blob.size_bytes} bytes",
            advice=f"upload at most {limit} bytes, or raise VOD_MAX_SIZE_BYTES",
        )
    return None


def _run_ffprobe(opened: Opened) -> tuple[dict[str, Any], PacketTimes]:
    ffmpeg, url, etag, name = opened

    def run(arguments: tuple[str, ...], what: str) -> dict[str, Any]:
        return ffmpeg.probe(arguments, what=what, redact=[url], total_s=_PROBE_TIMEOUT_S)

    def packets(stream_index: int, intervals: Sequence[str]) -> PacketTimes:
        windows = [
            run(
                commands.probe_packets(url, etag, stream_index, interval),
                f"read packet times of {name}",
            )
            for interval in intervals
        ]
        return packet_times(probe, windows)

    probe = run(commands.probe_streams(url, etag), f"probe {name}")
    video = find_video_stream(probe)
    if video is None:
        return probe, packet_times(probe, [{}])
    index = int(video["index"])
    try:
        times = packets(index, packet_intervals(probe))
    except ToolFailed as error:
        if _is_ours(error):
            raise
        # Some files cannot be sought in: they are read from end to end.
        times = packets(index, WHOLE_FILE)
    if not times.tail:
        # The header promises more than there is: look where the pictures really end.
        times = packets(index, WHOLE_FILE)
    return probe, times


def _try_tracks(opened: Opened, source: Source) -> Source | Refused:
    """Decode a little of each track: whether a decoder is there shows by using it.

    A video without a decoder is refused. A sound track without one is left out, and the report says
    so: picture and the other tracks are worth publishing.
    """
    if not _can_decode(opened, source.video.stream_index, is_video=True):
        return Refused(
            code=RefusalCode.UNKNOWN_CODEC,
            reason=f"the video's codec ({source.video.codec}) cannot be decoded",
            advice="upload it as H.264, HEVC, AV1, VP9, ProRes or another common codec",
        )
    playable, unplayable = [], list(source.unplayable_audio)
    for track in source.audio:
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
    return source.model_copy(
        update={"audio": tuple(playable), "unplayable_audio": tuple(unplayable)}
    )


def _can_decode(opened: Opened, stream_index: int, *, is_video: bool) -> bool:
    try:
        opened.ffmpeg.run(
            commands.try_track(opened.url, opened.etag, stream_index, is_video=is_video),
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


def _is_ours(error: ToolFailed) -> bool:
    """Tell our failure (killed, network, storage) from a file that cannot be read."""
    was_killed = error.exit_code is None or error.exit_code < 0
    return was_killed or bool(_OUR_FAULT.search(error.stderr_tail))


def _not_a_video(error: ToolFailed) -> Refused:
    said = error.stderr_tail.strip().rpartition("\n")[2][:200]
    return Refused(
        code=RefusalCode.NOT_A_VIDEO,
        reason=f"the file cannot be read as a video ({said or 'ffprobe gave up'})",
        advice="upload an MP4, MOV, MKV, WebM or MPEG-TS file that plays to its end",
    )
