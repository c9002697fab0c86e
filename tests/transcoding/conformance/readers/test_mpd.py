"""The gate's reader of manifests."""

from __future__ import annotations

from fractions import Fraction

import pytest
from defusedxml import DefusedXmlException

from tests.transcoding.conformance.sample import MANIFEST
from transcoding.conformance.readers.mpd import read_duration_s, read_manifest


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT20.02S", Fraction(2002, 100)), ("PT1H2M3S", Fraction(3723)), ("P1DT1S", Fraction(86_401))],
)
def test_durations_are_exact(text: str, seconds: Fraction) -> None:
    """Days, hours, minutes and seconds have one length each."""
    assert read_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["P1Y", "P1M", "P1M1D", "PT", "P", "", "20", "-PT1S"])
def test_inexact_durations_are_errors(text: str) -> None:
    """Years and months have no fixed length, and the rest is no duration."""
    with pytest.raises(ValueError, match="no duration"):
        read_duration_s(text)


def test_base_urls_and_times_are_part_of_addresses() -> None:
    """BaseURL elements are joined, and templates may count by time."""
    text = MANIFEST.replace('<Period id="1" start="PT0S">', "<Period><BaseURL>x/</BaseURL>")
    text = text.replace("aac-1/$Number%05d$.m4s", "aac-1/$Time$-$$.m4s")
    sound = read_manifest(text).representations[-1]
    assert sound.init_uri == "x/~32d74fe09a60/aac-1/init.mp4"
    assert sound.last_uri == "x/~32d74fe09a60/aac-1/770048-$.m4s"


@pytest.mark.parametrize("entry", ['<S d="1" r="-1"/>', '<S d="0"/>', '<S d="1" r="9999999"/>'])
def test_open_and_endless_timelines_are_errors(entry: str) -> None:
    """Every segment has to be listed, and no number of them is believed blindly."""
    with pytest.raises(ValueError, match="SegmentTimeline has"):
        read_manifest(MANIFEST.replace('<S t="0" d="100000" r="4"/>', entry))


def test_entities_are_refused() -> None:
    """A manifest that defines entities is hostile."""
    with pytest.raises(DefusedXmlException):
        read_manifest('<!DOCTYPE MPD [<!ENTITY a "a">]><MPD>&a;</MPD>')
