"""The gate as a whole: what passes, what stops a publish, and what it makes of broken files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import ALWAYS_REPORTED, failed
from tests.transcoding.conformance.rules import (
    test_content,
    test_dash,
    test_delivery,
    test_hls,
    test_hls_media,
    test_media,
)
from tests.transcoding.conformance.sample import MANIFEST, MASTER, SOUND, TOP, publish
from transcoding.conformance import PublishedFiles, check, failures
from transcoding.conformance.gate import RULES


def test_a_sound_publish_passes_every_rule_but_two() -> None:
    """Only the two SHOULD rules that are known to be broken are reported."""
    results = check(publish())
    assert {r.rule for r in results if not r.passed} == ALWAYS_REPORTED
    assert failures(results) == ()


def test_every_rule_is_breached_once() -> None:
    """No rule is without a row above; the two that always fail are tested on their own."""
    modules = (test_hls, test_hls_media, test_dash, test_media, test_content, test_delivery)
    breached = {rule for m in modules for _, rules, _ in m.BREACHES for rule in rules}
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
        plan=files.plan.model_copy(update={"audio": ()}),
    )


def test_rules_about_sound_do_not_apply_to_a_silent_source() -> None:
    """Without sound those rules say so, and the rest still passes."""
    results = check(_silent())
    silent = {r.rule for r in results if r.detail == "the source has no audio" and not r.applies}
    assert silent == {
        *("HLS 8.9", "HLS 8.10", "HLS 2.3", "HLS 8.3", "HLS 2.18"),
        *("CONTENT length", "CONTENT start", "CONTENT audio samples"),
    }
    assert {r.rule for r in results if not r.passed} == {"HLS 6.2"}


def test_what_is_not_there_does_not_apply() -> None:
    """Captions, HEVC and stable names have no part in the sample."""
    results = check(publish())
    assert [result.rule for result in results if not result.applies] == [
        *("HLS 5.2", "HLS 5.3", "HLS 5.5", "HLS 4.5", "HLS 4.6"),
        *("HLS 1.5", "DELIVERY stable names"),
    ]
