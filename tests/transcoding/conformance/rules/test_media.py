"""Rules about init segments and movie fragments."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.media_bytes import video_init
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
            *("DASH timeline", "DASH boundaries", "CONTENT chunks"),
        },
        changes.second_head(MID, decode_time=101_000),
    ),
    (
        "a rung starts 40 ms late",
        {
            *("CMAF decode time", "CONTENT start", "CONTENT chunks", "HLS 8.22"),
            *("DASH timeline", "DASH boundaries"),
        },
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
        changes.expected(segment_s=Fraction(98, 25)),
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
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what
