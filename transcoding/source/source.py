"""A source as ffprobe describes it, read into exact values, or refused with a reason."""

from __future__ import annotations

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
from transcoding.values import Value

__all__ = [
    "AudioStream",
    "PacketTimes",
    "Source",
    "SubtitleStream",
    "UnplayableStream",
    "VideoStream",
    "find_video_stream",
    "read_source",
]

MAX_SIDE_PX = 8192
MIN_SIDE_PX = 16
BLIND_CONTAINERS = frozenset({"mpegts", "mpeg"})
"""FFmpeg's names of containers without an index: a seek lands anywhere in a group of pictures, and
nothing can be decoded before the next keyframe."""
LONGEST_GOP_S = 12
"""How far apart keyframes may be in such a container; x264's default is 10.4 s at 24 fps."""

_CUT_SHORT_S = 1
_ENCRYPTED_TAGS = frozenset({"encv", "enca", "drmi", "drms"})
_HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
_INTERLACED_ORDERS = frozenset({"tt", "bb", "tb", "bt"})


class VideoStream(Value):
    """The video track that is encoded.

    Attributes:
        stream_index: its index in the container, as in FFmpeg's `0:N`.
        display_width, display_height: size in square pixels after sample aspect and rotation.
        frame_rate: exact; the rate of the frame grid on which all chunks are cut.
        is_constant_rate: False when the grid is imposed on a variable-rate track.
        start_s: time of the first frame, relative to the container's start time.
        container_start_s: the container's start time, as its time stamps have it.
        frame_count: frames on the grid.
        longest_step_s: longest time from one picture to the next that was seen.
        color_transfer: as ffprobe names it, "" when the file does not say.
    """

    stream_index: int
    codec: str
    coded_width: int
    coded_height: int
    display_width: int
    display_height: int
    rotation_deg: int
    sample_aspect: Fraction
    frame_rate: Fraction
    is_constant_rate: bool
    start_s: Fraction
    frame_count: int
    pixel_format: str
    bit_depth: int
    color_primaries: str
    color_transfer: str
    color_matrix: str
    color_range: str
    is_interlaced: bool
    container_start_s: Fraction = Fraction(0)
    longest_step_s: Fraction = Fraction(0)

    @property
    def first_picture_s(self) -> Fraction:
        """The container's own time of the first picture."""
        return self.container_start_s + self.start_s

    @property
    def duration_s(self) -> Fraction:
        return self.frame_count / self.frame_rate

    @property
    def is_hdr(self) -> bool:
        return self.color_transfer in _HDR_TRANSFERS


class AudioStream(Value):
    """An audio track; `language` is the container's own tag, "und" when it has none."""

    stream_index: int
    codec: str
    channels: int
    sample_rate_hz: int
    language: str
    title: str
    is_default: bool


class UnplayableStream(Value):
    """An audio track that is left out, for the report: a video is published without it.

    Attributes:
        reason: why, in a few words.
    """

    stream_index: int
    codec: str
    language: str
    reason: str


class SubtitleStream(Value):
    """A subtitle track, carried along for the report; captions are not published yet."""

    stream_index: int
    codec: str
    language: str


class CoverPicture(Value):
    stream_index: int
    codec: str
    width: int
    height: int


class Source(Value):
    """All that planning needs to know about an upload.

    Attributes:
        unplayable_audio: tracks that nothing here can decode; the rest is published.
    """

    container: str
    size_bytes: int
    container_start_s: Fraction = Fraction(0)
    video: VideoStream | None
    audio: tuple[AudioStream, ...]
    cover: CoverPicture | None = None
    subtitles: tuple[SubtitleStream, ...]
    unplayable_audio: tuple[UnplayableStream, ...] = ()
    sound_start_s: Fraction = Fraction(0)
    sound_duration_s: Fraction = Fraction(0)

    @property
    def start_s(self) -> Fraction:
        return self.video.start_s if self.video else self.sound_start_s

    @property
    def duration_s(self) -> Fraction:
        return self.video.duration_s if self.video else self.sound_duration_s

    @property
    def picture(self) -> VideoStream:
        if self.video is None:
            raise ValueError("the source is sound alone, and a picture was asked for")
        return self.video

    @property
    def seeks_blindly(self) -> bool:
        """Whether a seek may land between keyframes and lose the pictures up to the next."""
        return self.container in BLIND_CONTAINERS


def find_video_stream(probe: dict[str, Any]) -> dict[str, Any] | None:
    """Return the stream that is the video: the default one, else the first; never cover art."""
    candidates: list[dict[str, Any]] = [
        stream
        for stream in probe.get("streams", [])
        if stream.get("codec_type") == "video"
        and not stream.get("disposition", {}).get("attached_pic")
        and not stream.get("disposition", {}).get("timed_thumbnails")
    ]
    defaults = [s for s in candidates if s.get("disposition", {}).get("default")]
    return next(iter(defaults or candidates), None)


