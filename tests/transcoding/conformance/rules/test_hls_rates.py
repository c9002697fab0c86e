"""Rules about the rates that the multivariant playlist states."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.sample import LOW, MASTER, publish

_LOW_ENTRY = MASTER[
    MASTER.index("#EXT-X-STREAM-INF:BANDWIDTH=629381") : MASTER.index(
        "#EXT-X-STREAM-INF:BANDWIDTH=3129381"
    )
]

BREACHES: list[Breach] = [
    (
        "AVERAGE-BANDWIDTH is a fifth too low",
        {"HLS 1.26"},
        changes.master("AVERAGE-BANDWIDTH=628000", "AVERAGE-BANDWIDTH=502000"),
    ),
    (
        "BANDWIDTH is 12 % too high",
        {"HLS 1.27"},
        changes.master("BANDWIDTH=629381", "BANDWIDTH=705000"),
    ),
    (
        "BANDWIDTH is 5 % lower than the sum of peaks",
        {"HLS 9.13"},
        changes.master("BANDWIDTH=629381", "BANDWIDTH=598000"),
    ),
    (
        "BANDWIDTH leaves the sound out",
        {"HLS 9.13", "HLS 1.27"},
        changes.master("BANDWIDTH=629381", "BANDWIDTH=500000"),
    ),
    (
        "AVERAGE-BANDWIDTH is missing",
        {"HLS 9.14", "HLS 1.26"},
        changes.master("AVERAGE-BANDWIDTH=628000,", ""),
    ),
    (
        "a rung's peak is three times its average",
        {"HLS 1.30"},
        changes.both(
            changes.resize(LOW, (125_000, 125_000, 125_000, 125_000, 750_000)),
            changes.master("BANDWIDTH=629381", "BANDWIDTH=1629381"),
        ),
    ),
    (
        "the lowest variant is first",
        {"HLS 1.32"},
        changes.both(
            changes.master(_LOW_ENTRY, ""),
            changes.master(
                "#EXT-X-STREAM-INF:BANDWIDTH=2529381",
                _LOW_ENTRY + "#EXT-X-STREAM-INF:BANDWIDTH=2529381",
            ),
        ),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what
