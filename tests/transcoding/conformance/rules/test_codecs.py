"""Rules about one codec each."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.media_bytes import video_init
from tests.transcoding.conformance.sample import TOP, publish

BREACHES: list[Breach] = [
    ("a rung has 10 bits", {"HLS 1.3b"}, changes.init(TOP, video_init(640, 360, extra_bits=2))),
    (
        "a rung is of level 6.2",
        {"HLS 1.3b", "HLS 9.1", "HLS 9.3", "DASH codecs", "CMAF init"},
        changes.init(TOP, video_init(640, 360, level=62)),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what
