"""The port of a container, held to by Azure's (on a real Azurite) and by the one in memory."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError

from adapters.memory.clock import ManualClock
from adapters.memory.container import MemoryContainer
from adapters.settings import StorageConnection
from adapters.storage.account import StorageAccount
from adapters.storage.container import BlobContainer, _overtaken, storage_failed
from adapters.storage.port import Container, ListedBlob, Overtaken
from devhost.azurite import AzuriteProcess
from transcoding.errors import StorageFailed

MD5_OF_BODY = "841a2d689ad86bd1611447453c22c6fc"
"""md5sum says so of `body`."""


class Kept(NamedTuple):
    """A container, and how an operator deletes it."""

    container: Container
    remove: Callable[[], object]


@pytest.fixture(params=["azurite", "memory"])
def kept(request: pytest.FixtureRequest) -> Kept:
    if request.param == "memory":
        memory = MemoryContainer()
        return Kept(memory, memory.remove)
    azurite: AzuriteProcess = request.getfixturevalue("azurite")
    connection = StorageConnection(connection_string=azurite.connection_string)
    client = StorageAccount(connection, "UPLOADS_STORAGE").container(f"c-{uuid.uuid4().hex[:8]}")
    client.create_container()
    return Kept(BlobContainer(client), client.delete_container)


@pytest.fixture
def container(kept: Kept) -> Container:
    return kept.container


@pytest.mark.parametrize(
    "name", ["a b.mp4", "#1?.mp4", "100%.mp4", "%41.mp4", "a+b.mp4", "日本/🎬.mp4", "x" * 1000]
)
def test_a_blob_has_the_name_that_it_was_given(container: Container, name: str) -> None:
    """Read, listed and deleted under the same name."""
    etag = container.put(name, b"body", content_type="video/mp4")
    assert container.read(name) == b"body"
    there = container.properties(name)
    assert there is not None
    listed = ListedBlob(name, 4, MD5_OF_BODY, etag, there.last_modified)
    assert container.list("") == [listed]
    container.delete(name)
    assert container.properties(name) is None


@pytest.mark.parametrize("is_removed", [False, True], ids=["blob", "container"])
def test_what_is_missing_is_none(kept: Kept, is_removed: bool) -> None:
    """A blob, or its whole container; deleting what is gone is fine."""
    if is_removed:
        kept.remove()
    container = kept.container
    assert container.properties("a") is None
    assert container.read("a") is None
    assert container.read_version("a") is None
    assert container.set_metadata("a", {"b": "c"}) is None
    assert container.list("a") == []
    container.delete("a")
    container.delete_if("a", "0x1")


def test_writing_to_a_missing_container_is_one_line_of_ours(kept: Kept) -> None:
    """The library's own error is several lines of request ids, and another type."""
    kept.remove()
    with pytest.raises(StorageFailed, match="storage: write") as failure:
        kept.container.put("a.mp4", b"x", content_type="video/mp4")
    assert "\n" not in str(failure.value)
    with pytest.raises(StorageFailed, match="storage: write"):
        kept.container.put_if("a.mp4", b"x", None, content_type="video/mp4")
    with pytest.raises(StorageFailed, match="storage: write"):
        kept.container.create("a.mp4", b"x", content_type="video/mp4")


def test_a_conditional_write_finds_the_version_it_expects_or_fails(container: Container) -> None:
    """None expects nothing to be there."""
    first = container.put_if("a.mp4", b"1", None, content_type="video/mp4")
    with pytest.raises(Overtaken):
        container.put_if("a.mp4", b"2", None, content_type="video/mp4")
    second = container.put_if("a.mp4", b"2", first, content_type="video/mp4")
    with pytest.raises(Overtaken):
        container.put_if("a.mp4", b"3", first, content_type="video/mp4")
    container.delete("a.mp4")
    with pytest.raises(Overtaken):
        container.put_if("a.mp4", b"4", second, content_type="video/mp4")
    assert container.read("a.mp4") is None


def test_a_blob_is_created_once(container: Container) -> None:
    """Whoever comes second is told, and changes nothing."""
    assert container.create("a.mp4", b"1", content_type="video/mp4", metadata={"n": "1"})
    there = container.properties("a.mp4")
    assert not container.create("a.mp4", b"2", content_type="text/plain")
    assert container.properties("a.mp4") == there
    assert container.read("a.mp4") == b"1"


def test_a_conditional_deletion_spares_what_came_later(container: Container) -> None:
    """Whoever judged an older version deletes nothing."""
    old = container.put("a.mp4", b"1", content_type="video/mp4")
    new = container.put("a.mp4", b"1", content_type="video/mp4")
    with pytest.raises(Overtaken):
        container.delete_if("a.mp4", old)
    assert container.read("a.mp4") == b"1"
    container.delete_if("a.mp4", new)
    assert container.properties("a.mp4") is None


