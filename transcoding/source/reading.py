"""What ffprobe says of a source, read into a Source or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from transcoding.job.messages import RefusalCode, Refused
from transcoding.source.pacing import (
    PacketTimes,
    longest_step_s,
    measure_rate,
    positive_fraction,
    seconds_or_zero,
)
from transcoding.source.sound_packets import SoundSpan
from transcoding.source.source import (
    AudioStream,
    CoverPicture,
    Source,
    UnplayableStream,
    VideoStream,
    default_sound,
)
from transcoding.source.streams import (
    ENCRYPTED,
    ENCRYPTED_TAGS,
    MAX_SIDE_PX,
    MIN_SIDE_PX,
    Stream,
    audio_streams,
    find_video_stream,
    is_fit_size,
    subtitle_streams,
    unplayable_streams,
)

_CUT_SHORT_S = 1
_INTERLACED_ORDERS = frozenset({"tt", "bb", "tb", "bt"})
_PLAYS_TO_ITS_END = "the upload or the recording was cut short: check that it plays to its end"


def read_source(
    probe: Mapping[str, Any], times: PacketTimes, *, size_bytes: int, max_duration_s: int
) -> Source | Refused:
    """Read a source with a picture.

    Args:
        probe: JSON of `ffprobe -show_format -show_streams`.
        times: of the packets of `find_video_stream`.

    Returns:
        Refused when the uploader has to change something: no video track that can be read,
        encrypted, cut short, too large, too long.
    """
    container = probe.get("format", {})
    stream = find_video_stream(probe)
    if stream is None or not stream.get("codec_name") or not stream.get("width"):
        return Refused(
            code=RefusalCode.NO_VIDEO,
            reason="the file has no video track that can be read",
            advice="upload a file with a video track, such as MP4, MOV, MKV, WebM or MPEG-TS",
        )
    refused = _refuse_stream(stream) or _refuse_times(container, stream, times)
    if refused:
        return refused
    video = _read_video(stream, times)
    return _refuse_length("video", video.duration_s, max_duration_s) or Source(
        container=str(container.get("format_name", "")),
        size_bytes=size_bytes,
        container_start_s=seconds_or_zero(container.get("start_time")),
        video=video,
        audio=audio_streams(probe),
        unplayable_audio=unplayable_streams(probe),
        subtitles=subtitle_streams(probe),
    )


def read_sound(
    probe: Mapping[str, Any],
    audio: Sequence[AudioStream],
    unplayable: Sequence[UnplayableStream],
    span: SoundSpan | None,
    *,
    cover: CoverPicture | None,
    size_bytes: int,
    max_duration_s: int,
) -> Source | Refused:
    """Read a source that is sound alone.

    Args:
        audio, unplayable: its tracks, tried out; of the first there is one at least.
        span: of `default_sound(audio)`; None where nothing is heard.

    Returns:
        Refused when the uploader has to change something: no sound in the track, cut short, too
        long.
    """
    container = probe.get("format", {})
    if span is None:
        return Refused(
            code=RefusalCode.EMPTY,
            reason="the sound has no samples",
            advice=_PLAYS_TO_ITS_END,
        )
    return (
        _refuse_cut_sound(probe, audio, span)
        or _refuse_length("sound", span.duration_s, max_duration_s)
        or Source(
            container=str(container.get("format_name", "")),
            size_bytes=size_bytes,
            container_start_s=seconds_or_zero(container.get("start_time")),
            video=None,
            audio=tuple(audio),
            cover=cover,
            unplayable_audio=tuple(unplayable),
            subtitles=subtitle_streams(probe),
            sound_start_s=span.start_s,
            sound_duration_s=span.duration_s,
        )
    )


def refuse_silence(unplayable: Sequence[UnplayableStream]) -> Refused:
    """Refuse a file without a video track, of whose sound nothing can be played.

    Args:
        unplayable: its sound tracks; none where it has none.
    """
    if not unplayable:
        return Refused(
            code=RefusalCode.NOTHING_TO_PLAY,
            reason="the file has neither a video track nor sound that can be read",
            advice="upload a video such as MP4, MOV, MKV, WebM or MPEG-TS, or sound such as MP3, "
            "M4A, WAV, FLAC or Ogg",
        )
    if all(track.reason == ENCRYPTED for track in unplayable):
        return Refused(
            code=RefusalCode.ENCRYPTED,
            reason="the sound is encrypted",
            advice="upload a file without DRM",
        )
    codecs = ", ".join(sorted({track.codec for track in unplayable}))
    return Refused(
        code=RefusalCode.UNKNOWN_CODEC,
        reason=f"the sound's codec ({codecs}) cannot be decoded",
        advice="upload it as AAC, MP3, FLAC, Opus, Vorbis, PCM or another common codec",
    )


def _refuse_stream(stream: Stream) -> Refused | None:
    if stream.get("codec_tag_string") in ENCRYPTED_TAGS:
        return Refused(
            code=RefusalCode.ENCRYPTED,
            reason="the video track is encrypted",
            advice="upload a file without DRM",
        )
    width, height = int(stream.get("width", 0)), int(stream.get("height", 0))
    if not is_fit_size(width, height):
        return Refused(
            code=RefusalCode.BAD_SIZE,
            reason=f"the picture is {width}x{height}",
            advice=f"upload a video with sides from {MIN_SIDE_PX} to {MAX_SIDE_PX} pixels",
        )
    return None


def _refuse_times(
    container: Mapping[str, Any], stream: Stream, times: PacketTimes
) -> Refused | None:
    if not times.head and "start_time" not in container:
        return Refused(
            code=RefusalCode.NOT_A_VIDEO,
            reason="the file is a bare stream without time stamps",
            advice="put it into a container such as MP4 or MKV and upload that",
        )
    if (
        not times.head
        or not times.tail
        or _is_cut_short(container, stream, times.tail[-1] + times.last_duration_s)
    ):
        return Refused(
            code=RefusalCode.CUT_SHORT,
            reason="the file ends before its last pictures",
            advice=_PLAYS_TO_ITS_END,
        )
    return None


def _refuse_cut_sound(
    probe: Mapping[str, Any], audio: Sequence[AudioStream], span: SoundSpan
) -> Refused | None:
    measured = default_sound(audio).stream_index
    stream = next(s for s in probe["streams"] if s["index"] == measured)
    if _is_cut_short(probe.get("format", {}), stream, span.start_s + span.duration_s):
        return Refused(
            code=RefusalCode.CUT_SHORT,
            reason="the file ends before its last sound",
            advice=_PLAYS_TO_ITS_END,
        )
    return None


def _is_cut_short(container: Mapping[str, Any], stream: Stream, end_s: Fraction) -> bool:
    """Tell whether what the index of an MP4 or MOV lists of a track is not in the file.

    Args:
        end_s: where the track really ends, relative to the container's start time.
    """
    if "mov" not in str(container.get("format_name", "")).split(","):
        return False
    start_s = seconds_or_zero(stream.get("start_time")) - seconds_or_zero(
        container.get("start_time")
    )
    return start_s + seconds_or_zero(stream.get("duration")) - end_s > _CUT_SHORT_S


def _refuse_length(what: str, duration_s: Fraction, max_duration_s: int) -> Refused | None:
    if duration_s <= max_duration_s:
        return None
    return Refused(
        code=RefusalCode.TOO_LONG,
        reason=f"the {what} is {float(duration_s):.0f} s long",
        advice=f"upload at most {max_duration_s} s, or raise VOD_MAX_DURATION_S",
    )


def _read_video(stream: Stream, times: PacketTimes) -> VideoStream:
    rate, is_constant = measure_rate(stream, times)
    first_s, last_s = times.head[0], times.tail[-1]
    if is_constant:
        frame_count = round((last_s - first_s) * rate) + 1
    else:
        end_s = last_s + (times.last_duration_s or 1 / rate)
        frame_count = max(1, round((end_s - first_s) * rate))
    width, height = int(stream["width"]), int(stream["height"])
    aspect = positive_fraction(
        stream.get("sample_aspect_ratio", "1:1").replace(":", "/")
    ) or Fraction(1)
    rotation = _rotation_deg(stream)
    display = (round(width * aspect), height) if aspect >= 1 else (width, round(height / aspect))
    if rotation in (90, 270):
        display = (display[1], display[0])
    pixel_format = str(stream.get("pix_fmt", ""))
    return VideoStream(
        stream_index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        coded_width=width,
        coded_height=height,
        display_width=display[0],
        display_height=display[1],
        rotation_deg=rotation,
        sample_aspect=aspect,
        frame_rate=rate,
        is_constant_rate=is_constant,
        start_s=first_s,
        longest_step_s=longest_step_s(times),
        frame_count=frame_count,
        pixel_format=pixel_format,
        bit_depth=_bit_depth(stream, pixel_format),
        color_primaries=_color(stream, "color_primaries"),
        color_transfer=_color(stream, "color_transfer"),
        color_matrix=_color(stream, "color_space"),
        color_range=_color(stream, "color_range"),
        is_interlaced=stream.get("field_order") in _INTERLACED_ORDERS,
    )


def _rotation_deg(stream: Stream) -> int:
    """Return the clockwise turn that makes the picture upright: 0, 90, 180 or 270."""
    for side_data in stream.get("side_data_list", []):
        if "rotation" in side_data:
            return round(-float(side_data["rotation"]) / 90) * 90 % 360
    return 0


def _bit_depth(stream: Stream, pixel_format: str) -> int:
    declared = int(stream.get("bits_per_raw_sample", 0) or 0)
    if declared:
        return declared
    for depth in (16, 14, 12, 10, 9):
        if f"p{depth}" in pixel_format or f"{depth}le" in pixel_format:
            return depth
    return 8


def _color(stream: Stream, name: str) -> str:
    value = str(stream.get(name, ""))
    return "" if value in ("unknown", "reserved", "unspecified") else value
