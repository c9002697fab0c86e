"""Rules about what the multivariant playlist lists."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.media_bytes import video_init
from tests.transcoding.conformance.sample import LOW, MASTER, MID, SOURCE_KEY, TOP, publish

_KEY = SOURCE_KEY
_LOW_ENTRY = MASTER[
    MASTER.index("#EXT-X-STREAM-INF:BANDWIDTH=629381") : MASTER.index(
        "#EXT-X-STREAM-INF:BANDWIDTH=3129381"
    )
]
_TOP_ENTRY = MASTER[
    MASTER.index("#EXT-X-STREAM-INF:BANDWIDTH=3129381") : MASTER.index(
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=50000"
    )
]
_MID_IFRAMES = f'#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=50000,CODECS="avc1.64001e",\
RESOLUTION=640x360,URI="{_KEY}/h264-mid/iframes.m3u8"\n'


def _all_inits(**options: object) -> Change:
    sizes = ((LOW, 320, 180), (MID, 640, 360), (TOP, 640, 360))
    return changes.both(
        *(changes.init(key, video_init(w, h, **options)) for key, w, h in sizes)  # type: ignore[arg-type]
    )


BREACHES: list[Breach] = [
    (
        "a variant names a folder that is not published",
        {"HLS files"},
        changes.master("/h264-top/media.m3u8", "/h264-old/media.m3u8"),
    ),
    (
        "CODECS leaves the sound out",
        {"HLS 9.1"},
        changes.master(
            'AVERAGE-BANDWIDTH=628000,CODECS="avc1.64001e,mp4a.40.2"',
            'AVERAGE-BANDWIDTH=628000,CODECS="avc1.64001e"',
        ),
    ),
    (
        "RESOLUTION is another",
        {"HLS 9.2"},
        changes.master("RESOLUTION=320x180,FRAME-RATE", "RESOLUTION=320x240,FRAME-RATE"),
    ),
    ("FRAME-RATE is another", {"HLS 9.15"}, changes.master("FRAME-RATE=12.500", "FRAME-RATE=25")),
    ("FRAME-RATE is missing", {"HLS 9.15"}, changes.master("FRAME-RATE=12.500,", "")),
    (
        "an I-frame variant has no CODECS",
        {"HLS 9.3"},
        changes.master('BANDWIDTH=50001,CODECS="avc1.64001e"', "BANDWIDTH=50001"),
    ),
    (
        "an I-frame variant has a FRAME-RATE",
        {"HLS 9.4"},
        changes.master("BANDWIDTH=50001,", "BANDWIDTH=50001,FRAME-RATE=1.000,"),
    ),
    (
        "an I-frame variant has no RESOLUTION",
        {"HLS 9.4"},
        changes.master("RESOLUTION=320x180,URI", "URI"),
    ),
    (
        "a rung's I-frame playlist is not listed",
        {"HLS 6.1", "HLS files"},
        changes.master(_MID_IFRAMES, ""),
    ),
    (
        "an SDR variant is marked as HDR",
        {"HLS 9.16"},
        changes.master("FRAME-RATE=12.500", "FRAME-RATE=12.500,VIDEO-RANGE=PQ"),
    ),
    ("the stream is HDR, unmarked", {"HLS 9.16"}, _all_inits(transfer=16)),
    (
        "independent segments are not stated",
        {"HLS 9.12"},
        changes.master("#EXT-X-INDEPENDENT-SEGMENTS\n", ""),
    ),
    (
        "only one variant is listed",
        {"HLS 9.9", "HLS 9.10", "HLS files"},
        changes.both(changes.master(_LOW_ENTRY, ""), changes.master(_TOP_ENTRY, "")),
    ),
    (
        "one variant alone claims the top resolution",
        {"HLS 9.10", "HLS 9.2"},
        changes.master(_TOP_ENTRY, _TOP_ENTRY.replace("640x360", "640x362")),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what
