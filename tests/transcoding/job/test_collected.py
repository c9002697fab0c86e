"""All done-markers of a job, joined."""

from __future__ import annotations

import pytest

from tests.transcoding.builders import a_chunk_record
from transcoding.job.collected import Collected


def test_every_track_becomes_a_rendition() -> None:
    """Two chunks of one track and one of another, each under its key."""
    records = {
        "h264-1": (a_chunk_record(0), a_chunk_record(1)),
        "aac-1": (a_chunk_record(0, key="aac-1"),),
    }
    renditions = Collected(records=records).renditions()
    assert {key: (one.key, len(one.segments)) for key, one in renditions.items()} == {
        "h264-1": ("h264-1", 2),
        "aac-1": ("aac-1", 1),
    }


def test_a_track_with_a_hole_is_an_error() -> None:
    """Its second chunk alone is no rendition."""
    with pytest.raises(ValueError, match="not a whole rendition"):
        Collected(records={"h264-1": (a_chunk_record(1),)}).renditions()
