"""Immutable files and their markers: what can be used, and how the rest is healed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import pytest

from adapters.memory.container import MemoryContainer
from adapters.memory.wrapped import FailingContainer, FreezingContainer
from adapters.storage.files import FileSlice
from adapters.storage.port import Container
from adapters.storage.renditions import InitDiffers, Renditions, StoredChunk
from adapters.storage.stores import Stores
from tests.adapters.storage.chunks import FOLDER, INIT, files_of, record_of, span
from transcoding.errors import StorageFailed
from transcoding.job.paths import RenditionFolder
from transcoding.job.records import ChunkRecord

SPANS = (span(0), span(1))


@pytest.fixture
def container() -> MemoryContainer:
    return MemoryContainer()


@pytest.fixture
def renditions(container: MemoryContainer) -> Renditions:
    return Renditions(container)


def store(renditions: Renditions, index: int, attempt: str = "A", init: bytes = INIT) -> None:
    """Store a chunk with its marker."""
    files = files_of(index, attempt, init)
    renditions.create_files(FOLDER, files)
    assert renditions.create_marker(FOLDER, record_of(index, files))


def reasons(renditions: Renditions) -> list[str]:
    """Return why each of the two chunks is unusable, "" where it is usable or missing."""
    return [chunk.reason for chunk in renditions.chunk_state(FOLDER, SPANS).chunks]


def overwrite(container: Container, file: str, body: bytes) -> None:
    container.put(FOLDER.path(file), body, content_type="video/mp4")


def unchanged(index: int, attempt: str) -> Callable[[Mapping[str, bytes]], ChunkRecord | None]:
    """Describe what is stored: this attempt's own files, but for what others stored."""

    def describe(others: Mapping[str, bytes]) -> ChunkRecord | None:
        return record_of(index, {**files_of(index, attempt), **others})

    return describe


def always() -> bool:
    """Allow what is asked for: no release refers to the folder."""
    return True


# --- files


def test_files_are_created_once_and_cached_for_a_year(stores: Stores) -> None:
    """On real storage: whoever comes second is told what is there, and changes nothing."""
    renditions = Renditions(stores.videos)
    assert renditions.create_files(FOLDER, {"init.mp4": b"i", "00001.m4s": b"1"}, "audio/mp4") == {
        "init.mp4": True,
        "00001.m4s": True,
    }
    assert renditions.create_files(FOLDER, {"00001.m4s": b"2", "00002.m4s": b"2"}) == {
        "00001.m4s": False,
        "00002.m4s": True,
    }
    found = renditions.read_files(FOLDER, ["00001.m4s", "00002.m4s", "00003.m4s"])
    assert found == {"00001.m4s": b"1", "00002.m4s": b"2"}
    properties = stores.videos.properties(FOLDER.path("00001.m4s"))
    assert properties is not None
    assert properties.content_type == "audio/mp4"
    assert properties.cache_control == "public, max-age=31536000, immutable"


