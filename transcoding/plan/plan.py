"""The plan of a job: what is encoded, how it is cut, and which unit carries which rungs.

The plan is made once and recorded in the orchestrator's history, so that a deployment with another
ladder cannot break a job that is under way.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import langcodes
from langcodes.tag_parser import LanguageTagError

from transcoding.codecs.h264_levels import lowest_level
from transcoding.job.messages import Job, Refused
from transcoding.job.paths import RenditionFolder
from transcoding.plan.ladder import FittedRow, fit_ladder
from transcoding.source.frame_rates import MAX_RATE
from transcoding.source.source import LONGEST_GOP_S, AudioStream, Source, VideoStream
from transcoding.source.timeline import Chunk, Timeline, cut_timeline, frame_step
from transcoding.values import Value, content_key

Grouping = Literal["auto", "per_rendition", "together"]

MAX_AUDIO_RENDITIONS = 8
AUDIO_SAMPLE_RATE_HZ = 48_000
AAC_FRAME_SAMPLES = 1024

_RECIPE = 1
"""Part of every key. Raise it with any change to the argument lists of commands.py that changes
what they encode: otherwise new chunks would come to lie beside old ones."""

_MAXRATE_FACTOR = Fraction(6, 5)
_BUFFER_S = Fraction(3, 2)
_VARIABLE_RATE_PREROLL_S = Fraction(5)
_DEINTERLACE_PREROLL_S = Fraction(1, 5)
_SHORTEST_CHUNK_S = 20
_LARGEST_RUNG_PIXELS = 3840 * 2160


class Profile(Value):
    """What an operator may choose about encoding.

    Attributes:
        preset: x264's speed preset.
        max_height: leave out larger rungs; None keeps the whole ladder.
        audio_bitrate_bps: rate of each stereo AAC rendition.
        chunk_s: longest chunk; None derives it from the activity budget.
        unit_budget_s: how long one unit may encode for.
        pixels_per_s: how many pixels of one rung an instance encodes in a second.
        grouping: one rung a unit, all rungs in one, or by the number of instances.
        many_instances: whether `auto` means one rung a unit.
    """

    preset: str = "fast"
    max_height: int | None = None
    audio_bitrate_bps: int = 128_000
    chunk_s: int | None = None
    unit_budget_s: int = 120
    pixels_per_s: int = 60_000_000
    grouping: Grouping = "auto"
    many_instances: bool = True


class Rung(Value):
    """One video rendition: exact encode settings.

    Attributes:
        key: content key of everything that decides its bytes; names its folder.
        frame_step: grid frames per frame of this rung (2 where the rate is halved).
        frame_rate: frames per second of this rung.
    """

    key: str
    width: int
    height: int
    frame_step: int
    frame_rate: Fraction
    bitrate_bps: int
    maxrate_bps: int
    bufsize_bits: int
    crf: int
    level: str
    preset: str

    @property
    def pixels_per_s(self) -> Fraction:
        """What its encoding costs, beside that of other rungs."""
        return self.width * self.height * self.frame_rate

    @property
    def label(self) -> str:
        return f"{self.height}p {self.bitrate_bps // 1000}k"


class AudioRendition(Value):
    """One audio rendition: stereo AAC-LC at 48 kHz, exactly as long as the video.

    Attributes:
        language: BCP 47, "und" when the source does not say.
        sample_count: samples from the first to the last, priming not counted.
        fragment_us: nominal segment duration in microseconds, that of the video.
    """

    key: str
    stream_index: int
    language: str
    label: str
    is_default: bool
    channels: int
    bitrate_bps: int
    sample_rate_hz: int
    sample_count: int
    fragment_us: int


class Probed(Value):
    """What probing an upload gave: a source, or a refusal."""

    job: Job
    source: Source | None = None
    refused: Refused | None = None


class Plan(Value):
    """A job, planned."""

    job: Job
    source: Source
    timeline: Timeline
    rungs: tuple[Rung, ...]
    audio: tuple[AudioRendition, ...]
    groups: tuple[tuple[str, ...], ...]
    storyboard_key: str

    def rung(self, key: str) -> Rung:
        return next(rung for rung in self.rungs if rung.key == key)

    @property
    def poster_folder(self) -> RenditionFolder:
        return self.folder("poster")

    @property
    def storyboard_folder(self) -> RenditionFolder:
        return self.folder(self.storyboard_key)

    def folder(self, key: str) -> RenditionFolder:
        """Return the folder of the rung or audio rendition with this key."""
        return RenditionFolder(self.job.name, self.job.source_key, key)


class RungGroup(Value):
    """The rungs that one sub-orchestration encodes together."""

    plan: Plan
    rung_keys: tuple[str, ...]


class EncodeUnit(Value):
    """The unit of work: a chunk and the rungs that one FFmpeg process makes of it."""

    job: Job
    video: VideoStream
    timeline: Timeline
    chunk: Chunk
    rungs: tuple[Rung, ...]

    @property
    def unit_id(self) -> str:
        rungs = content_key([rung.key for rung in self.rungs], 8)
        return f"video-{rungs}-{self.chunk.index:05d}"


class AudioUnit(Value):
    """One audio track, encoded whole: AAC priming would click at every seam.

    Attributes:
        video_start_s: the container's own time of the first picture.
    """

    job: Job
    video_start_s: Fraction
    audio: AudioRendition

    @property
    def unit_id(self) -> str:
        return f"audio-{self.audio.key}"


def make_plan(job: Job, source: Source, profile: Profile, encoder_version: str) -> Plan:
    """Plan a job.

    Args:
        encoder_version: part of every key: another FFmpeg may write other bits, and the chunks of
            one rung must come from one.
    """
    video = source.video
    fitted = fit_ladder(video.display_width, video.display_height, max_height=profile.max_height)
    steps = [
        frame_step(video.frame_rate, min(Fraction(row.row.max_frame_rate), MAX_RATE))
        for row in fitted
    ]
    timeline = cut_timeline(
        frame_rate=video.frame_rate,
        frame_count=video.frame_count,
        start_s=video.start_s,
        max_step=max(steps),
        chunk_s=_chunk_s(profile, video),
        preroll_s=_preroll_s(source),
    )
    rungs = tuple(
        _plan_rung(row, step, timeline, profile, encoder_version)
        for row, step in zip(fitted, steps, strict=True)
    )
    return Plan(
        job=job,
        source=source,
        timeline=timeline,
        rungs=rungs,
        audio=_plan_audio(source, timeline, profile, encoder_version),
        groups=_group(tuple(rung.key for rung in rungs), profile),
        storyboard_key="storyboard-" + content_key([rungs[0].key, "grid-1"]),
    )


def _plan_rung(
    fitted: FittedRow, step: int, timeline: Timeline, profile: Profile, encoder_version: str
) -> Rung:
    maxrate_bps = int(fitted.bitrate_bps * _MAXRATE_FACTOR)
    bufsize_bits = int(maxrate_bps * _BUFFER_S)
    frame_rate = timeline.frame_rate / step
    settings = {
        "width": fitted.width,
        "height": fitted.height,
        "frame_step": step,
        "frame_rate": str(frame_rate),
        "bitrate_bps": fitted.bitrate_bps,
        "maxrate_bps": maxrate_bps,
        "bufsize_bits": bufsize_bits,
        "crf": fitted.row.crf,
        "level": lowest_level(fitted.width, fitted.height, frame_rate, maxrate_bps, bufsize_bits),
        "preset": profile.preset,
    }
    cut = timeline.to_json()
    name = f"h264-{fitted.width}x{fitted.height}-{fitted.bitrate_bps // 1000}k-"
    return Rung.model_validate(
        {"key": name + content_key([_RECIPE, settings, cut, encoder_version]), **settings}
    )


def _plan_audio(
    source: Source, timeline: Timeline, profile: Profile, encoder_version: str
) -> tuple[AudioRendition, ...]:
    tracks = source.audio[:MAX_AUDIO_RENDITIONS]
    default = next((t for t in tracks if t.is_default), tracks[0] if tracks else None)
    labels: list[str] = []
    renditions = []
    for track in tracks:
        settings = {
            "stream_index": track.stream_index,
            "channels": 2,
            "bitrate_bps": profile.audio_bitrate_bps,
            "sample_rate_hz": AUDIO_SAMPLE_RATE_HZ,
            "sample_count": round(timeline.duration_s * AUDIO_SAMPLE_RATE_HZ),
            "fragment_us": round(timeline.segment_frames / timeline.frame_rate * 1_000_000),
        }
        key = content_key([_RECIPE, settings, str(timeline.start_s), encoder_version])
        label = _unique_label(track, labels)
        labels.append(label)
        renditions.append(
            AudioRendition.model_validate(
                {
                    "key": f"aac-{track.stream_index}-{key}",
                    "language": language_tag(track.language),
                    "label": label,
                    "is_default": track is default,
                    **settings,
                }
            )
        )
    return tuple(renditions)


def language_tag(language: str) -> str:
    """Return the BCP 47 tag of a container's language code ("eng" is "en"), or "und"."""
    try:
        return langcodes.standardize_tag(language)
    except LanguageTagError:
        return "und"


