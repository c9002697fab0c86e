"""The immutable files of tracks, and the markers that say which chunks are done.

At least once means that two attempts at a chunk can be anywhere at the same time, and that one that
was frozen wakes when everything is long published. What holds all the same:

1. Files are created, never overwritten. An attempt that finds a file keeps it.
2. A marker is created last. While one is there, nobody can create another.
3. A marker is usable while all that it speaks of is stored as it says. Nothing that a usable marker
   speaks of is removed.
4. What a marker speaks of that cannot be used is removed by whoever notices, in this order:

   a. The marker's place is taken by a note that it is withdrawn, on condition that it still is the
      marker that was judged. From here on nobody takes the chunk for done, and nobody can write a
      marker. Whoever judged an older state of things fails here and has removed nothing.
   b. A wrong init segment, then the segments, each on condition that it is the one that was judged.
   c. The note, on condition that it is one's own.

   Whoever finds the note of another takes its place, and gives the init segment another ETag before
   anything else: the other one may stand still before its removal, and wake when a marker goes with
   it and all is published. A segment needs no such care, as it is removed and made anew.

   A death after a or within b leaves the note: it is a marker that cannot be used, so the next one
   to look does all of this again. Were the marker simply deleted first, a death after that would
   leave segments that look like those of an attempt that died: the next one would keep the damaged
   ones. Were it deleted last, whoever reads markers alone would take a half-removed chunk for done.
   One that was frozen within b deletes nothing that a later marker speaks of: a later marker can
   only be written once a note is gone, by then the owner of that note has deleted all that was
   there when it looked, and all that the frozen one had seen was there or gone at that time.
   (One thing is not covered: a lost init.mp4 that comes back as it was makes markers usable again
   that were judged in between.)

Nothing here knows releases. Once a release refers to a folder, its owner must not call what removes
(`remove_chunk`, `remove_unusable`); `store_chunk` and `write_beside` ask before they remove or
replace. Asked after a state was judged: what was damaged then has another marker before anything
can be published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from adapters.storage.chunks import (
    WITHDRAWN,
    ChunkState,
    FolderState,
    Marker,
    Span,
    agrees_with_init,
    judge_chunk,
    read_record,
)
from adapters.storage.files import IMMUTABLE_CACHE, JSON, FileSlice, bytes_of, in_parallel, json_of
from adapters.storage.port import ListedBlob, Overtaken
from adapters.storage.track_files import TrackFiles
from transcoding.errors import StorageFailed
from transcoding.job import paths
from transcoding.job.paths import RenditionFolder
from transcoding.job.records import ChunkRecord

_ATTEMPTS = 5


class StoredChunk(NamedTuple):
    """A chunk that is done.

    Attributes:
        is_own: whether the marker is the caller's; else another attempt came first.
    """

    record: ChunkRecord
    is_own: bool


class InitDiffers(StorageFailed):
    """The stored init segment is another than the attempt's, and finished chunks go with it."""


