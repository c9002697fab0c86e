"""Plans and units for tests that encode for real, and the encodes themselves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from transcoding.commands.commands import encode_audio, encode_chunk

from tests.media import SOURCE_ETAG, MediaServer, run_ffmpeg
from transcoding.job.messages import Job
from transcoding.job.records import ChunkRecord, Segment
from transcoding.packaging.cmaf import read_init, segment_records, split_file
from transcoding.plan.plan import AudioRendition, AudioUnit, EncodeUnit, Plan, Rung
from transcoding.source.source import Source, VideoStream
from transcoding.source.timeline import Timeline, cut_timeline

JOB = Job(container="uploads", name="clips/a.mp4", etag=SOURCE_ETAG, run_id="1")


def a_video(frame_rate: Fraction, frame_count: int) -> VideoStream:
    """Describe a 320x180 clip as probing would."""
    return VideoStream(
        stream_index=0,
        codec="h264",
        coded_width=320,
        coded_height=180,
        display_width=320,
        display_height=180,
        rotation_deg=0,
        sample_aspect=Fraction(1),
        frame_rate=frame_rate,
        is_constant_rate=True,
        start_s=Fraction(0),
        frame_count=frame_count,
        pixel_format="yuv420p",
        bit_depth=8,
        color_primaries="",
        color_transfer="",
        color_matrix="",
        color_range="",
        is_interlaced=False,
    )


def a_rung(key: str, frame_rate: Fraction, *, step: int = 1, height: int = 90) -> Rung:
    """Give a 16:9 rung that encodes in no time."""
    return Rung(
        key=key,
        width=height * 16 // 9,
        height=height,
        frame_step=step,
        frame_rate=frame_rate / step,
        bitrate_bps=300_000,
        maxrate_bps=360_000,
        bufsize_bits=540_000,
        crf=23,
        level="3.0",
        preset="fast",
    )


def an_audio(key: str, timeline: Timeline, language: str = "en", label: str = "") -> AudioRendition:
    """Give a stereo rendition of the clip's first sound track."""
    return AudioRendition(
        key=key,
        stream_index=1,
        language=language,
        label=label or language,
        is_default=True,
        channels=2,
        bitrate_bps=128_000,
        sample_rate_hz=48_000,
        sample_count=round(timeline.duration_s * 48_000),
        fragment_us=4_000_000,
    )


def a_plan(
    frame_rate: Fraction,
    frame_count: int,
    *,
    rungs: tuple[Rung, ...],
    audio: tuple[AudioRendition, ...] = (),
    chunk_s: int = 4,
) -> Plan:
    """Plan a 320x180 clip with exactly these renditions; chunks of 4 s are one segment each."""
    video = a_video(frame_rate, frame_count)
    return Plan(
        job=JOB,
        source=Source(container="mp4", size_bytes=1, video=video, audio=(), subtitles=()),
        timeline=a_timeline(frame_rate, frame_count, rungs, chunk_s),
        rungs=rungs,
        audio=audio,
        groups=(tuple(rung.key for rung in rungs),),
        storyboard_key="storyboard-1",
    )


def a_timeline(
    frame_rate: Fraction, frame_count: int, rungs: tuple[Rung, ...], chunk_s: int = 4
) -> Timeline:
    """Cut a clip that starts at 0."""
    return cut_timeline(
        frame_rate=frame_rate,
        frame_count=frame_count,
        start_s=Fraction(0),
        max_step=max(rung.frame_step for rung in rungs),
        chunk_s=Fraction(chunk_s),
    )


class Encoded(NamedTuple):
    """One rendition as FFmpeg wrote it.

    Attributes:
        inits: the init segment of each chunk.
        segments: of all chunks.
        records: a done-marker for each chunk.
        files: the file of each chunk.
    """

    inits: tuple[bytes, ...]
    segments: tuple[Segment, ...]
    records: tuple[ChunkRecord, ...]
    files: tuple[Path, ...]


def encode_video(plan: Plan, server: MediaServer, clip: Path, folder: Path) -> dict[str, Encoded]:
    """Encode all chunks of all rungs with the real command, one FFmpeg process a chunk."""
    files: dict[str, list[Path]] = {rung.key: [] for rung in plan.rungs}
    first_numbers = []
    for chunk in plan.timeline.chunks():
        unit = EncodeUnit(
            job=plan.job,
            video=plan.source.picture,
            timeline=plan.timeline,
            chunk=chunk,
            rungs=plan.rungs,
        )
        outputs = [folder / f"{rung.key}-{chunk.index}.mp4" for rung in plan.rungs]
        run_ffmpeg(encode_chunk(unit, server.url(clip), [str(output) for output in outputs]))
        for rung, output in zip(plan.rungs, outputs, strict=True):
            files[rung.key].append(output)
        first_numbers.append(chunk.first_segment)
    return {key: _read(key, paths, first_numbers) for key, paths in files.items()}


def encode_sound(
    audio: AudioRendition, server: MediaServer, clip: Path, folder: Path, start_s: Fraction
) -> Encoded:
    """Encode an audio rendition with the real command.

    Args:
        start_s: when the video starts.
    """
    output = folder / f"{audio.key}.mp4"
    unit = AudioUnit(job=JOB, video_start_s=start_s, audio=audio)
    run_ffmpeg(encode_audio(unit, server.url(clip), str(output)))
    return _read(audio.key, [output], [1])


def _read(key: str, files: list[Path], first_numbers: list[int]) -> Encoded:
    inits, records = [], []
    for index, (file, first) in enumerate(zip(files, first_numbers, strict=True)):
        with file.open("rb") as stream:
            init, fragments = split_file(stream)
        track = read_init(init)
        inits.append(init)
        records.append(
            ChunkRecord(
                key=key,
                index=index,
                timescale=track.timescale,
                codec=track.codec,
                init_sha256="same",
                init_md5="same",
                init_size_bytes=len(init),
                segments=segment_records(fragments, first, [""] * len(fragments)),
            )
        )
    return Encoded(
        inits=tuple(inits),
        segments=tuple(segment for record in records for segment in record.segments),
        records=tuple(records),
        files=tuple(files),
    )