def _unique_label(track: AudioStream, taken: list[str]) -> str:
    """Name a track for people; HLS wants names to differ within a rendition group."""
    printable = "".join(c for c in track.title if c.isprintable() and c != '"').strip()
    name = printable or language_tag(track.language)
    label, count = name, 2
    while label in taken:
        label, count = f"{name} {count}", count + 1
    return label


def _chunk_s(profile: Profile, video: VideoStream) -> Fraction:
    """Return how long a chunk may be, as if a rung of the source's own size were encoded.

    The ladder has no say in it: chunks are part of every rung's key, and a rung that is added
    later must not have the others encoded again.
    """
    if profile.chunk_s is not None:
        return Fraction(profile.chunk_s)
    pixels = min(video.display_width * video.display_height, _LARGEST_RUNG_PIXELS)
    rate = video.frame_rate / frame_step(video.frame_rate, MAX_RATE)
    budget_pixels = profile.unit_budget_s * profile.pixels_per_s
    return max(Fraction(_SHORTEST_CHUNK_S), budget_pixels / (pixels * rate))


def _preroll_s(source: Source) -> Fraction:
    """Return how much to decode before a chunk so that its first picture is certain."""
    video, preroll_s = source.video, Fraction(0)
    if video.is_interlaced:
        preroll_s = _DEINTERLACE_PREROLL_S
    if not video.is_constant_rate:
        # The picture that is on screen where the chunk starts may have come long before.
        preroll_s = max(_VARIABLE_RATE_PREROLL_S, 2 * video.longest_step_s)
    return max(preroll_s, Fraction(LONGEST_GOP_S)) if source.seeks_blindly else preroll_s


def _group(keys: tuple[str, ...], profile: Profile) -> tuple[tuple[str, ...], ...]:
    together = profile.grouping == "together" or (
        profile.grouping == "auto" and not profile.many_instances
    )
    return (keys,) if together else tuple((key,) for key in keys)
