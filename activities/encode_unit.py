"""Step: encode one chunk for all tracks of its unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import azure.durable_functions as df
from adapters.ffmpeg.port import ToolResult
from adapters.storage.files import bytes_of

from activities.live import is_live
from activities.runner import run_step
from activities.unit_watch import UnitWatch
from adapters.encoded import Encoded, Expected, hold, read_encoded
from adapters.ffmpeg.output import Progress
from adapters.ffmpeg.scratch import scratch_folder
from adapters.services import Services
from transcoding.commands import checks, encode
from transcoding.commands.ssim import read_ssim
from transcoding.errors import OutputMismatch, PlanAgain, ToolFailed
from transcoding.job.events import TrackEncoded
from transcoding.job.messages import Done
from transcoding.job.paths import RenditionFolder, WorkFolder
from transcoding.job.records import ChunkRecord
from transcoding.plan.plan import Unit
from transcoding.source.timeline import Chunk
from transcoding.tracks.track import AudioTrack, VideoTrack

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def encode_unit(message: dict) -> dict:
    """Unit -> Done."""
    return run_step("encode_unit", message, Unit, encode_chunk)


class _Attempt(NamedTuple):
    """One try at a unit: the tracks that are not done yet, and who watches over it."""

    services: Services
    unit: Unit
    watch: UnitWatch

    def run(
        self,
        command: tuple[str, ...],
        what: str,
        *,
        on_progress: Callable[[Progress], None],
        url: str = "",
    ) -> ToolResult:
        """Run FFmpeg within what is left of the unit's time; a read URL is not shown."""
        return self.services.ffmpeg.run(
            command,
            what=what,
            redact=[url],
            stall_s=self.services.settings.stall_timeout_s,
            total_s=self.watch.seconds_left(),
            on_progress=on_progress,
        )

    def of(self, track: VideoTrack | AudioTrack) -> _Attempt:
        """Return the attempt for one of its tracks alone."""
        return self._replace(unit=self.unit.model_copy(update={"tracks": (track,)}))


class _Checked(NamedTuple):
    """An encoded chunk of one track that is as planned.

    Attributes:
        head_ssim, tail_ssim: of its first and last frames against the source; empty where there is
            no seam.
        encode_s: how long the unit's process ran.
    """

    track: VideoTrack | AudioTrack
    encoded: Encoded
    encode_s: float
    head_ssim: tuple[float, ...] = ()
    tail_ssim: tuple[float, ...] = ()

    def record(self, index: int) -> ChunkRecord:
        return self.encoded.record(self.track.key, index).model_copy(
            update={
                "head_ssim": self.head_ssim,
                "tail_ssim": self.tail_ssim,
                "encode_s": round(self.encode_s, 3),
            }
        )


def encode_chunk(services: Services, unit: Unit) -> Done:
    """Encode, check and store the tracks of a chunk that are not done yet.

    Raises:
        Superseded, Cancelled: the job has no future.
        PlanAgain: this worker has another encoder than the job was planned for, or a track is live
            and damaged.
        OutputMismatch: the output is not as planned, and would not be at the next attempt.
        ToolFailed: FFmpeg failed, hung or left damage.
    """
    # 1 what is left to do, with the encoder that it was planned for
    _check_encoder(services, unit)
    missing = tuple(track for track in unit.tracks if not _is_done(services, unit, track))
    skipped = len(unit.tracks) - len(missing)
    if not missing:
        return Done(done=0, skipped=skipped)
    todo = unit.model_copy(update={"tracks": missing})
    watch = UnitWatch(services, todo, _number(services, unit))
    attempt = _Attempt(services, todo, watch)
    with scratch_folder() as folder:
        files = [Path(folder, f"{number}.mp4") for number in range(len(missing))]

        # 2 one process, one decode
        result = _encode(attempt, files)

        # 3 nothing is stored that was not decoded once and is not exactly as planned
        watch.enter("checking")
        checked = _check(attempt, files, result.elapsed_s)

        # 4 files are created, never overwritten; the marker tells of what is stored, and comes last
        watch.enter("uploading")
        for output in checked:
            _store(attempt, output)
        _tell(attempt, checked, result)
    watch.done()
    return Done(done=len(missing), skipped=skipped)


def _check_encoder(services: Services, unit: Unit) -> None:
    """Raise PlanAgain where this worker would mix two encoders in one track."""
    here = services.ffmpeg.version()
    if here != unit.encoder:
        services.stores.notes.mark_round_over(WorkFolder.of(unit.job), unit.round)
        raise PlanAgain(
            f"the job was planned for FFmpeg {unit.encoder}, this worker has {here}",
            on=unit.job.name,
            advice="a deployment is under way; replay the job once it is over",
        )


def _folder(unit: Unit, track: VideoTrack | AudioTrack) -> RenditionFolder:
    return RenditionFolder(unit.job.name, unit.job.source_key, track.key)


def _is_done(services: Services, unit: Unit, track: VideoTrack | AudioTrack) -> bool:
    """Trust a marker that can be read; `collect_chunks` looks at all that it speaks of."""
    marker = services.stores.renditions.read_marker(_folder(unit, track), unit.chunk.index)
    return marker.record is not None


def _number(services: Services, unit: Unit) -> int:
    """Count this attempt, from 1."""
    noted = services.stores.notes.read_failure(WorkFolder.of(unit.job), unit.unit_id)
    return noted.attempt + 1 if noted else 1