def test_parts_of_a_local_file_are_files(
    renditions: Renditions, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An encoded chunk is one file; its segments are read while they are uploaded."""
    local = tmp_path_factory.mktemp("encoded") / "0.mp4"
    local.write_bytes(b"0123456789")
    renditions.create_files(FOLDER, {"00001.m4s": FileSlice(local, 2, 3)})
    assert renditions.read_files(FOLDER, ["00001.m4s"]) == {"00001.m4s": b"234"}


def test_a_playlist_is_replaced_where_its_chunks_were_encoded_once_more(
    container: MemoryContainer, renditions: Renditions
) -> None:
    """The same one again changes nothing, not even its ETag."""
    path = FOLDER.path("iframes.m3u8")
    etags = []
    for body in (b"#EXTM3U\n1", b"#EXTM3U\n1", b"#EXTM3U\n2"):
        renditions.write_beside(FOLDER, {"iframes.m3u8": body}, lambda: True)
        assert container.read(path) == body
        found = container.properties(path)
        assert found is not None
        assert found.content_type == "application/vnd.apple.mpegurl"
        etags.append(found.etag)
    assert etags[0] == etags[1] != etags[2]


def test_a_playlist_that_may_not_be_replaced_stays(renditions: Renditions) -> None:
    """Who comes with another one is asked between reading and replacing it."""
    renditions.write_beside(FOLDER, {"media.m3u8": b"#EXTM3U\n1"}, lambda: False)
    renditions.write_beside(FOLDER, {"media.m3u8": b"#EXTM3U\n2"}, lambda: False)
    assert renditions.read_files(FOLDER, ["media.m3u8"]) == {"media.m3u8": b"#EXTM3U\n1"}


def test_heads_and_properties_are_those_of_what_is_there(renditions: Renditions) -> None:
    """The gate looks at many files at once; a missing one is no error here."""
    renditions.create_files(FOLDER, files_of(0))
    there, missing = FOLDER.path("00001.m4s"), FOLDER.path("00009.m4s")
    assert renditions.read_heads([missing, there], 7) == [b"", b"segment"]
    assert list(renditions.properties_of([missing, there])) == [there]
    assert len(renditions.list_folder(FOLDER)) == 3


# --- markers


def test_a_marker_comes_back_as_it_was_written(renditions: Renditions) -> None:
    """Done-markers are what makes a repeated activity cost nothing."""
    assert renditions.read_marker(FOLDER, 0).record is None
    store(renditions, 0)
    assert renditions.read_marker(FOLDER, 0).record == record_of(0, files_of(0))
    assert not renditions.create_marker(FOLDER, record_of(0, files_of(0, "B")))
    assert renditions.read_marker(FOLDER, 0).record == record_of(0, files_of(0))
    assert renditions.chunks_done(FOLDER) == {0}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"null", "cannot be read"),
        (b'{"key": "h264-1"}', "index Field required"),
        (record_of(0, files_of(0)).model_dump_json().encode()[:-1] + b',"hdr":1}', "hdr Extra"),
        (record_of(0, files_of(0), key="h264-2").model_dump_json().encode(), "of h264-2"),
        (record_of(1, files_of(0)).model_dump_json().encode(), "chunk 1"),
        (record_of(0, files_of(0), key="x" * 999).model_dump_json().encode(), "of xxx"),
        (
            record_of(0, files_of(0)).model_dump_json().encode()[:-1] + b',"%s":1}' % (b"x" * 999),
            "cannot be read: xxx",
        ),
    ],
)
def test_a_marker_that_cannot_be_read_counts_as_missing(
    container: MemoryContainer, renditions: Renditions, body: bytes, reason: str
) -> None:
    """Cut short, of a newer version, of another chunk: it raises nothing, and says why."""
    store(renditions, 0)
    overwrite(container, "chunk-00000.json", body)
    marker = renditions.read_marker(FOLDER, 0)
    assert marker.record is None
    assert reason in marker.reason
    assert len(marker.reason) <= 200
    state = renditions.chunk_state(FOLDER, SPANS)
    assert state.undone == (0, 1)
    assert [chunk.index for chunk in state.unusable] == [0]


# --- judging


def test_chunks_are_done_missing_or_unusable(renditions: Renditions) -> None:
    """One listing says it for all of them; what an attempt that died left is no chunk."""
    store(renditions, 1)
    renditions.create_files(FOLDER, files_of(0))
    state = renditions.chunk_state(FOLDER, SPANS)
    assert state.records == (record_of(1, files_of(1)),)
    assert (state.undone, state.unusable, state.is_init_wrong) == ((0,), (), False)
    assert sorted(state.files) == [
        "00001.m4s", "00002.m4s", "00003.m4s", "00004.m4s", "chunk-00001.json", "init.mp4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "body", "expected"),
    [
        ("00002.m4s", None, ["00002.m4s is gone", ""]),
        ("00002.m4s", b"segment 2 by B", ["it speaks of another 00002.m4s", ""]),
        ("00002.m4s", b"cut", ["it speaks of another 00002.m4s", ""]),
        ("00003.m4s", None, ["", "00003.m4s is gone"]),
        ("init.mp4", None, ["init.mp4 is gone", "init.mp4 is gone"]),
        ("init.mp4", b"x", ["it speaks of another init.mp4", "it speaks of another init.mp4"]),
        ("00009.m4s", None, ["", ""]),
    ],
)
def test_a_chunk_is_unusable_where_its_files_are_not_as_its_marker_says(
    container: MemoryContainer,
    renditions: Renditions,
    file: str,
    body: bytes | None,
    expected: list[str],
) -> None:
    """Gone, of other bytes, or of another size; the other chunk stays usable."""
    store(renditions, 0)
    store(renditions, 1)
    if body is None:
        container.delete(FOLDER.path(file))
    else:
        overwrite(container, file, body)
    assert reasons(renditions) == expected


def test_a_chunk_is_unusable_where_the_plan_has_other_segments(renditions: Renditions) -> None:
    """A marker with a hole would become a playlist with a hole."""
    files = files_of(0)
    renditions.create_files(FOLDER, files)
    first_alone = {file: files[file] for file in ("init.mp4", "00001.m4s")}
    renditions.create_marker(FOLDER, record_of(0, first_alone))
    assert reasons(renditions)[0] == "it speaks of other segments than planned"


def test_where_markers_disagree_the_stored_init_decides(renditions: Renditions) -> None:
    """Two encoders were at work: what goes with the stored init segment stays."""
    store(renditions, 0)
    store(renditions, 1, init=b"another init")
    assert reasons(renditions) == ["", "it speaks of another init.mp4"]
    state = renditions.chunk_state(FOLDER, SPANS)
    assert not state.is_init_wrong
    assert renditions.remove_unusable(FOLDER, state) == (1,)
    assert renditions.read_files(FOLDER, ["init.mp4"]) == {"init.mp4": INIT}
    assert reasons(renditions) == ["", ""]


def test_one_chunk_alone_is_judged_by_the_markers_of_all(renditions: Renditions) -> None:
    """A unit that looks at its own chunk must not remove the init segment of the others."""
    store(renditions, 0)
    store(renditions, 1, init=b"another init")
    state = renditions.chunk_state(FOLDER, [span(1)])
    assert state.undone == (1,)
    assert not state.is_init_wrong


def test_an_init_segment_that_no_marker_goes_with_is_removed_too(
    container: MemoryContainer, renditions: Renditions
) -> None:
    """Else every attempt would meet it again."""
    store(renditions, 0)
    store(renditions, 1)
    overwrite(container, "init.mp4", b"nobody's")
    state = renditions.chunk_state(FOLDER, SPANS)
    assert state.is_init_wrong
    assert renditions.remove_unusable(FOLDER, state) == (0, 1)
    assert renditions.list_folder(FOLDER) == []


# --- removing


def test_other_chunks_and_other_folders_stay(renditions: Renditions) -> None:
    """Segments are removed by number, not by prefix."""
    other = RenditionFolder(FOLDER.name, FOLDER.source_key, "h264-10")
    renditions.create_files(other, files_of(0))
    store(renditions, 0)
    store(renditions, 1)
    state = renditions.chunk_state(FOLDER, SPANS)
    assert renditions.remove_chunk(FOLDER, state, state.chunks[0])
    left = renditions.chunk_state(FOLDER, SPANS)
    assert sorted(left.files) == ["00003.m4s", "00004.m4s", "chunk-00001.json", "init.mp4"]
    assert left.undone == (0,)
    assert len(renditions.list_folder(other)) == 3


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "answer lost"])
@pytest.mark.parametrize("damaged", ["init.mp4", "00002.m4s", "chunk-00000.json"])
def test_a_removal_that_dies_is_done_again_by_the_next(damaged: str, is_done: bool) -> None:
    """After every operation: nobody takes the chunk for done, and nothing damaged is kept."""
    for at in itertools.count(1):
        container = MemoryContainer()
        renditions = Renditions(container)
        store(renditions, 0)
        overwrite(container, damaged, b"damaged")
        state = renditions.chunk_state(FOLDER, [span(0)])
        dying = FailingContainer(container, at, is_done=is_done)
        with suppress(StorageFailed):
            Renditions(dying).remove_chunk(FOLDER, state, state.chunks[0])
        assert renditions.read_marker(FOLDER, 0).record is None or at == 1
        stored = renditions.store_chunk(
            FOLDER, span(0), files_of(0, "B"), unchanged(0, "B"), always
        )
        assert stored.is_own
        assert reasons(renditions)[0] == ""
        bodies = renditions.read_files(FOLDER, files_of(0))
        assert b"damaged" not in bodies.values()
        if len(dying.operations) < at:
            assert at >= 5
            return


def test_who_judged_an_older_marker_removes_nothing(renditions: Renditions) -> None:
    """One that was frozen wakes when the chunk is long healed, or published."""
    store(renditions, 0)
    old = renditions.chunk_state(FOLDER, [span(0)])
    assert renditions.remove_chunk(FOLDER, old, old.chunks[0])
    store(renditions, 0, "B")
    before = renditions.list_folder(FOLDER)
    assert not renditions.remove_chunk(FOLDER, old, old.chunks[0])
    assert renditions.list_folder(FOLDER) == before


def store_again(renditions: Renditions) -> StoredChunk:
    return renditions.store_chunk(FOLDER, span(0), files_of(0, "B"), unchanged(0, "B"), always)


def test_who_is_frozen_while_it_removes_harms_nothing_that_came_later() -> None:
    """It has withdrawn the marker; then others heal the chunk; then it wakes."""
    for at in itertools.count(2):
        container = MemoryContainer()
        renditions = Renditions(container)
        store(renditions, 0)
        container.delete(FOLDER.path("00002.m4s"))
        state = renditions.chunk_state(FOLDER, [span(0)])
        frozen = FreezingContainer(container, at, partial(store_again, renditions))
        Renditions(frozen).remove_chunk(FOLDER, state, state.chunks[0])
        if frozen.operations < at:
            assert at >= 4
            return
        assert reasons(renditions)[0] == ""
        assert renditions.read_files(FOLDER, files_of(0)) == files_of(0, "B")


# --- storing a chunk


def test_a_marker_tells_of_what_is_stored(renditions: Renditions) -> None:
    """Another attempt died after one segment: that stays, and the marker knows it."""
    renditions.create_files(FOLDER, {"00001.m4s": b"segment 1 by A"})
    seen: list[Mapping[str, bytes]] = []

    def describe(others: Mapping[str, bytes]) -> ChunkRecord | None:
        seen.append(others)
        return record_of(0, files_of(0, "B") | dict(others))

    stored = renditions.store_chunk(FOLDER, span(0), files_of(0, "B"), describe, always)
    assert seen == [{"00001.m4s": b"segment 1 by A"}]
    assert stored.is_own
    assert [s.size_bytes for s in stored.record.segments] == [14, 14]
    assert reasons(renditions)[0] == ""
    assert renditions.read_files(FOLDER, ["00001.m4s", "00002.m4s"]) == {
        "00001.m4s": b"segment 1 by A",
        "00002.m4s": b"segment 2 by B",
    }


def test_who_comes_second_keeps_what_is_done(renditions: Renditions) -> None:
    """It writes nothing, and answers with the marker that is there."""
    store(renditions, 0)
    before = renditions.list_folder(FOLDER)
    stored = renditions.store_chunk(FOLDER, span(0), files_of(0, "B"), unchanged(0, "B"), always)
    assert (stored.record, stored.is_own) == (record_of(0, files_of(0)), False)
    assert renditions.list_folder(FOLDER) == before


def test_what_is_of_no_use_is_replaced(renditions: Renditions) -> None:
    """A stored segment that does not decode, and no marker that tells of it."""
    renditions.create_files(FOLDER, {"00002.m4s": b"damaged"})

    def describe(others: Mapping[str, bytes]) -> ChunkRecord | None:
        return None if others else record_of(0, files_of(0, "B"))

    assert renditions.store_chunk(FOLDER, span(0), files_of(0, "B"), describe, always).is_own
    assert renditions.read_files(FOLDER, files_of(0)) == files_of(0, "B")


def test_a_file_that_goes_before_it_is_read_is_stored_again(container: MemoryContainer) -> None:
    """It was there when it should have been created; somebody healed the chunk in between."""
    overwrite(container, "00001.m4s", b"segment 1 by B")
    going = FreezingContainer(container, 5, partial(container.delete, FOLDER.path("00001.m4s")))
    renditions = Renditions(going)
    assert renditions.store_chunk(FOLDER, span(0), files_of(0), unchanged(0, "A"), always).is_own
    assert reasons(renditions)[0] == ""
    assert renditions.read_files(FOLDER, files_of(0)) == files_of(0)


def test_an_unusable_marker_is_replaced_with_all_that_it_speaks_of(
    container: MemoryContainer, renditions: Renditions
) -> None:
    """Its other segments may be as wrong as the one that was noticed."""
    store(renditions, 0)
    overwrite(container, "00002.m4s", b"damaged")
    assert renditions.store_chunk(
        FOLDER, span(0), files_of(0, "B"), unchanged(0, "B"), always
    ).is_own
    assert renditions.read_files(FOLDER, files_of(0)) == files_of(0, "B")


def test_an_init_segment_of_nobody_gives_way(renditions: Renditions) -> None:
    """An attempt of another encoder died after it."""
    renditions.create_files(FOLDER, {"init.mp4": b"another init"})
    assert renditions.store_chunk(FOLDER, span(0), files_of(0), unchanged(0, "A"), always).is_own
    assert renditions.read_files(FOLDER, ["init.mp4"]) == {"init.mp4": INIT}


@pytest.mark.parametrize("file", ["00002.m4s", "chunk-00000.json", "init.mp4"])
def test_nothing_is_removed_that_may_not_be(renditions: Renditions, file: str) -> None:
    """A damaged segment, marker or init segment: what forbids it ends the attempt."""
    renditions.create_files(FOLDER, {file: b"damaged"})
    before = renditions.list_folder(FOLDER)

    def describe(others: Mapping[str, bytes]) -> ChunkRecord | None:
        return None if others else record_of(0, files_of(0, "B"))

    def forbid() -> bool:
        raise StorageFailed("remove", on=FOLDER.path(), advice="it is live")

    with pytest.raises(StorageFailed, match="it is live"):
        renditions.store_chunk(FOLDER, span(0), files_of(0, "B"), describe, forbid)
    assert {blob.path: blob.etag for blob in before}.items() <= {
        blob.path: blob.etag for blob in renditions.list_folder(FOLDER)
    }.items()


def test_who_may_not_remove_looks_again(container: MemoryContainer, renditions: Renditions) -> None:
    """Others healed the chunk between the judgement and the question: theirs is kept."""
    overwrite(container, "chunk-00000.json", b"damaged")

    def heal() -> bool:
        store_again(renditions)
        return False

    stored = renditions.store_chunk(FOLDER, span(0), files_of(0), unchanged(0, "A"), heal)
    assert not stored.is_own
    assert renditions.read_files(FOLDER, files_of(0)) == files_of(0, "B")


def test_an_init_segment_of_finished_chunks_stays(renditions: Renditions) -> None:
    """What does not go with them is not stored: that is for the job to mend."""
    store(renditions, 0)
    with pytest.raises(InitDiffers):
        renditions.store_chunk(
            FOLDER, span(1), files_of(1, init=b"another init"), unchanged(1, "A"), always
        )
    assert reasons(renditions) == ["", ""]
    assert renditions.read_files(FOLDER, ["init.mp4"]) == {"init.mp4": INIT}


def described(index: int, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> ChunkRecord:
    return record_of(index, files)


def test_an_init_segment_that_came_into_use_is_not_removed() -> None:
    """One attempt finds another's, which no marker goes with yet, and stands still over it."""
    for at in itertools.count(1):
        container = MemoryContainer()
        renditions = Renditions(container)
        renditions.create_files(FOLDER, files_of(0, "A", b"another init"))

        def finish(renditions: Renditions = renditions) -> None:
            for index in (0, 1):
                files = files_of(index, "A", b"another init")
                renditions.store_chunk(
                    FOLDER, span(index), files, partial(described, index, files), always
                )
            assert reasons(renditions) == ["", ""]

        frozen = FreezingContainer(container, at, finish)
        with suppress(InitDiffers):
            Renditions(frozen).store_chunk(
                FOLDER, span(0), files_of(0, "B"), unchanged(0, "B"), always
            )
        if frozen.operations < at:
            assert at > 12
            return
        assert reasons(renditions) == ["", ""]


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "answer lost"])
@pytest.mark.parametrize("is_lasting", [False, True], ids=["hiccup", "death"])
def test_an_attempt_that_dies_anywhere_is_made_good_by_the_next(
    is_lasting: bool, is_done: bool
) -> None:
    """After every operation: the next attempt ends with a usable chunk."""
    for at in itertools.count(1):
        container = MemoryContainer()
        failing = FailingContainer(container, at, is_lasting=is_lasting, is_done=is_done)
        with suppress(StorageFailed):
            Renditions(failing).store_chunk(FOLDER, span(0), files_of(0), unchanged(0, "A"), always)
        renditions = Renditions(container)
        renditions.store_chunk(FOLDER, span(0), files_of(0, "B"), unchanged(0, "B"), always)
        assert reasons(renditions)[0] == ""
        if len(failing.operations) < at:
            assert at >= 6
            return


@pytest.mark.parametrize("left_behind", [None, "00001.m4s", "chunk-00000.json"])
def test_two_attempts_end_with_one_marker_of_what_is_stored(left_behind: str | None) -> None:
    """One stands still before each of its operations while the other does all of its own."""
    at = 1
    while two_attempts(at, left_behind) >= at:
        at += 1
    assert at >= 6


def two_attempts(at: int, left_behind: str | None) -> int:
    """Let A stand still before operation `at` while B goes; return how many A needed."""
    container = MemoryContainer()
    renditions = Renditions(container)
    if left_behind:
        overwrite(container, left_behind, b"left behind by a third")
    ended: list[StoredChunk] = []
    frozen = FreezingContainer(container, at, lambda: ended.append(store_again(renditions)))
    ended.append(
        Renditions(frozen).store_chunk(FOLDER, span(0), files_of(0), unchanged(0, "A"), always)
    )
    (chunk, _) = renditions.chunk_state(FOLDER, SPANS).chunks
    assert chunk.record is not None
    assert {stored.record for stored in ended} == {chunk.record}
    assert [stored.is_own for stored in ended].count(True) == 1
    return frozen.operations
