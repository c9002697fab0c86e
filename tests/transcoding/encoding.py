"""Plans for tests that encode for real, and the encodes themselves."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tests.media import SOURCE_ETAG, MediaServer, run_ffmpeg
from tests.transcoding import builders
from transcoding.commands.encode import encode_picture, encode_sound
from transcoding.job.records import ChunkRecord, Segment
from transcoding.packaging.cmaf import read_init, split_file
from transcoding.plan.images import plan_poster, plan_storyboard
from transcoding.plan.plan import Plan, Unit
from transcoding.source.source import Source
from transcoding.source.timeline import Timeline
from transcoding.tracks.track import AudioTrack, VideoTrack

JOB = builders.a_job(name="clips/a.mp4", etag=SOURCE_ETAG)


def a_rung(key: str, timeline: Timeline, *, step: int = 1, height: int = 90) -> VideoTrack:
    """Give a 16:9 rung that encodes in no time."""
    return builders.a_rung(
        key=key,
        timeline=timeline,
        width=height * 16 // 9,
        height=height,
        frame_step=step,
        bitrate_bps=300_000,
        maxrate_bps=360_000,
        bufsize_bits=540_000,
        crf=23,
    )


def a_sound(key: str, timeline: Timeline, language: str = "en", label: str = "") -> AudioTrack:
    """Give a stereo track of the clip's first sound, as long as the picture."""
    return builders.a_sound_track(
        key=key,
        timeline=builders.a_sound_timeline(timeline.duration_s),
        language=language,
        label=label or language,
    )


def a_plan(*tracks: VideoTrack | AudioTrack) -> Plan:
    """Plan a 320x180 clip with exactly these tracks, one unit for all rungs of a chunk."""
    video = tuple(track for track in tracks if track.kind == "video")
    audio = tuple(track for track in tracks if track.kind == "audio")
    groups = (tuple(track.key for track in audio), tuple(track.key for track in video))
    source = _clip(video[0].timeline) if video else builders.a_song()
    storyboard = plan_storyboard(video, builders.ENCODER)
    return Plan(
        job=JOB,
        source=source,
        encoder=builders.ENCODER,
        round=0,
        tracks=tracks,
        groups=tuple(group for group in groups if group),
        lanes=1,
        poster=plan_poster(source, video, builders.ENCODER),
        storyboard=storyboard and storyboard.model_copy(update={"key": "storyboard-1"}),
    )


def _clip(timeline: Timeline) -> Source:
    return builders.a_source(
        container="mp4",
        coded_width=320,
        coded_height=180,
        frame_rate=timeline.frame_rate,
        frame_count=timeline.frame_count,
    )


class Encoded(NamedTuple):
    """One track as FFmpeg wrote it.

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


def encode_all(plan: Plan, server: MediaServer, clip: Path, folder: Path) -> dict[str, Encoded]:
    """Encode all units of a plan with the real commands, one FFmpeg process each."""
    for number in range(plan.unit_count):
        unit = plan.unit(number)
        outputs = [str(_file(folder, track.key, unit.chunk.index)) for track in unit.tracks]
        run_ffmpeg(command_of(unit, server.url(clip), outputs))
    return {track.key: _read(track, folder) for track in plan.tracks}


def command_of(unit: Unit, url: str, outputs: list[str]) -> tuple[str, ...]:
    """Return the argument list of a unit, as the app runs it."""
    etag = unit.job.etag
    if unit.stream is None:
        return encode_sound(unit.audio, unit.chunk, url=url, etag=etag, outputs=outputs)
    return encode_picture(unit.stream, unit.video, unit.chunk, url=url, etag=etag, outputs=outputs)


def _file(folder: Path, key: str, chunk: int) -> Path:
    return folder / f"{key}-{chunk}.mp4"


def _read(track: VideoTrack | AudioTrack, folder: Path) -> Encoded:
    files, inits, records = [], [], []
    for chunk in track.timeline.chunks():
        files.append(_file(folder, track.key, chunk.index))
        with files[-1].open("rb") as stream:
            init, fragments = split_file(stream, track.coded_by())
        header = read_init(init, track.coded_by())
        inits.append(init)
        records.append(
            ChunkRecord(
                key=track.key,
                index=chunk.index,
                timescale=header.timescale,
                codec=header.codec,
                init_sha256="same",
                init_md5="same",
                init_size_bytes=len(init),
                segments=tuple(
                    Segment(
                        number=number,
                        decode_time=fragment.decode_time,
                        duration=fragment.duration,
                        size_bytes=fragment.size_bytes,
                        keyframe_bytes=fragment.keyframe_bytes,
                        frame_count=fragment.frame_count,
                        md5="",
                    )
                    for number, fragment in enumerate(fragments, start=chunk.first_segment)
                ),
            )
        )
    return Encoded(
        inits=tuple(inits),
        segments=tuple(segment for record in records for segment in record.segments),
        records=tuple(records),
        files=tuple(files),
    )
