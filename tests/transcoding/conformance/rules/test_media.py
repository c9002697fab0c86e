"""Rules about init segments and movie fragments."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.media_bytes import NOT_SYNC, video_init
from tests.transcoding.conformance.sample import LOW, MID, TOP, publish

BREACHES: list[Breach] = [
    (
        "a chunk was encoded with another init segment",
        {"CMAF init"},
        changes.record(TOP, 1, init_sha256="00"),
    ),
    (
        "a segment is of another track",
        {"CMAF init"},
        changes.second_head(TOP, track_id=2),
    ),
    (
        "a stored segment is longer than its boxes",
        {"CMAF segment", "CONTENT decoded"},
        changes.rendition(LOW, lambda _: {"sizes_bytes": (250_000,) * 4 + (250_001,)}),
    ),
    (
        "a segment's tfdt is one frame late",
        {
            *("CMAF decode time", "HLS 7.3", "HLS 8.22", "HLS 1.13"),
            *("DASH timeline", "DASH boundaries"),
        },
        changes.second_head(MID, decode_time=101_000),
    ),
    (
        "a rung starts 40 ms late",
        {"CMAF decode time", "CONTENT start", "HLS 8.22", "DASH timeline", "DASH boundaries"},
        changes.video_heads(MID, shift=1000),
    ),
    (
        "a segment shows nothing at its start",
        {"CMAF presentation"},
        changes.second_head(MID, offsets=(1, 1, -1)),
    ),
    (
        "segments are longer than planned",
        {"CMAF fragment duration"},
        changes.timeline(segment_frames=98),
    ),
    (
        "composition offsets are unsigned",
        {"CMAF trun"},
        changes.second_head(MID, version=0, offsets=()),
    ),
    (
        "an edit list delays a rung",
        {"CMAF trun", "CONTENT start"},
        changes.init(TOP, video_init(640, 360, has_edit_list=True)),
    ),
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
    ("a rung has 10 bits", {"HLS 1.3b"}, changes.init(TOP, video_init(640, 360, extra_bits=2))),
    (
        "a rung is of level 6.2",
        {"HLS 1.3b", "HLS 9.1", "HLS 9.3", "DASH codecs", "CMAF init"},
        changes.init(TOP, video_init(640, 360, level=62)),
    ),
    (
        "a rung is HEVC with parameter sets in the stream",
        {
            *("HLS 1.5", "HLS 9.1", "HLS 9.3", "DASH codecs", "CMAF init"),
            *("HLS 1.3b", "HLS 1.14", "HLS 9.16"),
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
            *("DASH boundaries", "CONTENT length"),
        },
        changes.video_heads(TOP, samples=100, ticks=400),
    ),
    ("IDRs are 4 s apart", {"HLS 1.13"}, changes.video_heads(TOP, sync_at=())),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what