def _encode(attempt: _Attempt, files: Sequence[Path]) -> ToolResult:
    unit, watch = attempt.unit, attempt.watch
    watch.check()
    url = attempt.services.stores.uploads.read_url(unit.job.name)
    outputs = [str(file) for file in files]
    source = {"url": url, "etag": unit.job.etag}
    command = (
        encode.encode_picture(unit.stream, unit.video, unit.chunk, **source, outputs=outputs)
        if unit.stream
        else encode.encode_sound(unit.audio, unit.chunk, **source, outputs=outputs)
    )
    what = f"encode chunk {unit.chunk.index} of {unit.job.name}"
    try:
        return attempt.run(command, what, on_progress=watch.encoding, url=url)
    except ToolFailed:
        # A source that was replaced answers 412 to FFmpeg: that is no failure of the tool.
        watch.check()
        raise


def _check(attempt: _Attempt, files: Sequence[Path], encode_s: float) -> list[_Checked]:
    """Decode each file once, hold it to the plan, and compare its ends with the source."""
    unit = attempt.unit
    checked = []
    for track, file in zip(unit.tracks, files, strict=True):
        on = f"chunk {unit.chunk.index} of {track.key}"
        # FFmpeg can end with 0 and leave damage.
        decoded = attempt.run(
            checks.decode(str(file)), f"decode {on}", on_progress=attempt.watch.heartbeat
        )
        if decoded.stderr_tail:
            raise ToolFailed(
                "encoded output does not decode cleanly", on=on, stderr_tail=decoded.stderr_tail
            )
        encoded = read_encoded(file, track.coded_by(), unit.chunk.first_segment)
        hold(encoded, _expected(track, unit.chunk), on=on)
        checked.append(_Checked(track, encoded, encode_s))
    return _measure_seams(attempt, checked)


def _expected(track: VideoTrack | AudioTrack, chunk: Chunk) -> Expected:
    return Expected(
        frames=track.frames_of(chunk),
        ticks=track.ticks_of(chunk),
        segments=chunk.segment_count,
        decode_time=track.starts_at(chunk),
    )


def _measure_seams(attempt: _Attempt, checked: Sequence[_Checked]) -> list[_Checked]:
    """Compare each rung's first and last frames with the source; sound has no such measure."""
    unit = attempt.unit
    if unit.stream is None or unit.video[0].timeline.chunk_count == 1:
        return list(checked)
    files = [output.encoded.path for output in checked]
    heads = [file.with_suffix(".head") for file in files]
    tails = [file.with_suffix(".tail") for file in files]
    url = attempt.services.stores.uploads.read_url(unit.job.name)
    command = checks.seam_ssim(
        unit.stream,
        unit.video,
        unit.chunk,
        url=url,
        etag=unit.job.etag,
        files=[str(file) for file in files],
        heads=[str(head) for head in heads],
        tails=[str(tail) for tail in tails],
    )
    what = f"compare chunk {unit.chunk.index} of {unit.job.name} with its source"
    attempt.run(command, what, on_progress=attempt.watch.heartbeat, url=url)
    return [
        output._replace(
            head_ssim=read_ssim(head.read_text()), tail_ssim=read_ssim(tail.read_text())
        )
        for output, head, tail in zip(checked, heads, tails, strict=True)
    ]


def _store(attempt: _Attempt, output: _Checked) -> None:
    """Store a chunk of one track, and its marker."""
    attempt.watch.heartbeat()
    stores, unit, track = attempt.services.stores, attempt.unit, output.track
    folder = _folder(unit, track)
    if is_live(attempt.services, folder):
        # What is live is neither written nor removed: a later generation of the track is made.
        raise PlanAgain("a track that is live is damaged", on=track.key)
    stores.renditions.store_chunk(
        folder,
        unit.chunk,
        output.encoded.files(),
        partial(_describe, attempt, output),
        track.mime_type,
    )


def _describe(
    attempt: _Attempt, output: _Checked, others: Mapping[str, bytes]
) -> ChunkRecord | None:
    """Make the marker of what is stored: this attempt's segments, but for those of `others`.

    Segments of two attempts fit together, each a closed group of pictures of the same encoder; all
    the same they are held to what was planned, decoded, and measured as they are stored.

    Returns:
        None where they do not fit: they are of no use.
    """
    if others:
        mixed = output.encoded.path.with_suffix(".stored.mp4")
        mixed.write_bytes(
            b"".join(
                others.get(file) or bytes_of(content)
                for file, content in output.encoded.files().items()
            )
        )
        try:
            (output,) = _check(attempt.of(output.track), [mixed], output.encode_s)
        except (ToolFailed, OutputMismatch):
            return None
    return output.record(attempt.unit.chunk.index)


def _tell(attempt: _Attempt, checked: Sequence[_Checked], result: ToolResult) -> None:
    """Tell of each track; one process has encoded all, so its CPU time is shared by pixels."""
    chunk = attempt.unit.chunk
    weights = [output.track.frame_pixels * output.track.frames_of(chunk) for output in checked]
    for output, weight in zip(checked, weights, strict=True):
        track = output.track
        attempt.services.events.tell(
            TrackEncoded(
                label=track.metric_label,
                kind=track.kind,
                media_s=track.ticks_of(chunk) / track.timeline.timescale,
                encode_s=result.elapsed_s,
                size_bytes=sum(fragment.size_bytes for fragment in output.encoded.fragments),
                cpu_s=result.cpu_s * weight / sum(weights),
            )
        )
