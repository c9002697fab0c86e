"""Step: encode one chunk for all tracks of its unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import azure.durable_functions as df

from activities.live import is_live
from activities.runner import run_step
from activities.unit_attempt import Attempt, Checked
from activities.unit_watch import UnitWatch
from adapters.ffmpeg.port import ToolResult
from adapters.ffmpeg.scratch import scratch_folder
from adapters.services import Services
from adapters.storage.files import bytes_of
from transcoding.commands import encode
from transcoding.errors import OutputMismatch, PlanAgain, ToolFailed, WrongWorker
from transcoding.job.events import TrackEncoded
from transcoding.job.messages import Done
from transcoding.job.paths import RenditionFolder, WorkFolder
from transcoding.job.records import ChunkRecord
from transcoding.job.retrying import policy_of
from transcoding.plan.lanes import UnitName
from transcoding.plan.plan import Plan, Unit
from transcoding.tracks.track import AudioTrack, VideoTrack

blueprint = df.Blueprint()


@blueprint.activity_trigger(input_name="message")
def encode_unit(message: dict) -> dict:
    """UnitName -> Done."""
    return run_step("encode_unit", message, UnitName, encode_named)


def encode_named(services: Services, name: UnitName) -> Done:
    """Encode a unit of the plan that lies in the job's work folder.

    Raises:
        PlanAgain: as `encode_chunk`, or the plan is gone. The job's other units are told.
    """
    work = WorkFolder.of(name.job)
    try:
        plan = services.stores.notes.read_plan(work, name.round, Plan)
        if plan is None:
            raise PlanAgain("the plan is gone", on=work.plan(name.round))
        return encode_chunk(services, plan.unit(name.number))
    except PlanAgain:
        services.stores.notes.mark_round_over(work, name.round)
        raise


def encode_chunk(services: Services, unit: Unit) -> Done:
    """Encode, check and store the tracks of a chunk that are not done yet.

    Raises:
        Superseded, Cancelled: the job has no future.
        PlanAgain: this worker has another encoder than the job was first planned for, or a track
            is live and damaged.
        WrongWorker: this worker has another encoder than the job was planned anew for.
        OutputMismatch: the output is not as planned, and would not be at the next attempt.
        ToolFailed: FFmpeg failed, hung or left damage.
    """
    # 1 what is left to do, with the encoder that it was planned for
    _check_encoder(services, unit)
    missing = tuple(track for track in unit.tracks if _is_wanted(services, unit, track))
    skipped = len(unit.tracks) - len(missing)
    if not missing:
        # Whoever was killed after the last marker has left a record that looks like a lost worker.
        services.stores.notes.remove_progress(WorkFolder.of(unit.job), unit.unit_id)
        return Done(done=0, skipped=skipped)
    todo = unit.model_copy(update={"tracks": missing})
    watch = UnitWatch(services, todo, _number(services, unit))
    attempt = Attempt(services, todo, watch)
    with watch, scratch_folder() as folder:
        files = [Path(folder, f"{number}.mp4") for number in range(len(missing))]

        # 2 one process, one decode
        result = _encode(attempt, files)

        # 3 nothing is stored that was not decoded once and is not exactly as planned
        watch.enter("checking")
        checked = attempt.measure_seams(
            [
                Checked(track, attempt.hold(file, track), result.elapsed_s)
                for track, file in zip(missing, files, strict=True)
            ]
        )

        # 4 files are created, never overwritten; the marker tells of what is stored, and comes last
        watch.enter("uploading")
        for output in checked:
            _store(attempt, output)
        _tell(attempt, checked, result)
    return Done(done=len(missing), skipped=skipped)


def _check_encoder(services: Services, unit: Unit) -> None:
    """Raise PlanAgain or WrongWorker where this worker would mix two encoders in one track.

    While a deployment is under way an old worker may take `plan_job`, and a new one the next unit:
    another plan at once would fare no better. The host tries again later, where a right worker may
    be; only when none was found for the last attempt does the job plan itself anew once more.
    """
    here = services.ffmpeg.version()
    if here != unit.encoder:
        is_last = policy_of("encode_unit").wait_s(_number(services, unit)) is None
        failure = PlanAgain if unit.round == 0 or is_last else WrongWorker
        raise failure(
            f"the job was planned for FFmpeg {unit.encoder}, this worker has {here}",
            on=unit.job.name,
            advice="a deployment is under way; replay the job once it is over",
        )


def _is_wanted(services: Services, unit: Unit, track: VideoTrack | AudioTrack) -> bool:
    """Tell whether a chunk of a track is still to be made.

    Raises:
        PlanAgain: it is, but a release refers to the track's folder. What is live is neither
            written nor removed: a later generation of the track is made.
    """
    if _is_done(services, unit, track):
        return False
    if not is_live(services, _folder(unit, track)):
        return True
    if _is_done(services, unit, track):
        # Another attempt has made it, and all was published, between the two looks.
        return False
    raise PlanAgain("a track that is live is damaged", on=track.key)


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


def _encode(attempt: Attempt, files: Sequence[Path]) -> ToolResult:
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
    return attempt.run(command, what, on_progress=watch.encoding, url=url)


def _store(attempt: Attempt, output: Checked) -> None:
    """Store a chunk of one track, and its marker."""
    attempt.watch.heartbeat()
    unit, track = attempt.unit, output.track
    if not _is_wanted(attempt.services, unit, track):
        return
    attempt.services.stores.renditions.store_chunk(
        _folder(unit, track),
        unit.chunk,
        output.encoded.files(),
        partial(_describe, attempt.of(track), output),
        partial(_may_remove, attempt.services, unit, track),
        media_type=track.mime_type,
    )


def _may_remove(services: Services, unit: Unit, track: VideoTrack | AudioTrack) -> bool:
    """Tell whether what is there of a chunk may go: an attempt can be frozen over its judgement.

    Returns:
        False where others have healed and published it meanwhile.

    Raises:
        PlanAgain: it is live, and damaged still.
    """
    folder = _folder(unit, track)
    if not is_live(services, folder):
        return True
    if services.stores.renditions.chunk_state(folder, [unit.chunk]).undone:
        raise PlanAgain("a track that is live is damaged", on=track.key)
    return False


def _describe(attempt: Attempt, output: Checked, others: Mapping[str, bytes]) -> ChunkRecord | None:
    """Make the marker of what is stored: this attempt's segments, but for those of `others`.

    Segments of two attempts fit together, each a closed group of pictures of the same encoder; all
    the same they are held to what was planned, decoded, and measured as they are stored.

    Returns:
        None where they do not fit: they are of no use.
    """
    if others:
        mixed = output.encoded.path.with_suffix(".stored.mp4")
        own = output.encoded.files()
        mixed.write_bytes(
            b"".join(others[f] if f in others else bytes_of(content) for f, content in own.items())
        )
        try:
            encoded = attempt.hold(mixed, output.track)
        except OutputMismatch:
            return None
        except ToolFailed as failure:
            if failure.exit_code is None or failure.exit_code < 0:
                # It was killed: that says nothing of the segments.
                raise
            return None
        (output,) = attempt.measure_seams([output._replace(encoded=encoded)])
    return output.record(attempt.unit.chunk.index)


def _tell(attempt: Attempt, checked: Sequence[Checked], result: ToolResult) -> None:
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
