"""Rules about pictures: their coding and their shape."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.media_bytes import NOT_SYNC, TURNED, video_init
from tests.transcoding.conformance.sample import LOW, MID, TOP, publish

BREACHES: list[Breach] = [
    (
        "a segment starts with an ordinary slice",
        {"HLS 7.4"},
        changes.second_head(MID, first_slice=1),
    ),
    (
        "a segment does not start with a sync sample",
        {"HLS 7.4", "DASH SAP", "HLS 1.13"},
        changes.second_head(MID, first_flags=NOT_SYNC),
    ),
    (
        "a rung is HEVC with parameter sets in the stream",
        {
            *("HLS 1.5", "HLS 9.1", "HLS 9.3", "DASH codecs", "CMAF init"),
            *("HLS 1.3b", "HLS 1.14", "HLS 9.16", "HLS 7.4", "CONTENT renditions"),
        },
        changes.init(TOP, video_init(640, 360, entry=b"hev1")),
    ),
    (
        "a rung is interlaced",
        {"HLS 1.14"},
        changes.init(TOP, video_init(640, 360, is_progressive=False)),
    ),
    (
        "a rung has 62.5 frames per second",
        {
            *("HLS 1.19", "CONTENT frames", "CMAF decode time", "CMAF fragment duration"),
            *("HLS 7.3", "HLS 1.13", "HLS 8.22", "HLS EXTINF", "HLS 8.1", "DASH timeline"),
            *("DASH boundaries", "CONTENT length", "CONTENT chunks"),
        },
        changes.video_heads(TOP, samples=100, ticks=400),
    ),
    ("IDRs are 4 s apart", {"HLS 1.13"}, changes.video_heads(TOP, sync_at=())),
    (
        "the source is smaller",
        {"CONTENT never upscaled"},
        changes.expected(source_width=480, source_height=270),
    ),
    (
        "the source is 4:3",
        {"CONTENT aspect"},
        changes.expected(source_width=960, source_height=720),
    ),
    (
        "a rung is turned by its track",
        {"CONTENT aspect"},
        changes.init(TOP, video_init(640, 360, matrix=TURNED)),
    ),
    (
        "a rung has an odd width",
        {"CONTENT even", "CONTENT aspect", "HLS 9.2", "HLS 9.4"},
        changes.init(LOW, video_init(321, 180)),
    ),
    (
        "a rung is 4:3",
        {"HLS 1.33", "CONTENT aspect", "HLS 9.2", "HLS 9.4"},
        changes.init(LOW, video_init(320, 240)),
    ),
    (
        "a rung is smaller than planned",
        {"CONTENT aspect"},
        changes.expected_track(LOW, width=384, height=216),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what


def test_rounding_to_even_sides_keeps_the_aspect() -> None:
    """854x480 shown as 640x360 is as near as even sides allow."""
    files = changes.expected(source_width=854, source_height=480)(publish())
    assert not {"CONTENT aspect", "CONTENT never upscaled"} & failed(files)
