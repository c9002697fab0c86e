"""Rules about media and I-frame playlists."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.sample import LOW, MID, SOUND, TOP, publish


def _everywhere(change: str, new: str) -> Change:
    return changes.both(*(changes.playlist(key, change, new) for key in (LOW, MID, TOP, SOUND)))


BREACHES: list[Breach] = [
    ("a playlist has no end", {"HLS form"}, changes.playlist(LOW, "#EXT-X-ENDLIST\n", "")),
    (
        "a playlist is of version 4",
        {"HLS form"},
        changes.playlist(SOUND, "#EXT-X-VERSION:7", "#EXT-X-VERSION:4"),
    ),
    (
        "a playlist names a segment that is not there",
        {"HLS segments"},
        changes.playlist(MID, "00005.m4s", "00006.m4s"),
    ),
    (
        "an EXTINF is 2 ms too long",
        {"HLS EXTINF"},
        changes.playlist(MID, "#EXTINF:4.000000,\n00003", "#EXTINF:4.002000,\n00003"),
    ),
    (
        "target durations are 1 s too short",
        {"HLS 7.7"},
        _everywhere("TARGETDURATION:4", "TARGETDURATION:3"),
    ),
    (
        "an I-frame playlist is 60 ms short",
        {"HLS 8.1"},
        changes.iframes(
            MID,
            "#EXTINF:4.000000,\n#EXT-X-BYTERANGE:25005",
            "#EXTINF:3.940000,\n#EXT-X-BYTERANGE:25005",
        ),
    ),
    (
        "the sound has a target duration of its own",
        {"HLS 8.2"},
        changes.playlist(SOUND, "TARGETDURATION:4", "TARGETDURATION:5"),
    ),
    (
        "the sound's playlist is 57 ms long",
        {"HLS 8.3", "HLS 8.1", "HLS EXTINF"},
        changes.playlist(SOUND, "3.957333", "4.014000"),
    ),
    (
        "a playlist is an event",
        {"HLS 8.6"},
        changes.playlist(LOW, "PLAYLIST-TYPE:VOD", "PLAYLIST-TYPE:EVENT"),
    ),
    (
        "an I-frame playlist has no init segment",
        {"HLS 8.20"},
        changes.iframes(LOW, '#EXT-X-MAP:URI="init.mp4"\n', ""),
    ),
    (
        "one rung has a break",
        {"HLS 8.13-8.15"},
        changes.playlist(LOW, "00003.m4s\n", "00003.m4s\n#EXT-X-DISCONTINUITY\n"),
    ),
    (
        "an I-frame playlist does not say what it is",
        {"HLS 6.8"},
        changes.iframes(TOP, "#EXT-X-I-FRAMES-ONLY\n", ""),
    ),
    (
        "a byte range leaves the moof out",
        {"HLS 6.10"},
        changes.iframes(TOP, "25002@0", "23000@1324"),
    ),
    (
        "a byte range cuts the I-frame off",
        {"HLS 6.10"},
        changes.iframes(TOP, "25002@0", "20900@0"),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what
