"""Probe a source over its read URL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from adapters.services import Services
from transcoding import commands, paths
from transcoding.errors import Superseded, ToolFailed
from transcoding.messages import Job, RefusalCode, Refused
from transcoding.plan import Probed
from transcoding.probe import WHOLE_FILE, packet_intervals, packet_times
from transcoding.source import PacketTimes, find_video_stream, read_source

_PROBE_TIMEOUT_S = 120

# What ffprobe says when the network or storage is at fault rather than the file.
_OUR_FAULT = re.compile(
    r"HTTP error|Server returned|Connection|timed out|Input/output error|Immediate exit|"
    r"resolve|TLS|Network",
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
    try:
        probe, times = _run_ffprobe(services, job)
    except ToolFailed as error:
        services.store.check_current(job)
        if _is_ours(error):
            raise
        return Probed(job=job, refused=_not_a_video(error))
    found = read_source(
        probe,
        times,
        size_bytes=int(probe.get("format", {}).get("size", 0)),
        max_duration_s=services.settings.max_duration_s,
    )
    if isinstance(found, Refused):
        return Probed(job=job, refused=found)
    return Probed(job=job, source=found)


def _check_size(services: Services, job: Job) -> Refused | None:
    blob = services.store.uploads.properties(job.name)
    if blob is None or blob.etag != job.etag:
        raise Superseded("the source was replaced or deleted before it was probed", on=job.name)
    if blob.size_bytes == 0:
        return Refused(code=RefusalCode.EMPTY, reason="the file is empty", advice="upload it again")
    limit = services.settings.max_size_bytes
    if blob.size_bytes > limit:
        return Refused(
            code=RefusalCode.TOO_LARGE,
            reason=f"the file has {blob.size_bytes} bytes",
            advice=f"upload at most {limit} bytes, or raise VOD_MAX_SIZE_BYTES",
        )
    return None


def _run_ffprobe(services: Services, job: Job) -> tuple[dict[str, Any], PacketTimes]:
    url = services.store.read_url(job)

    def run(arguments: tuple[str, ...], what: str) -> dict[str, Any]:
        return services.ffmpeg.probe(arguments, what=what, redact=[url], total_s=_PROBE_TIMEOUT_S)

    def packets(stream_index: int, intervals: Sequence[str]) -> PacketTimes:
        windows = [
            run(
                commands.probe_packets(url, job.etag, stream_index, interval),
                f"read packet times of {job.name}",
            )
            for interval in intervals
        ]
        return packet_times(probe, windows)

    probe = run(commands.probe_streams(url, job.etag), f"probe {job.name}")
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