class Renditions(TrackFiles):
    """The files of tracks and the markers of their chunks."""

    def read_marker(self, folder: RenditionFolder, index: int) -> Marker:
        """Read a chunk's done-marker; one that cannot be used has a reason and no record.

        Cheap: it takes the marker's word for it that its files are there.
        """
        version = self._container.read_version(folder.path(paths.chunk_file(index)))
        if version is None:
            return Marker(None)
        return read_record(version.body, folder.track_key, index)._replace(etag=version.etag)

    def create_marker(self, folder: RenditionFolder, record: ChunkRecord) -> bool:
        """Write a chunk's done-marker, the last of its files; False where one is there already."""
        return self._create(folder, paths.chunk_file(record.index), json_of(record))

    def chunks_done(self, folder: RenditionFolder) -> frozenset[int]:
        """Return the indexes of the chunks that have a marker, for people to watch."""
        prefix = folder.path("chunk-")
        stems = (
            blob.path.removeprefix(prefix).removesuffix(".json")
            for blob in self._container.list(prefix)
        )
        return frozenset(int(stem) for stem in stems if stem.isdecimal())

    def chunk_state(self, folder: RenditionFolder, spans: Sequence[Span]) -> FolderState:
        """Judge chunks by their markers and one listing of the folder; content never raises.

        Where init.mp4 is gone all are unusable. Where markers disagree about it, those that go
        with the stored one stay usable.
        """
        listed = self._container.list(folder.path())
        files = {blob.path.removeprefix(folder.path()): blob for blob in listed}
        # Read after they were listed: an ETag that is too old removes nothing.
        markers = self._read_listed(folder, files, [span.index for span in spans])
        chunks = tuple(judge_chunk(span, markers[span.index], files) for span in spans)
        return FolderState(chunks, files, self._is_init_wrong(folder, files, markers))

    def remove_chunk(self, folder: RenditionFolder, state: FolderState, chunk: ChunkState) -> bool:
        """Remove what was judged of a chunk, so that it is encoded once more.

        Takes a wrong init segment along; see the module for the order of things.

        Returns:
            False where the marker is another by now: look again.
        """
        path = folder.path(paths.chunk_file(chunk.index))
        try:
            note = self._container.put_if(path, WITHDRAWN, chunk.etag, content_type=JSON)
        except Overtaken:
            return False
        if chunk.is_withdrawn:
            self._renew_init(folder)
        if state.is_init_wrong:
            self._delete_judged(state.files[paths.INIT])
        judged = [state.files[file] for file in chunk.segment_files if file in state.files]
        in_parallel(self._delete_judged, judged)
        try:
            self._container.delete_if(path, note)
        except Overtaken:
            return False
        return True

    def remove_unusable(self, folder: RenditionFolder, state: FolderState) -> tuple[int, ...]:
        """Remove all chunks that are unusable; return the indexes of all that are to be encoded.

        Chunks without a marker are left as they are: the next attempt keeps their segments.
        """
        for chunk in state.unusable:
            self.remove_chunk(folder, state, chunk)
        return state.undone

    def store_chunk(
        self,
        folder: RenditionFolder,
        span: Span,
        files: Mapping[str, bytes | FileSlice],
        describe: Callable[[Mapping[str, bytes]], ChunkRecord | None],
        may_remove: Callable[[], bool],
        *,
        media_type: str = "video/mp4",
    ) -> StoredChunk:
        """Store an encoded chunk, or keep what other attempts stored of it.

        Args:
            files: init.mp4 and the segments of this attempt, by file name.
            describe: is given those stored segments that differ from this attempt's, by file name,
                and makes the marker of what is stored now; None where that is of no use and is to
                be replaced by this attempt's. Called once or a few times.
            may_remove: is asked once what is stored was judged, and before anything of it is
                removed on condition that it still is what was judged. False means: look again.
                What it raises ends this.

        Raises:
            InitDiffers: the stored init.mp4 is another, and a finished chunk goes with it.
            StorageFailed: other attempts kept coming in between.
        """
        for _ in range(_ATTEMPTS):
            state = self.chunk_state(folder, [span])
            (chunk,) = state.chunks
            if chunk.record:
                return StoredChunk(chunk.record, is_own=False)
            if chunk.is_unusable and not (may_remove() and self.remove_chunk(folder, state, chunk)):
                continue
            created = self.create_files(folder, files, media_type)
            found = [file for file, is_created in created.items() if not is_created]
            stored = self.read_files(folder, found)
            if len(stored) < len(found):
                continue
            others = {f: body for f, body in stored.items() if body != bytes_of(files[f])}
            if paths.INIT in others:
                self._settle_init(folder, span, may_remove)
                continue
            record = describe(others)
            if record is None:
                state = self.chunk_state(folder, [span])
                if not state.records and may_remove():
                    self.remove_chunk(folder, state, state.chunks[0])
            elif self.create_marker(folder, record):
                return StoredChunk(record, is_own=True)
        raise StorageFailed(
            f"store chunk {span.index}", on=folder.path(), advice="others keep coming in between"
        )

    def _settle_init(
        self, folder: RenditionFolder, span: Span, may_remove: Callable[[], bool]
    ) -> None:
        """Remove an init segment that no marker goes with; raise InitDiffers where one does.

        What is there of the chunk goes too: it was made with that init segment.
        """
        state = self.chunk_state(folder, [span])
        (chunk,) = state.chunks
        init = state.files.get(paths.INIT)
        if init is None or chunk.record:
            return
        if self._agreeing(folder, state.files, init):
            raise InitDiffers(
                f"keep the stored {paths.INIT}",
                on=folder.path(),
                advice="this encode made another one, though the same encoder and arguments did it",
            )
        if may_remove():
            self.remove_chunk(folder, state._replace(is_init_wrong=True), chunk)

    def _renew_init(self, folder: RenditionFolder) -> None:
        path = folder.path(paths.INIT)
        there, version = self._container.properties(path), self._container.read_version(path)
        if there is None or version is None:
            return
        try:
            self._container.put_if(
                path,
                version.body,
                version.etag,
                content_type=there.content_type,
                cache_control=IMMUTABLE_CACHE,
            )
        except Overtaken:
            return  # it has another ETag, or is gone

    def _is_init_wrong(
        self,
        folder: RenditionFolder,
        files: Mapping[str, ListedBlob],
        markers: Mapping[int, Marker],
    ) -> bool:
        init = files.get(paths.INIT)
        records = [marker.record for marker in markers.values() if marker.record]
        if init is None or not records:
            return False
        if any(agrees_with_init(record, init) for record in records):
            return False
        return not self._agreeing(folder, files, init)

    def _agreeing(
        self, folder: RenditionFolder, files: Mapping[str, ListedBlob], init: ListedBlob
    ) -> bool:
        """Whether any marker of the folder, of whatever chunk, goes with this init segment."""
        stems = (f.removeprefix("chunk-").removesuffix(".json") for f in files)
        indexes = [int(stem) for stem in stems if stem.isdecimal()]
        markers = self._read_listed(folder, files, indexes)
        return any(it.record and agrees_with_init(it.record, init) for it in markers.values())

    def _read_listed(
        self, folder: RenditionFolder, files: Mapping[str, ListedBlob], indexes: Iterable[int]
    ) -> dict[int, Marker]:
        """Read markers; their ETags are those of the listing."""

        def read(index: int) -> Marker:
            listed = files.get(paths.chunk_file(index))
            return (
                self.read_marker(folder, index)._replace(etag=listed.etag)
                if listed
                else Marker(None)
            )

        wanted = list(indexes)
        return dict(zip(wanted, in_parallel(read, wanted), strict=True))

    def _delete_judged(self, blob: ListedBlob) -> None:
        try:
            self._container.delete_if(blob.path, blob.etag)
        except Overtaken:
            return  # another one, which came after the judgement
