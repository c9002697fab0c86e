"""The gate on a publish without a picture: two sounds, each in two chunks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.media_bytes import audio_head
from tests.transcoding.conformance.sample import OTHER_SOUND, SOUND, publish, publish_sound
from transcoding.conformance import check, failures

_VARIANT = "#EXT-X-STREAM-INF:BANDWIDTH=129381"
_ENTRY = (
    '#EXT-X-STREAM-INF:BANDWIDTH=129381,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2",AUDIO="audio"\n'
    "~32d74fe09a60/aac-1/media.m3u8\n"
)
_IFRAMES = (
    '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=50000,CODECS="mp4a.40.2",'
    'URI="~32d74fe09a60/aac-1/iframes.m3u8"\n'
)


BREACHES: list[Breach] = [
    (
        "a variant has a RESOLUTION",
        {"HLS sound alone"},
        changes.master(_VARIANT, f"{_VARIANT},RESOLUTION=640x360"),
    ),
    (
        "a variant has a FRAME-RATE",
        {"HLS sound alone"},
        changes.master(_VARIANT, f"{_VARIANT},FRAME-RATE=25.000"),
    ),
    (
        "a variant is not in the group that it names",
        {"HLS sound alone"},
        changes.master('GROUP-ID="audio",NAME="English"', 'GROUP-ID="main",NAME="English"'),
    ),
    (
        "a variant names a group that is not there",
        {"HLS sound alone", "HLS 8.9"},
        changes.master('"mp4a.40.2",AUDIO="audio"', '"mp4a.40.2",AUDIO="sounds"'),
    ),
    (
        "I-frames of sound are listed",
        {"HLS sound alone", "HLS files"},
        changes.master(_ENTRY, _ENTRY + _IFRAMES),
    ),
    (
        "a variant names a playlist that is not published",
        {"HLS sound alone", "HLS files"},
        changes.master("\n~32d74fe09a60/aac-1/media.m3u8", "\n~32d74fe09a60/aac-3/media.m3u8"),
    ),
    ("a variant is listed twice", {"HLS files"}, changes.master(_ENTRY, _ENTRY * 2)),
    (
        "a sound is not in its group",
        {"HLS files", "HLS 8.9"},
        changes.master(
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Deutsch",LANGUAGE="de",DEFAULT=NO,'
            'AUTOSELECT=YES,CHANNELS="2",URI="~32d74fe09a60/aac-2/media.m3u8"\n',
            "",
        ),
    ),
    (
        "BANDWIDTH is the sum of two sounds, of which one plays",
        {"HLS 1.27"},
        changes.master("=129381", "=226417"),
    ),
    (
        "BANDWIDTH is that of the smaller sound",
        {"HLS 1.27", "HLS 9.13"},
        changes.master("=129381", "=97036"),
    ),
    (
        "AVERAGE-BANDWIDTH is that of the smaller sound",
        {"HLS 1.26"},
        changes.master("=128000", "=96000"),
    ),
    ("a variant has no CODECS", {"HLS 9.1"}, changes.master('CODECS="mp4a.40.2",', "")),
    ("a sound has another language", {"HLS 8.10"}, changes.master('"de"', '"fr"')),
    (
        "one sound has a break",
        {"HLS 8.13-8.15"},
        changes.playlist(SOUND, "00003.m4s\n", "00003.m4s\n#EXT-X-DISCONTINUITY\n"),
    ),
    (
        "two sounds have their break in different places",
        {"HLS 8.13-8.15"},
        changes.both(
            changes.playlist(SOUND, "00003.m4s\n", "00003.m4s\n#EXT-X-DISCONTINUITY\n"),
            changes.playlist(OTHER_SOUND, "00002.m4s\n", "00002.m4s\n#EXT-X-DISCONTINUITY\n"),
        ),
    ),
    (
        "one sound is 30 ms shorter",
        {
            *("CONTENT length", "CONTENT audio samples", "CONTENT chunks", "HLS EXTINF"),
            *("HLS 8.1", "DASH timeline"),
        },
        changes.head(OTHER_SOUND, 5, audio_head(770_048, 48_000, samples=185, last=96)),
    ),
    (
        "one playlist is 30 ms longer",
        {"HLS 8.3", "HLS 8.1", "HLS EXTINF"},
        changes.playlist(OTHER_SOUND, "3.957333", "3.987333"),
    ),
    (
        "the second chunk starts a frame late",
        {"CMAF decode time", "HLS 7.3", "DASH timeline", "CONTENT chunks"},
        changes.head(SOUND, 4, audio_head(578_560, 64_000, samples=188)),
    ),
    (
        "the second chunk has another init segment",
        {"CMAF init"},
        changes.record(SOUND, 1, init_sha256="00"),
    ),
    (
        "the second chunk has no record",
        {"CONTENT chunks", "CONTENT decoded"},
        changes.rendition(SOUND, lambda r: {"records": r.records[:1]}),
    ),
    (
        "the chunks are in the wrong order",
        {"CONTENT chunks", "CONTENT decoded"},
        changes.rendition(SOUND, lambda r: {"records": r.records[::-1]}),
    ),
    (
        "the second chunk is recorded a frame late",
        {"CONTENT chunks"},
        changes.segment(SOUND, 4, decode_time=578_560),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish_sound())) == rules, what


def test_it_passes_every_rule_but_one() -> None:
    """Loudness is not measured; every MUST holds."""
    results = check(publish_sound())
    assert {r.rule for r in results if not r.passed} == {"HLS 2.18"}
    assert failures(results) == ()


def test_rules_about_pictures_do_not_apply() -> None:
    """Without a picture those rules say so, several variants among them (9.9 is about video)."""
    results = check(publish_sound())
    assert {r.rule for r in results if r.detail == "there is no picture" and not r.applies} == {
        *("HLS 9.2", "HLS 9.15", "HLS 9.3", "HLS 9.4", "HLS 6.1", "HLS 9.16", "HLS 9.9"),
        *("HLS 9.10", "HLS 1.30", "HLS 1.32", "HLS 6.8", "HLS 6.10", "HLS 6.2", "HLS 7.4"),
        *("HLS 1.14", "HLS 1.19", "HLS 1.13", "HLS 8.22", "HLS 1.33"),
        *("CONTENT frames", "CONTENT never upscaled", "CONTENT aspect", "CONTENT even"),
    }
    assert {
        r.rule: r.detail for r in results if not r.applies and "no picture" not in r.detail
    } == {
        **dict.fromkeys(
            ("HLS 5.2", "HLS 5.3", "HLS 5.5", "HLS 4.5", "HLS 4.6"), "no captions are published"
        ),
        "HLS 1.3b": "no track is H.264",
        "DELIVERY stable names": "the stable names are not published yet",
    }


def test_no_variant_at_all_does_not_pass() -> None:
    """A multivariant playlist of EXT-X-MEDIA alone plays nowhere."""
    assert {"HLS files", "HLS sound alone"} <= failed(changes.master(_ENTRY, "")(publish_sound()))


def test_a_picture_that_was_not_planned_does_not_pass() -> None:
    """Rules about pictures apply to what is there, whatever was planned."""
    files = publish_sound()
    results = check(replace(files, renditions=(*files.renditions, publish().renditions[0])))
    found = {r.rule: r for r in results}
    assert found["CONTENT renditions"].passed is False
    assert (found["HLS 6.1"].applies, found["HLS 6.1"].passed) == (True, False)
