"""One try at a unit: FFmpeg within the unit's time, and what makes sure of what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from activities.unit_watch import UnitWatch
from adapters.encoded import Encoded, Expected, hold, read_encoded
from adapters.ffmpeg.output import Progress
from adapters.ffmpeg.port import ToolResult
from adapters.services import Services
from transcoding.commands import checks
from transcoding.commands.ssim import read_ssim
from transcoding.errors import StorageFailed, ToolFailed
from transcoding.job.records import ChunkRecord
from transcoding.plan.plan import Unit
from transcoding.source.timeline import Chunk
from transcoding.tracks.track import AudioTrack, VideoTrack


class Checked(NamedTuple):
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


class Attempt(NamedTuple):
    """The tracks of a unit that are not done yet, and who watches over their making."""

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
        try:
            return self.services.ffmpeg.run(
                command,
                what=what,
                redact=[url],
                stall_s=self.services.settings.stall_timeout_s,
                total_s=self.watch.seconds_left(),
                on_progress=on_progress,
            )
        except ToolFailed:
            # A source that was replaced answers 412 to FFmpeg: that is no failure of the tool.
            with suppress(StorageFailed):
                self.watch.check()
            raise

    def of(self, track: VideoTrack | AudioTrack) -> Attempt:
        """Return the attempt for one of its tracks alone."""
        return self._replace(unit=self.unit.model_copy(update={"tracks": (track,)}))

    def hold(self, file: Path, track: VideoTrack | AudioTrack) -> Encoded:
        """Decode a file once, read it, and hold it to the plan.

        Raises:
            ToolFailed: it is damaged, with exit code 0 where FFmpeg ended well all the same.
            OutputMismatch: it is not as planned.
        """
        chunk = self.unit.chunk
        on = f"chunk {chunk.index} of {track.key}"
        decoded = self.run(
            checks.decode(str(file)), f"decode {on}", on_progress=self.watch.heartbeat
        )
        if decoded.stderr_tail:
            raise ToolFailed(
                "encoded output does not decode cleanly",
                on=on,
                exit_code=0,
                stderr_tail=decoded.stderr_tail,
            )
        encoded = read_encoded(file, track.coded_by(), chunk.first_segment)
        hold(encoded, _expected(track, chunk), on=on)
        return encoded

    def measure_seams(self, checked: Sequence[Checked]) -> list[Checked]:
        """Compare each rung's first and last frames with the source; sound has no such measure."""
        unit = self.unit
        if unit.stream is None or unit.video[0].timeline.chunk_count == 1:
            return list(checked)
        files = [output.encoded.path for output in checked]
        heads = [file.with_suffix(".head") for file in files]
        tails = [file.with_suffix(".tail") for file in files]
        url = self.services.stores.uploads.read_url(unit.job.name)
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
        self.run(command, what, on_progress=self.watch.heartbeat, url=url)
        return [
            output._replace(
                head_ssim=read_ssim(head.read_text()), tail_ssim=read_ssim(tail.read_text())
            )
            for output, head, tail in zip(checked, heads, tails, strict=True)
        ]


def _expected(track: VideoTrack | AudioTrack, chunk: Chunk) -> Expected:
    return Expected(
        frames=track.frames_of(chunk),
        ticks=track.ticks_of(chunk),
        segments=chunk.segment_count,
        decode_time=track.starts_at(chunk),
    )