def read_source(
    probe: dict[str, Any], times: PacketTimes, *, size_bytes: int, max_duration_s: int
) -> Source | Refused:
    """Read `ffprobe -show_format -show_streams` JSON and packet times into a Source.

    Returns:
        Refused when the uploader has to change something: no video track, encrypted, cut short,
        too large, too long.
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
    video = _read_video(stream, times, seconds_or_zero(container.get("start_time")))
    if video.duration_s > max_duration_s:
        return Refused(
            code=RefusalCode.TOO_LONG,
            reason=f"the video is {float(video.duration_s):.0f} s long",
            advice=f"upload at most {max_duration_s} s, or raise VOD_MAX_DURATION_S",
        )
    sound = [s for s in probe["streams"] if s.get("codec_type") == "audio"]
    return Source(
        container=str(container.get("format_name", "")),
        size_bytes=size_bytes,
        video=video,
        audio=tuple(_read_audio(s) for s in sound if not _why_unplayable(s)),
        unplayable_audio=tuple(_read_unplayable(s) for s in sound if _why_unplayable(s)),
        subtitles=tuple(
            _read_subtitle(s) for s in probe["streams"] if s.get("codec_type") == "subtitle"
        ),
    )


def _refuse_stream(stream: dict[str, Any]) -> Refused | None:
    if stream.get("codec_tag_string") in _ENCRYPTED_TAGS:
        return Refused(
            code=RefusalCode.ENCRYPTED,
            reason="the video track is encrypted",
            advice="upload a file without DRM",
        )
    width, height = int(stream.get("width", 0)), int(stream.get("height", 0))
    if not (min(width, height) >= MIN_SIDE_PX and max(width, height) <= MAX_SIDE_PX):
        return Refused(
            code=RefusalCode.BAD_SIZE,
            reason=f"the picture is {width}x{height}",
            advice=f"upload a video with sides from {MIN_SIDE_PX} to {MAX_SIDE_PX} pixels",
        )
    return None


def _refuse_times(
    container: dict[str, Any], stream: dict[str, Any], times: PacketTimes
) -> Refused | None:
    if not times.head and "start_time" not in container:
        return Refused(
            code=RefusalCode.NOT_A_VIDEO,
            reason="the file is a bare stream without time stamps",
            advice="put it into a container such as MP4 or MKV and upload that",
        )
    if not times.head or not times.tail or _is_cut_short(container, stream, times):
        return Refused(
            code=RefusalCode.CUT_SHORT,
            reason="the file ends before its last pictures",
            advice="the upload or the recording was cut short: check that it plays to its end",
        )
    return None


def _is_cut_short(container: dict[str, Any], stream: dict[str, Any], times: PacketTimes) -> bool:
    """Tell whether pictures that the index of an MP4 or MOV lists are not in the file."""
    if "mov" not in str(container.get("format_name", "")).split(","):
        return False
    start_s = seconds_or_zero(stream.get("start_time")) - seconds_or_zero(
        container.get("start_time")
    )
    listed_end_s = start_s + seconds_or_zero(stream.get("duration"))
    return listed_end_s - (times.tail[-1] + times.last_duration_s) > _CUT_SHORT_S


def _read_video(
    stream: dict[str, Any], times: PacketTimes, container_start_s: Fraction
) -> VideoStream:
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
        container_start_s=container_start_s,
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


def _why_unplayable(stream: dict[str, Any]) -> str:
    """Return why an audio track cannot be decoded, as far as its header tells; "" if it can."""
    if stream.get("codec_tag_string") in _ENCRYPTED_TAGS:
        return "it is encrypted"
    if stream.get("codec_name", "unknown") in ("", "unknown", "none"):
        return "its codec is unknown"
    if int(stream.get("channels", 0)) < 1:
        return "it has no channels"
    return ""


def _read_unplayable(stream: dict[str, Any]) -> UnplayableStream:
    return UnplayableStream(
        stream_index=int(stream["index"]),
        codec=str(stream.get("codec_name", "unknown")),
        language=str(stream.get("tags", {}).get("language", "und")),
        reason=_why_unplayable(stream),
    )


def _read_audio(stream: dict[str, Any]) -> AudioStream:
    tags = stream.get("tags", {})
    return AudioStream(
        stream_index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        channels=int(stream["channels"]),
        sample_rate_hz=int(stream.get("sample_rate", 0)),
        language=str(tags.get("language", "und")),
        title=str(tags.get("title", ""))[:100],
        is_default=bool(stream.get("disposition", {}).get("default")),
    )


def _read_subtitle(stream: dict[str, Any]) -> SubtitleStream:
    return SubtitleStream(
        stream_index=int(stream["index"]),
        codec=str(stream.get("codec_name", "")),
        language=str(stream.get("tags", {}).get("language", "und")),
    )


def _rotation_deg(stream: dict[str, Any]) -> int:
    """Return the clockwise turn that makes the picture upright: 0, 90, 180 or 270."""
    for side_data in stream.get("side_data_list", []):
        if "rotation" in side_data:
            return round(-float(side_data["rotation"]) / 90) * 90 % 360
    return 0


def _bit_depth(stream: dict[str, Any], pixel_format: str) -> int:
    declared = int(stream.get("bits_per_raw_sample", 0) or 0)
    if declared:
        return declared
    for depth in (16, 14, 12, 10, 9):
        if f"p{depth}" in pixel_format or f"{depth}le" in pixel_format:
            return depth
    return 8


def _color(stream: dict[str, Any], name: str) -> str:
    value = str(stream.get(name, ""))
    return "" if value in ("unknown", "reserved", "unspecified") else value
