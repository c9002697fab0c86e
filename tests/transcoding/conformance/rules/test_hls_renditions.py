"""Rules about what plays beside the picture."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.media_bytes import audio_init
from tests.transcoding.conformance.sample import MASTER, SOUND, publish

_CAPTIONS = {"HLS 5.2", "HLS 5.3", "HLS 5.5"}
_TOP_ENTRY = MASTER[
    MASTER.index("#EXT-X-STREAM-INF:BANDWIDTH=3129381") : MASTER.index(
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=50000"
    )
]


def _captions(attributes: str) -> Change:
    line = f'#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="cc",LANGUAGE="en",{attributes}\n'
    return changes.master("#EXT-X-INDEPENDENT-SEGMENTS\n", "#EXT-X-INDEPENDENT-SEGMENTS\n" + line)


BREACHES: list[Breach] = [
    (
        "a variant names no audio group",
        {"HLS 8.9", "HLS 9.1"},
        changes.master(_TOP_ENTRY, _TOP_ENTRY.replace('AUDIO="audio",', "")),
    ),
    ("the sound is in another language", {"HLS 8.10"}, changes.master('"en"', '"de"')),
    ("the sound has no LANGUAGE", {"HLS 8.10"}, changes.master('LANGUAGE="en",', "")),
    (
        "no sound is stereo",
        {"HLS 2.3", "CONTENT audio samples"},
        changes.init(SOUND, audio_init(channels=6)),
    ),
    ("captions are listed, unread", _CAPTIONS, _captions('INSTREAM-ID="CC1"')),
    (
        "SDH captions have one of two characteristics",
        {"HLS 4.5", *_CAPTIONS},
        _captions(
            'AUTOSELECT=YES,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog"'
        ),
    ),
    (
        "SDH captions are never chosen by themselves",
        {"HLS 4.6", *_CAPTIONS},
        _captions(
            'CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,'
            'public.accessibility.describes-music-and-sound"'
        ),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what
