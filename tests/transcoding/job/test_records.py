"""Tests of done-markers and of joining them."""

from __future__ import annotations

import pytest

from tests.transcoding.builders import a_chunk_record, a_release
from transcoding.job.records import ReleaseRecord, StableText, join_chunks


def test_chunks_are_joined_in_order() -> None:
    """Three chunks of one 4 s segment make a rendition of 12 s."""
    rendition = join_chunks((a_chunk_record(0), a_chunk_record(1), a_chunk_record(2)))
    assert [segment.number for segment in rendition.segments] == [1, 2, 3]
    assert rendition.duration == 360_000
    assert rendition.size_bytes == 150_000
    assert rendition.codec == "avc1.640028"


@pytest.mark.parametrize("indexes", [(), (1,), (0, 2), (1, 0), (0, 0)])
def test_a_missing_or_misplaced_chunk_is_an_error(indexes: tuple[int, ...]) -> None:
    """A playlist with a hole must never be written."""
    with pytest.raises(ValueError, match="not a whole rendition"):
        join_chunks(tuple(a_chunk_record(index) for index in indexes))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("init_sha256", "cd"),
        ("codec", "avc1.64002a"),
        ("timescale", 60_000),
        ("key", "h264-2"),
    ],
)
def test_chunks_that_do_not_belong_together_are_an_error(field: str, value: object) -> None:
    """One init segment must fit all segments of a rendition."""
    with pytest.raises(ValueError, match=f"chunk 1 of h264-1 differs from chunk 0 in {field}"):
        join_chunks((a_chunk_record(0), a_chunk_record(1, **{field: value})))


def test_a_release_survives_json() -> None:
    """What another instance finds is enough to finish it."""
    release = a_release(6)
    assert ReleaseRecord.model_validate_json(release.model_dump_json()) == release
    assert release.to_json()["files"]["poster.jpg"] == {"source": "~0123456789ab/poster/poster.jpg"}


@pytest.mark.parametrize("missing", ["master.m3u8", "manifest.mpd"])
def test_a_release_has_both_manifests(missing: str) -> None:
    """Else DASH and HLS could not agree on its number."""
    files = {file: what for file, what in a_release(6).files.items() if file != missing}
    with pytest.raises(ValueError, match=missing):
        a_release(6, files=files)


def test_a_release_without_files_is_a_withdrawal() -> None:
    """It survives JSON as well; one with files is none."""
    withdrawal = a_release(7, files={}, folders=(), source_key="")
    assert withdrawal.is_withdrawal
    assert ReleaseRecord.model_validate_json(withdrawal.model_dump_json()) == withdrawal
    assert not a_release(7).is_withdrawal


def test_a_release_fills_stable_names_alone() -> None:
    """A record from another version can not write just anywhere."""
    files = a_release(6).files | {"init.mp4": StableText(text="")}
    with pytest.raises(ValueError, match=r"init\.mp4"):
        a_release(6, files=files)
