"""Single blobs on a real Azurite: what is missing is None, what goes wrong is StorageFailed."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError

from adapters.storage.container import Overtaken, storage_failed
from adapters.storage.store import BlobStore
from transcoding.errors import StorageFailed

MEDIA = {"content_type": "video/mp4", "cache_control": "no-store"}


@pytest.mark.parametrize(
    "name", ["a b.mp4", "#1?.mp4", "100%.mp4", "%41.mp4", "a+b.mp4", "日本/🎬.mp4", "x" * 1000]
)
def test_a_blob_has_the_name_that_it_was_given(store: BlobStore, name: str) -> None:
    """Read, listed and deleted under the same name."""
    store.uploads.put(name, b"body", content_type="video/mp4")
    assert store.uploads.read(name) == b"body"
    assert [(blob.path, blob.size_bytes) for blob in store.uploads.list("")] == [(name, 4)]
    store.uploads.delete(name)
    assert store.uploads.properties(name) is None


def test_what_is_missing_is_none(store: BlobStore) -> None:
    """A blob, and a whole container; deleting twice is fine."""
    store.work._client.delete_container()
    for container in (store.uploads, store.work):
        assert container.properties("a") is None
        assert container.read("a") is None
        assert container.list("a") == []
        container.delete("a")


def test_writing_to_a_missing_container_is_one_line_of_ours(store: BlobStore) -> None:
    """The library's own error is several lines of request ids, and another type."""
    store.videos._client.delete_container()
    with pytest.raises(StorageFailed, match="storage: write") as failure:
        store.videos.put("a.mp4", b"x", content_type="video/mp4")
    assert "\n" not in str(failure.value)
    with pytest.raises(StorageFailed, match="storage: write"):
        store.videos.put_if("a.mp4", b"x", None, **MEDIA)


def test_a_conditional_write_finds_the_version_it_expects_or_fails(store: BlobStore) -> None:
    """None expects nothing to be there."""
    store.videos.put_if("a.mp4", b"1", None, **MEDIA)
    with pytest.raises(Overtaken):
        store.videos.put_if("a.mp4", b"2", None, **MEDIA)
    found = store.videos.properties("a.mp4")
    assert found is not None
    store.videos.put_if("a.mp4", b"2", found.etag, **MEDIA)
    with pytest.raises(Overtaken):
        store.videos.put_if("a.mp4", b"3", found.etag, **MEDIA)
    assert store.videos.read("a.mp4") == b"2"


def test_the_beginning_of_a_blob(store: BlobStore) -> None:
    """As many bytes as there are, at most."""
    store.videos.put("a.m4s", b"0123456789", content_type="video/mp4")
    assert store.videos.read("a.m4s", 4) == b"0123"
    assert store.videos.read("a.m4s", 400) == b"0123456789"


def test_a_signature_in_the_librarys_text_is_cut_out() -> None:
    """Its errors name the address, which may be signed."""
    error = HttpResponseError("no route to https://acct.example/a?sv=1&sig=c2VjcmV0\nRequestId:1")
    assert "c2VjcmV0" not in str(storage_failed("read", error))
    assert str(storage_failed("read", error, on="a")).startswith("storage: read (a): ")
