"""The gate as a whole: what passes, what stops a publish, and what it makes of broken files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.transcoding.conformance import changes, test_sound_alone
from tests.transcoding.conformance.changes import ALWAYS_REPORTED, failed
from tests.transcoding.conformance.rules import (
    test_codecs,
    test_content,
    test_dash,
    test_delivery,
    test_hls,
    test_hls_media,
    test_hls_rates,
    test_hls_renditions,
    test_media,
    test_picture,
)
from tests.transcoding.conformance.sample import LOW, MANIFEST, MASTER, MID, SOUND, TOP, publish
from transcoding.conformance import PublishedFiles, check, failures
from transcoding.conformance.gate import RULES

_BREACHES = (
    *(test_hls.BREACHES + test_hls_rates.BREACHES + test_hls_renditions.BREACHES),
    *(test_hls_media.BREACHES + test_dash.BREACHES + test_media.BREACHES),
    *(test_picture.BREACHES + test_codecs.BREACHES + test_content.BREACHES),
    *(test_delivery.BREACHES + test_sound_alone.BREACHES),
)

_MUST = (
    *("HLS files", "HLS form", "HLS segments", "HLS EXTINF", "HLS sound alone"),
    *("HLS 1.3b", "HLS 1.5", "HLS 1.14", "HLS 1.19", "HLS 1.26", "HLS 1.27", "HLS 2.3"),
    *("HLS 4.5", "HLS 4.6", "HLS 5.2", "HLS 5.3", "HLS 5.5", "HLS 6.1", "HLS 6.8", "HLS 6.10"),
    *("HLS 7.3", "HLS 7.4", "HLS 7.7", "HLS 8.1", "HLS 8.2", "HLS 8.3", "HLS 8.6", "HLS 8.9"),
    *("HLS 8.10", "HLS 8.13-8.15", "HLS 8.20", "HLS 9.1", "HLS 9.2", "HLS 9.3", "HLS 9.4"),
    *("HLS 9.9", "HLS 9.12", "HLS 9.13", "HLS 9.14", "HLS 9.15", "HLS 9.16", "HLS 10.1"),
    *("DASH files", "DASH gap", "DASH timeline", "DASH period covered", "DASH addressing"),
    *("DASH static", "DASH period start", "DASH timescale", "DASH durations", "DASH SAP"),
    *("DASH codecs", "DASH switching set", "DASH boundaries"),
    *("CMAF init", "CMAF segment", "CMAF decode time", "CMAF presentation"),
    *("CMAF fragment duration", "CMAF trun"),
    *("CONTENT renditions", "CONTENT frames", "CONTENT chunks", "CONTENT seam", "CONTENT length"),
    *("CONTENT start", "CONTENT audio samples", "CONTENT audio frames", "CONTENT decoded"),
    *("CONTENT never upscaled", "CONTENT aspect", "CONTENT even"),
    *("DELIVERY content type", "DELIVERY immutable", "DELIVERY stable names"),
)
_SHOULD = (
    *("HLS 1.13", "HLS 1.30", "HLS 1.32", "HLS 1.33", "HLS 2.18", "HLS 6.2", "HLS 8.22"),
    "HLS 9.10",
)


def test_no_rule_is_lost_or_weakened() -> None:
    """A rule that goes, or changes its level, is taken from this list by hand."""
    expected = [(rule, "MUST") for rule in _MUST] + [(rule, "SHOULD") for rule in _SHOULD]
    assert sorted((rule.name, rule.level) for rule in RULES) == sorted(expected)


def test_a_sound_publish_passes_every_rule_but_two() -> None:
    """Only the two SHOULD rules that are known to be broken are reported."""
    results = check(publish())
    assert {r.rule for r in results if not r.passed} == ALWAYS_REPORTED
    assert failures(results) == ()


def test_every_rule_is_breached_once() -> None:
    """No rule is without a row above; the two that always fail are tested on their own."""
    breached = {rule for _, rules, _ in _BREACHES for rule in rules}
    assert {rule.name for rule in RULES} - breached == ALWAYS_REPORTED


def test_only_a_broken_must_stops_a_publish() -> None:
    """A MUST is among the failures, a SHOULD is only reported."""
    must = changes.master("#EXT-X-INDEPENDENT-SEGMENTS\n", "")(publish())
    should = changes.video_heads(TOP, sync_at=())(publish())
    assert [result.rule for result in failures(check(must))] == ["HLS 9.12"]
    assert failures(check(should)) == ()


def test_a_rule_that_cannot_finish_has_not_been_passed() -> None:
    """A damaged init segment fails the rules that need it, with the reason."""
    broken = changes.init(TOP, b"\0\0\0\x40moov")(publish())
    results = {result.rule: result for result in check(broken)}
    assert results["CMAF init"].detail == ("ValueError: 'moov' at 0 claims 64 bytes, 8 are there")
    assert results["CONTENT even"].passed is False
    assert results["HLS 9.12"].passed is True


@pytest.mark.parametrize("part", ["master", "manifest"])
def test_empty_text_fails_and_raises_nothing(part: str) -> None:
    """An empty playlist or manifest is a failure of its rules, not of the gate."""
    rule = {"master": "HLS files", "manifest": "DASH files"}[part]
    files = publish()
    empty = replace(files, master="") if part == "master" else replace(files, manifest="")
    assert rule in failed(empty)


def test_no_renditions_fail_and_raise_nothing() -> None:
    """A publish of nothing does not pass."""
    assert "CONTENT renditions" in failed(replace(publish(), renditions=()))


def _silent() -> PublishedFiles:
    line = next(x for x in MASTER.splitlines() if x.startswith("#EXT-X-MEDIA"))
    text = MASTER.replace(line + "\n", "").replace('AUDIO="audio",', "")
    text = text.replace(",mp4a.40.2", "").replace(
        "=2529381,AVERAGE-BANDWIDTH=2208000", "=2400000,AVERAGE-BANDWIDTH=2080000"
    )
    text = text.replace("=629381,AVERAGE-BANDWIDTH=628000", "=500000,AVERAGE-BANDWIDTH=500000")
    start = MANIFEST.index('<AdaptationSet contentType="audio"')
    end = MANIFEST.index("</Period>")
    files = changes.without(SOUND)(publish())
    return replace(
        files,
        master=text,
        manifest=MANIFEST[:start] + MANIFEST[end:],
        expected=replace(files.expected, audio=()),
    )


def test_rules_about_sound_do_not_apply_to_a_silent_source() -> None:
    """Without sound those rules say so, and the rest still passes."""
    results = check(_silent())
    silent = {r.rule for r in results if r.detail == "there is no sound" and not r.applies}
    assert silent == {
        *("HLS 8.9", "HLS 8.10", "HLS 2.3", "HLS 8.3", "HLS 2.18"),
        *("CONTENT length", "CONTENT start", "CONTENT audio samples", "CONTENT audio frames"),
    }
    assert {r.rule for r in results if not r.passed} == {"HLS 6.2"}


def test_what_is_not_there_does_not_apply() -> None:
    """Captions, HEVC and stable names have no part in the sample, and the report says so."""
    results = check(publish())
    assert {result.rule: result.detail for result in results if not result.applies} == {
        **dict.fromkeys(
            ("HLS 5.2", "HLS 5.3", "HLS 5.5", "HLS 4.5", "HLS 4.6"), "no captions are published"
        ),
        "HLS sound alone": "there is a picture",
        "HLS 1.5": "no picture is HEVC",
        "DELIVERY stable names": "the stable names are not published yet",
    }


def test_one_chunk_has_no_seams() -> None:
    """The rule about seams says why it does not apply."""
    tracks = {key: changes.expected_track(key, chunk_count=1) for key in (LOW, MID, TOP)}
    results = {r.rule: r for r in check(changes.both(*tracks.values())(publish()))}
    assert results["CONTENT seam"].applies is False
    assert results["CONTENT seam"].detail == "no picture in several chunks, so no seams"


def test_what_is_planned_and_missing_is_still_asked_for() -> None:
    """Without a single rung the rules about pictures apply, and the publish does not pass."""
    files = changes.both(*(changes.without(key) for key in (LOW, MID, TOP)))(publish())
    results = {r.rule: r for r in check(files)}
    assert results["HLS 9.2"].applies is True
    assert {"CONTENT renditions", "HLS files", "DASH files"} <= failed(files)


def test_nothing_at_all_does_not_pass() -> None:
    """Where nothing was planned either, most rules have nothing to say; one does."""
    files = replace(publish(), renditions=())
    assert "CONTENT renditions" in failed(changes.expected(video=(), audio=())(files))
