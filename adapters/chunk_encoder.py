"""Encode one unit: a chunk of the video for each of its rungs, or a whole audio track."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from adapters.ffmpeg.runner import ToolResult
from adapters.ffmpeg.scratch import scratch_folder
from adapters.services import Services
from adapters.storage.store import FileSlice
from adapters.telemetry import record_encode
from adapters.unit_progress import UnitReporter
from transcoding.commands import commands
from transcoding.commands.ssim import read_ssim
from transcoding.errors import ToolFailed
from transcoding.job import paths
from transcoding.job.messages import UnitDone
from transcoding.job.paths import RenditionFolder
from transcoding.job.records import ChunkRecord
from transcoding.packaging.cmaf import Fragment, read_init, segment_records, split_file
from transcoding.plan.plan import AAC_FRAME_SAMPLES, AudioUnit, EncodeUnit
from transcoding.source.timeline import rung_frames


def encode_unit(services: Services, unit: EncodeUnit) -> UnitDone:
    """Encode, check and upload the rungs of a chunk that are not done yet.

    Raises:
        Superseded, Cancelled: the job has no future.
        ToolFailed: FFmpeg failed, hung or left damage.
    """
    chunk = unit.chunk
    folders = {
        rung.key: RenditionFolder(unit.job.name, unit.job.source_key, rung.key)
        for rung in unit.rungs
    }
    missing = tuple(
        rung for rung in unit.rungs if not _is_done(services, folders[rung.key], chunk.index)
    )
    skipped = len(unit.rungs) - len(missing)
    if not missing:
        return UnitDone(encoded=0, skipped=skipped)
    todo = unit.model_copy(update={"rungs": missing})
    time_left = TimeLeft(services.settings.unit_timeout_s)
    reporter = UnitReporter(
        services.store,
        unit.job,
        unit_id=unit.unit_id,
        keys=tuple(rung.key for rung in missing),
        chunk=chunk.index,
        frames_total=chunk.frame_count,
        frames_of=lambda progress: progress.frames * missing[0].frame_step,
    )
    with scratch_folder() as folder:
        files = [Path(folder, f"{number}.mp4") for number in range(len(missing))]
        url = services.store.read_url(unit.job)
        result = _run(
            services,
            commands.encode_chunk(todo, url, [str(file) for file in files]),
            f"encode chunk {chunk.index} of {unit.job.name}",
            url,
            reporter=reporter,
            time_left=time_left,
        )
        reporter.state("checking")
        measured = _measure_seams(services, todo, files, url, time_left)
        outputs = [
            _Output(
                services,
                file,
                result,
                time_left,
                key=rung.key,
                chunk_index=chunk.index,
                first_segment=chunk.first_segment,
            )
            for rung, file in zip(missing, files, strict=True)
        ]
        for rung, output in zip(missing, outputs, strict=True):
            output.expect(
                frames=rung_frames(chunk.frame_count, rung.frame_step),
                duration=chunk.frame_count * unit.timeline.frame_ticks,
                segments=chunk.segment_count,
            )
        reporter.state("uploading")
        pixels_per_s = sum(rung.pixels_per_s for rung in missing)
        for rung, output, (head, tail) in zip(missing, outputs, measured, strict=True):
            if _is_done(services, folders[rung.key], chunk.index):
                # Another attempt came first: what is published is not written over.
                continue
            record = output.record.model_copy(update={"head_ssim": head, "tail_ssim": tail})
            output.upload(folders[rung.key], record)
            record_encode(
                rung.label,
                float(chunk.frame_count / unit.timeline.frame_rate),
                result.elapsed_s,
                output.size_bytes,
                # One process has encoded all of them.
                cpu_s=result.cpu_s * float(rung.pixels_per_s / pixels_per_s),
            )
    reporter.done()
    return UnitDone(encoded=len(missing), skipped=skipped)


def encode_audio(services: Services, unit: AudioUnit) -> UnitDone:
    """Encode, check and upload one audio track, unless it is done.

    Raises:
        Superseded, Cancelled: the job has no future.
        ToolFailed: FFmpeg failed, hung or left damage.
    """
    audio = unit.audio
    folder = RenditionFolder(unit.job.name, unit.job.source_key, audio.key)
    if _is_done(services, folder, 0):
        return UnitDone(encoded=0, skipped=1)
    time_left = TimeLeft(services.settings.unit_timeout_s)
    total = -(-audio.sample_count // AAC_FRAME_SAMPLES)
    reporter = UnitReporter(
        services.store,
        unit.job,
        unit_id=unit.unit_id,
        keys=(audio.key,),
        chunk=0,
        frames_total=total,
        frames_of=lambda progress: int(
            progress.out_time_s * audio.sample_rate_hz / AAC_FRAME_SAMPLES
        ),
    )
    with scratch_folder() as temporary:
        file = Path(temporary, "audio.mp4")
        url = services.store.read_url(unit.job)
        result = _run(
            services,
            commands.encode_audio(unit, url, str(file)),
            f"encode {audio.label} audio of {unit.job.name}",
            url,
            reporter=reporter,
            time_left=time_left,
        )
        reporter.state("checking")
        output = _Output(services, file, result, time_left, key=audio.key)
        output.expect(frames=total, duration=audio.sample_count)
        reporter.state("uploading")
        if not _is_done(services, folder, 0):  # as above
            output.upload(folder, output.record)
        media_s = audio.sample_count / audio.sample_rate_hz
        record_encode(
            "audio",
            media_s,
            result.elapsed_s,
            output.size_bytes,
            kind="audio",
            cpu_s=result.cpu_s,
        )
    reporter.done()
    return UnitDone(encoded=1, skipped=0)


class TimeLeft:
    """What is left of a unit's time: the host kills a function that takes too long."""

    def __init__(self, total_s: float) -> None:
        self._ends_at = time.monotonic() + total_s

    def seconds(self) -> float:
        return max(1.0, self._ends_at - time.monotonic())


