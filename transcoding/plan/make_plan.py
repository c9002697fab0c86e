"""Options in, plan out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeVar

import langcodes
from langcodes.tag_parser import LanguageTagError

from transcoding.codecs import audio_codec
from transcoding.plan.images import plan_poster, plan_storyboard
from transcoding.plan.keys import generation_key, keyed_audio, keyed_video
from transcoding.plan.ladder import AudioRow, FittedRow, Ladder, fit_ladder
from transcoding.plan.options import Options
from transcoding.plan.plan import Plan, Planning
from transcoding.source.frame_rates import MAX_RATE
from transcoding.source.sound_timeline import SoundTimeline, cut_sound
from transcoding.source.source import LONGEST_GOP_S, AudioStream, Source, VideoStream
from transcoding.source.timeline import SEGMENT_S, Timeline, cut_timeline, frame_step
from transcoding.tracks.track import AudioTrack, VideoTrack

MAX_AUDIO_TRACKS = 8

_MAXRATE_FACTOR = Fraction(6, 5)
_BUFFER_S = Fraction(3, 2)
_VARIABLE_RATE_PREROLL_S = Fraction(5)
_DEINTERLACE_PREROLL_S = Fraction(1, 5)
_SHORTEST_CHUNK_S = 20
_LARGEST_RUNG_PIXELS = 3840 * 2160


def make_plan(
    planning: Planning,
    options: Options,
    ladder: Ladder,
    encoder: str,
    *,
    generations: Mapping[str, int] = {},
) -> Plan:
    """Plan a job.

    Args:
        encoder: version of FFmpeg, part of every key: another one may write other bits, and the
            chunks of one track must come from one.
        generations: of tracks, by key, whose folders before are damaged and must not be touched.

    Raises:
        ValueError: the source has neither picture nor sound.
    """
    source = planning.source
    video = _plan_video(source, options, ladder, encoder)
    segment_s = video[0].timeline.segment_s if video else Fraction(SEGMENT_S)
    audio = _plan_audio(source, options, ladder.audio, segment_s, encoder)
    if not video and not audio:
        raise ValueError(f"{planning.job.name} has neither picture nor sound")
    video = tuple(_of_generation(track, generations) for track in video)
    audio = tuple(_of_generation(track, generations) for track in audio)
    return Plan(
        job=planning.job,
        source=source,
        encoder=encoder,
        round=planning.round,
        tracks=(*video, *audio),
        groups=(*_sound_groups(audio), *_group(video, options)),
        lanes=options.units_in_flight,
        poster=plan_poster(source, video, encoder),
        storyboard=plan_storyboard(video, encoder),
    )


_T = TypeVar("_T", VideoTrack, AudioTrack)


def _of_generation(track: _T, generations: Mapping[str, int]) -> _T:
    key = generation_key(track.key, generations.get(track.key, 1))
    return track.model_copy(update={"key": key})


def _plan_video(
    source: Source, options: Options, ladder: Ladder, encoder: str
) -> tuple[VideoTrack, ...]:
    stream = source.video
    if stream is None:
        return ()
    fitted = fit_ladder(
        ladder, stream.display_width, stream.display_height, max_height=options.max_height
    )
    steps = [
        frame_step(stream.frame_rate, min(Fraction(row.row.max_frame_rate), MAX_RATE))
        for row in fitted
    ]
    timeline = cut_timeline(
        frame_rate=stream.frame_rate,
        frame_count=stream.frame_count,
        container_start_s=source.container_start_s,
        start_s=stream.start_s,
        max_step=max(steps),
        chunk_s=_chunk_s(options, stream),
        preroll_s=_preroll_s(source, stream),
    )
    return tuple(
        keyed_video(_rung(row, step, timeline, options), stream, encoder)
        for row, step in zip(fitted, steps, strict=True)
    )


def _rung(fitted: FittedRow, step: int, timeline: Timeline, options: Options) -> VideoTrack:
    maxrate_bps = int(fitted.bitrate_bps * _MAXRATE_FACTOR)
    return VideoTrack(
        key="",
        codec=fitted.row.codec,
        rung=fitted.row.name,
        timeline=timeline,
        width=fitted.width,
        height=fitted.height,
        frame_step=step,
        bitrate_bps=fitted.bitrate_bps,
        maxrate_bps=maxrate_bps,
        bufsize_bits=int(maxrate_bps * _BUFFER_S),
        crf=fitted.row.crf,
        preset=options.preset,
    )


def _plan_audio(
    source: Source,
    options: Options,
    rows: tuple[AudioRow, ...],
    segment_s: Fraction,
    encoder: str,
) -> tuple[AudioTrack, ...]:
    streams = source.audio[:MAX_AUDIO_TRACKS]
    if not streams:
        return ()
    default = next((s for s in streams if s.is_default), streams[0])
    # The same in all groups; different from each other within one.
    labels = _labels(streams)
    tracks = []
    for row in rows:
        timeline = cut_sound(
            sample_rate_hz=row.sample_rate_hz,
            frame_samples=audio_codec(row.codec).FRAME_SAMPLES,
            duration_s=source.duration_s,
            start_s=source.container_start_s + source.start_s,
            segment_s=segment_s,
            track_count=len(streams) * len(rows),
        )
        for stream, label in zip(streams, labels, strict=True):
            track = AudioTrack(
                key="",
                codec=row.codec,
                stream_index=stream.stream_index,
                clock=stream.clock,
                timeline=timeline,
                language=language_tag(stream.language),
                label=label,
                is_default=stream is default,
                channels=row.channels,
                bitrate_bps=options.audio_bitrate_bps,
            )
            tracks.append(keyed_audio(track, encoder))
    return tuple(tracks)


def language_tag(language: str) -> str:
    """Return the BCP 47 tag of a container's language code ("eng" is "en"), or "und"."""
    try:
        return langcodes.standardize_tag(language)
    except LanguageTagError:
        return "und"


