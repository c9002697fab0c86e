"""Containers that fail where they are told to."""

from __future__ import annotations

import pytest

from adapters.memory.container import MemoryContainer
from adapters.memory.wrapped import FailingContainer
from transcoding.errors import StorageFailed


def write(container: FailingContainer, *paths: str) -> list[str]:
    """Write each; return those that were said to fail."""
    failed = []
    for path in paths:
        try:
            container.put(path, b"x", content_type="text/plain")
        except StorageFailed:
            failed.append(path)
    return failed


@pytest.mark.parametrize(
    ("at", "options", "failed", "stored"),
    [
        (0, {}, [], ["a", "b", "c"]),
        (2, {}, ["b", "c"], ["a"]),
        (2, {"is_lasting": False}, ["b"], ["a", "c"]),
        (2, {"is_lasting": False, "is_done": True}, ["b"], ["a", "b", "c"]),
        (2, {"is_done": True}, ["b", "c"], ["a", "b"]),
    ],
)
def test_it_fails_where_it_is_told_to(
    at: int, options: dict[str, bool], failed: list[str], stored: list[str]
) -> None:
    """A death, a hiccup, and an answer that is lost."""
    inner = MemoryContainer()
    container = FailingContainer(inner, at, **options)
    assert write(container, "a", "b", "c") == failed
    assert [blob.path for blob in inner.list("")] == stored
    assert container.operations == ["put a", "put b", "put c"]