def _is_done(services: Services, folder: RenditionFolder, chunk_index: int) -> bool:
    return services.store.read_marker(folder, chunk_index) is not None


class _Output:
    """An encoded file of one rendition: decoded, read into a record, ready for upload."""

    def __init__(
        self,
        services: Services,
        file: Path,
        result: ToolResult,
        time_left: TimeLeft,
        *,
        key: str,
        chunk_index: int = 0,
        first_segment: int = 1,
    ) -> None:
        self._store = services.store
        self._file = file
        # FFmpeg can end with 0 and leave damage: what is published has been decoded once.
        check = services.ffmpeg.run(
            commands.decode_check(str(file)),
            what=f"decode chunk {chunk_index} of {key}",
            stall_s=services.settings.stall_timeout_s,
            total_s=time_left.seconds(),
        )
        if check.stderr_tail:
            raise ToolFailed(
                "encoded output does not decode cleanly", on=key, stderr_tail=check.stderr_tail
            )
        try:
            with file.open("rb") as stream:
                self._init, fragments = split_file(stream)
            init = read_init(self._init)
        except ValueError as damage:
            raise ToolFailed(
                "encoded output cannot be read", on=key, advice=str(damage)
            ) from damage
        self._fragments: tuple[Fragment, ...] = fragments
        self.record = ChunkRecord(
            key=key,
            index=chunk_index,
            timescale=init.timescale,
            codec=init.codec,
            init_sha256=hashlib.sha256(self._init).hexdigest(),
            init_size_bytes=len(self._init),
            segments=segment_records(fragments, first_segment),
            encode_s=round(result.elapsed_s, 3),
        )

    @property
    def size_bytes(self) -> int:
        return sum(segment.size_bytes for segment in self.record.segments)

    def expect(self, *, frames: int, duration: int, segments: int | None = None) -> None:
        """Raise ToolFailed unless the file holds exactly what was planned."""
        found = (
            sum(segment.frame_count for segment in self.record.segments),
            sum(segment.duration for segment in self.record.segments),
            len(self.record.segments),
        )
        wanted = (frames, duration, segments or found[2])
        if found != wanted:
            raise ToolFailed(
                f"output has {found[0]} frames, {found[1]} ticks, {found[2]} segments "
                f"instead of {wanted[0]}, {wanted[1]}, {wanted[2]}",
                on=self.record.key,
            )

    def upload(self, folder: RenditionFolder, record: ChunkRecord) -> None:
        """Upload init segment and segments, then the done-marker.

        In this order an attempt that dies half-way leaves nothing that anyone refers to.
        """
        files: dict[str, bytes | FileSlice] = {
            paths.segment_file(segment.number): FileSlice(
                self._file, fragment.offset, fragment.size_bytes
            )
            for segment, fragment in zip(record.segments, self._fragments, strict=True)
        }
        self._store.upload_files(folder, {paths.INIT: self._init, **files})
        self._store.write_marker(folder, record)


def _run(
    services: Services,
    arguments: tuple[str, ...],
    what: str,
    url: str,
    *,
    reporter: UnitReporter,
    time_left: TimeLeft,
) -> ToolResult:
    reporter.check_wanted()
    try:
        return services.ffmpeg.run(
            arguments,
            what=what,
            redact=[url],
            stall_s=services.settings.stall_timeout_s,
            total_s=time_left.seconds(),
            on_progress=reporter.encoding,
        )
    except ToolFailed:
        # A source that was replaced answers 412 to FFmpeg: that is no failure of the tool.
        reporter.check_wanted()
        raise


def _measure_seams(
    services: Services, unit: EncodeUnit, files: list[Path], url: str, time_left: TimeLeft
) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Return SSIM of the first and last frames of each rung; nothing where there is no seam."""
    if unit.timeline.chunk_count == 1:
        return [((), ())] * len(files)
    heads = [file.with_suffix(".head") for file in files]
    tails = [file.with_suffix(".tail") for file in files]
    services.ffmpeg.run(
        commands.seam_ssim(
            unit,
            url,
            [str(file) for file in files],
            [str(head) for head in heads],
            [str(tail) for tail in tails],
        ),
        what=f"compare chunk {unit.chunk.index} of {unit.job.name} with its source",
        redact=[url],
        stall_s=services.settings.stall_timeout_s,
        total_s=time_left.seconds(),
    )
    return [
        (read_ssim(head.read_text()), read_ssim(tail.read_text()))
        for head, tail in zip(heads, tails, strict=True)
    ]
