"""Rules about how files are served."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.sample import CACHED, SOURCE_KEY, publish
from transcoding.conformance import Headers, check

_KEY = SOURCE_KEY


BREACHES: list[Breach] = [
    (
        "a playlist is stored as it is",
        {"HLS 10.1"},
        changes.headers(
            f"{_KEY}/h264-low/iframes.m3u8",
            Headers("application/vnd.apple.mpegurl", "", CACHED),
        ),
    ),
    (
        "a segment of sound is served as video",
        {"DELIVERY content type"},
        changes.headers(f"{_KEY}/aac-1/00005.m4s", Headers("video/mp4", "", CACHED)),
    ),
    (
        "an init segment is cached for a minute",
        {"DELIVERY immutable"},
        changes.headers(f"{_KEY}/aac-1/init.mp4", Headers("audio/mp4", "", "max-age=60")),
    ),
    (
        "the manifest is cached for ever",
        {"DELIVERY stable names"},
        changes.headers("manifest.mpd", Headers("application/dash+xml", "", CACHED)),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what


def test_headers_of_published_stable_names_are_checked() -> None:
    """Once master and manifest are in storage, the rule about them applies and passes."""
    change = changes.both(
        changes.headers(
            "master.m3u8", Headers("application/vnd.apple.mpegurl", "gzip", "max-age=10")
        ),
        changes.headers("manifest.mpd", Headers("application/dash+xml", "", "max-age=10")),
    )
    results = {result.rule: result for result in check(change(publish()))}
    assert (results["DELIVERY stable names"].applies, failed(change(publish()))) == (
        True,
        set(),
    )
