"""Done-markers, releases and progress: what activities leave in storage for each other."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from transcoding.job import paths
from transcoding.values import Value


class Segment(Value):
    """One published segment.

    Attributes:
        number: counted from 1 through the whole rendition.
        decode_time: its tfdt, in ticks of the record's timescale.
        duration: in the same ticks.
        size_bytes: of the whole file.
        keyframe_bytes: from the start of the file (moof included) to the end of its first sample.
        frame_count: samples in it.
        md5: of the whole file, in lower-case hex; a listing tells that of what is stored.
    """

    number: int
    decode_time: int
    duration: int
    size_bytes: int
    keyframe_bytes: int
    frame_count: int
    md5: str


class ChunkRecord(Value):
    """The done-marker of a chunk of one rendition, written after all its files.

    Attributes:
        codec: RFC 6381 string, from the init segment.
        init_sha256, init_md5: of init.mp4, in hex; the same in every chunk of a rendition.
        head_ssim, tail_ssim: of the first and last frames against the source, in display order;
            empty where nothing was measured (audio, a video of one chunk).
        encode_s: time that its encode took; shared by all rungs of one unit.
    """

    key: str
    index: int
    timescale: int
    codec: str
    init_sha256: str
    init_md5: str
    init_size_bytes: int
    segments: tuple[Segment, ...]
    head_ssim: tuple[float, ...] = ()
    tail_ssim: tuple[float, ...] = ()
    encode_s: float = 0.0


class Rendition(Value):
    """All chunk records of one rung or audio rendition, joined in order."""

    key: str
    timescale: int
    codec: str
    init_sha256: str
    init_size_bytes: int
    segments: tuple[Segment, ...]

    @property
    def duration(self) -> int:
        return sum(segment.duration for segment in self.segments)

    @property
    def size_bytes(self) -> int:
        return sum(segment.size_bytes for segment in self.segments)


def join_chunks(records: tuple[ChunkRecord, ...]) -> Rendition:
    """Join the records of one rendition, given in chunk order.

    Raises:
        ValueError: a chunk is missing, or two differ in init segment, codec or timescale.
    """
    if [record.index for record in records] != list(range(len(records))) or not records:
        raise ValueError(f"chunks {[record.index for record in records]} are not a whole rendition")
    first = records[0]
    for record in records[1:]:
        for field in ("key", "timescale", "codec", "init_sha256"):
            if getattr(record, field) != getattr(first, field):
                raise ValueError(
                    f"chunk {record.index} of {first.key} differs from chunk 0 in {field}"
                )
    return Rendition(
        key=first.key,
        timescale=first.timescale,
        codec=first.codec,
        init_sha256=first.init_sha256,
        init_size_bytes=first.init_size_bytes,
        segments=tuple(segment for record in records for segment in record.segments),
    )


class StableText(Value):
    """A file of a release that the record itself holds."""

    text: str


class StableCopy(Value):
    """A file of a release that is copied from an immutable one.

    Attributes:
        source: that file's path, relative to the video, such as
            `~070a12f0c692/poster-1773dbcfb14a/poster.jpg`.
    """

    source: str


class ReleaseRecord(Value):
    """What one release of a video publishes: enough to finish it when its job is gone.

    One without any files takes the video away, and whatever a lower one would still publish.

    Everybody may read it, as all of the videos container: it says nothing about the upload.

    Attributes:
        number: counted from 1 through all releases of the name.
        source_key: of the upload that it was made from; of a withdrawal, that of the upload that
            stays, "" where none does.
        folders: of all files that it refers to, as `RenditionFolder.relative` names them; they are
            neither changed nor deleted any more.
        files: by stable name, of `paths.RELEASE_FILES`; both manifests are among them, or none is
            there at all.
        is_complete: whether it has all tracks of its plan; of a withdrawal, whether no more files
            are deleted after it.
        run_id: of the run that made it; of a withdrawal, the removal's.
    """

    number: int = Field(ge=1)
    source_key: str
    folders: tuple[str, ...]
    files: dict[str, StableText | StableCopy]
    is_complete: bool
    run_id: str

    @property
    def is_withdrawal(self) -> bool:
        """Whether it takes the video away."""
        return not self.files

    @model_validator(mode="after")
    def _has_its_files(self) -> Self:
        unknown = self.files.keys() - set(paths.RELEASE_FILES)
        missing = {paths.MASTER, paths.MANIFEST} - self.files.keys()
        if unknown or (self.files and missing):
            raise ValueError(f"not of a release: {sorted(unknown)}; missing: {sorted(missing)}")
        return self


class UnitProgress(Value):
    """How far a running unit is; overwritten every 2 s at most.

    Attributes:
        track_keys: what it works on.
        attempt: counted from 1.
        frames_done, frames_total: grid frames, or codec frames of sound.
        speed: media seconds per second of wall clock.
        state: "encoding", "checking" or "uploading".
        written_at: when the worker said so; one that stays silent has been lost.
    """

    unit_id: str
    track_keys: tuple[str, ...]
    chunk: int
    attempt: int
    frames_done: int
    frames_total: int
    speed: float
    state: str
    written_at: datetime


class UnitFailure(Value):
    """Why a unit failed last, in full: the orchestrator only sees a short text.

    Attributes:
        attempt: how many attempts have failed.
        step: whose attempt it was, such as "encode_unit".
    """

    unit_id: str
    step: str
    attempt: int
    failed_at: datetime
    error: str
    message: str
    command: tuple[str, ...] = ()
    exit_code: int | None = None
    stderr_tail: str = ""


class DeadLetter(Value):
    """A job that did not publish.

    Attributes:
        failures: the last failure of each unit, of 20 units at most, with the exact command (read
            URLs replaced) and the end of what it wrote to stderr.
    """

    status: str
    name: str
    etag: str
    instance_id: str
    run_id: str
    reason: str
    replay: str
    failures: tuple[UnitFailure, ...]