def _labels(streams: tuple[AudioStream, ...]) -> list[str]:
    """Name sound for people; HLS wants names to differ within a rendition group."""
    labels: list[str] = []
    for stream in streams:
        printable = "".join(c for c in stream.title if c.isprintable() and c != '"').strip()
        name = label = printable or language_tag(stream.language)
        count = 2
        while label in labels:
            label, count = f"{name} {count}", count + 1
        labels.append(label)
    return labels


def _chunk_s(options: Options, stream: VideoStream) -> Fraction:
    """Return how long a chunk may be, as if a rung of the source's own size were encoded.

    The ladder has no say in it: chunks are part of every rung's key, and a rung that is added
    later must not have the others encoded again.
    """
    if options.chunk_s is not None:
        return Fraction(options.chunk_s)
    pixels = min(stream.display_width * stream.display_height, _LARGEST_RUNG_PIXELS)
    rate = stream.frame_rate / frame_step(stream.frame_rate, MAX_RATE)
    budget_pixels = options.unit_budget_s * options.pixels_per_s
    return max(Fraction(_SHORTEST_CHUNK_S), budget_pixels / (pixels * rate))


def _preroll_s(source: Source, stream: VideoStream) -> Fraction:
    """Return how much to decode before a chunk so that its first picture is certain."""
    preroll_s = Fraction(0)
    if stream.is_interlaced:
        preroll_s = _DEINTERLACE_PREROLL_S
    if not stream.is_constant_rate:
        # The picture that is on screen where the chunk starts may have come long before.
        preroll_s = max(_VARIABLE_RATE_PREROLL_S, 2 * stream.longest_step_s)
    return max(preroll_s, Fraction(LONGEST_GOP_S)) if source.seeks_blindly else preroll_s


def _sound_groups(tracks: tuple[AudioTrack, ...]) -> tuple[tuple[str, ...], ...]:
    """All sound of a chunk in one unit: the source is read once for what is cut alike."""
    groups: dict[SoundTimeline, list[str]] = {}
    for track in tracks:
        groups.setdefault(track.timeline, []).append(track.key)
    return tuple(tuple(keys) for keys in groups.values())


def _group(tracks: tuple[VideoTrack, ...], options: Options) -> tuple[tuple[str, ...], ...]:
    keys = tuple(track.key for track in tracks)
    together = options.grouping == "together" or (
        options.grouping == "auto" and not options.many_instances
    )
    if not keys:
        return ()
    return (keys,) if together else tuple((key,) for key in keys)