def test_every_write_and_change_of_metadata_gives_another_etag(container: Container) -> None:
    """Also when the bytes are the same; all places tell the same one."""
    etags = [
        container.put("a.mp4", b"1", content_type="video/mp4"),
        container.put("a.mp4", b"1", content_type="video/mp4"),
        container.set_metadata("a.mp4", {"owner": "kim"}),
        container.set_metadata("a.mp4", {"owner": "kim"}),
    ]
    assert len(set(etags)) == 4
    found, version = container.properties("a.mp4"), container.read_version("a.mp4")
    assert found is not None
    assert version is not None
    assert {found.etag, version.etag, container.list("")[0].etag} == {etags[3]}
    assert '"' not in found.etag
    assert version.body == b"1"


def test_what_was_written_is_told(container: Container) -> None:
    """Headers, metadata with names in lower case, and the hash of what is stored."""
    before = container.put("a.json", b"", content_type="text/plain")
    etag = container.put(
        "a.json",
        b"body",
        content_type="application/json",
        cache_control="public, max-age=10",
        metadata={"Release": "6"},
    )
    found = container.properties("a.json")
    assert found is not None
    assert before != etag == found.etag
    assert (found.size_bytes, found.md5) == (4, MD5_OF_BODY)
    assert (found.content_type, found.content_encoding) == ("application/json", "")
    assert found.cache_control == "public, max-age=10"
    assert found.metadata == {"release": "6"}
    assert not found.is_archived
    assert abs(datetime.now(UTC) - found.last_modified) < timedelta(minutes=10)


def test_metadata_is_replaced_as_a_whole(container: Container) -> None:
    """Other headers and the bytes stay; a new body begins without any."""
    container.put("a", b"body", content_type="video/mp4", metadata={"a": "1", "b": "2"})
    container.set_metadata("a", {"c": "3"})
    found = container.properties("a")
    assert found is not None
    assert (found.metadata, found.content_type, found.md5) == ({"c": "3"}, "video/mp4", MD5_OF_BODY)
    container.put("a", b"body", content_type="video/mp4")
    found = container.properties("a")
    assert found is not None
    assert found.metadata == {}


def test_playlists_are_stored_gzipped_and_read_back_plain(container: Container) -> None:
    """HLS Authoring Specification 10.1; the same playlist is the same stored bytes."""
    playlist = b"#EXTM3U\n" * 100
    container.put("a/media.m3u8", playlist, content_type="application/vnd.apple.mpegurl")
    container.put("b/media.m3u8", playlist, content_type="application/vnd.apple.mpegurl")
    found = container.properties("a/media.m3u8")
    version = container.read_version("a/media.m3u8")
    start = container.read("a/media.m3u8", 10_000)
    assert found is not None
    assert version is not None
    assert start is not None
    assert found.content_encoding == "gzip"
    assert gzip.decompress(start) == playlist
    assert container.read("a/media.m3u8") == version.body == playlist
    assert len({blob.md5 for blob in container.list("")}) == 1


def test_a_listing_is_sorted_and_of_one_prefix(container: Container) -> None:
    """By path, whatever the order of writing."""
    for path in ("b/2", "b/10", "a", "b/1", "c", "b"):
        container.put(path, b"", content_type="video/mp4")
    assert [blob.path for blob in container.list("b/")] == ["b/1", "b/10", "b/2"]


def test_the_beginning_of_a_blob(container: Container) -> None:
    """As many bytes as there are, at most."""
    container.put("a.m4s", b"0123456789", content_type="video/mp4")
    assert container.read("a.m4s", 4) == b"0123"
    assert container.read("a.m4s", 400) == b"0123456789"


def test_times_of_change_come_from_the_clock_that_is_given() -> None:
    """Writing and changing metadata move it; reading does not."""
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    container = MemoryContainer(clock=clock)
    container.put("a", b"1", content_type="video/mp4")
    clock.advance(60)
    container.read("a")
    found = container.properties("a")
    assert found is not None
    assert found.last_modified == datetime(2026, 3, 1, tzinfo=UTC)
    container.set_metadata("a", {})
    found = container.properties("a")
    assert found is not None
    assert found.last_modified == datetime(2026, 3, 1, 0, 1, tzinfo=UTC)


def test_what_is_archived_is_seen_and_not_read() -> None:
    """As in Azure, where reading it is a 409; Azurite has no archive."""
    container = MemoryContainer()
    container.put("a", b"1", content_type="video/mp4")
    container.archive("a")
    found = container.properties("a")
    assert found is not None
    assert found.is_archived
    with pytest.raises(StorageFailed, match="archived"):
        container.read("a")


def test_a_signature_in_the_librarys_text_is_cut_out() -> None:
    """Its errors name the address, which may be signed."""
    error = HttpResponseError("no route to https://acct.example/a?sv=1&sig=c2VjcmV0\nRequestId:1")
    assert "c2VjcmV0" not in str(storage_failed("read", error))
    assert str(storage_failed("read", error, on="a")).startswith("storage: read (a): ")


def test_a_container_that_is_being_deleted_is_no_blob_that_exists() -> None:
    """The library gives both the same class; taken for an existing blob, work would be lost."""
    error = ResourceExistsError("The specified container is being deleted.")
    error.error_code = "ContainerBeingDeleted"  # type: ignore[attr-defined]
    assert isinstance(_overtaken("write", "a", error), StorageFailed)
    error.error_code = "BlobAlreadyExists"  # type: ignore[attr-defined]
    assert isinstance(_overtaken("write", "a", error), Overtaken)
