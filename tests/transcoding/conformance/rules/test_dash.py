"""Rules about the manifest."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.sample import MID, SOURCE_KEY, publish

_KEY = SOURCE_KEY
_TIMELINE = '<S t="0" d="100000" r="4"/>'
_LOW_REPRESENTATION = (
    '<Representation id="h264-low" codecs="avc1.64001e" bandwidth="500000" width="320"/>'
)
_OTHER_TEMPLATE = f"""<Representation id="h264-low" codecs="avc1.64001e">
  <SegmentTemplate timescale="25000" initialization="{_KEY}/h264-low/init.mp4"
    media="{_KEY}/h264-low/$Number%05d$.m4s">
    <SegmentTimeline><S t="0" d="101000"/><S d="99000"/><S d="100000" r="2"/></SegmentTimeline>
  </SegmentTemplate></Representation>"""


BREACHES: list[Breach] = [
    ("a representation is missing", {"DASH files"}, changes.manifest(_LOW_REPRESENTATION, "")),
    (
        "the last segment is left out",
        {"DASH files", "DASH timeline", "DASH period covered"},
        changes.manifest(_TIMELINE, '<S t="0" d="100000" r="3"/>'),
    ),
    (
        "a timeline has a gap",
        {"DASH gap", "DASH timeline"},
        changes.manifest(
            _TIMELINE,
            '<S t="0" d="100000"/><S t="101000" d="99000"/>\
<S t="200000" d="100000" r="2"/>',
        ),
    ),
    (
        "a timeline disagrees with the segments",
        {"DASH timeline"},
        changes.manifest(_TIMELINE, '<S t="0" d="101000"/><S d="99000"/><S d="100000" r="2"/>'),
    ),
    (
        "the Period is longer than its segments",
        {"DASH period covered"},
        changes.manifest('"PT20S"', '"PT20.002S"'),
    ),
    (
        "a representation has a second way to be addressed",
        {"DASH addressing"},
        changes.manifest(
            _LOW_REPRESENTATION,
            _LOW_REPRESENTATION.replace("/>", '><SegmentBase indexRange="0-99"/></Representation>'),
        ),
    ),
    ("the manifest is dynamic", {"DASH static"}, changes.manifest('"static"', '"dynamic"')),
    (
        "the Period starts late",
        {"DASH period start"},
        changes.manifest('start="PT0S"', 'start="PT1S"'),
    ),
    (
        "the sound has no timescale",
        {"DASH timescale", "DASH timeline", "DASH period covered"},
        changes.manifest('timescale="48000" ', ""),
    ),
    ("a duration is in months", {"DASH durations"}, changes.manifest('"PT4.1S"', '"P1M"')),
    (
        "access points are not signalled",
        {"DASH SAP"},
        changes.manifest('lang="en" startWithSAP="1"', 'lang="en"'),
    ),
    (
        "a picture is shown before the first one",
        {"DASH SAP"},
        changes.second_head(MID, offsets=(1, -1)),
    ),
    (
        "codecs are another",
        {"DASH codecs"},
        changes.manifest(
            _LOW_REPRESENTATION, _LOW_REPRESENTATION.replace("avc1.64001e", "avc1.640029")
        ),
    ),
    (
        "a set mixes profiles",
        {"DASH switching set", "DASH codecs"},
        changes.manifest(
            _LOW_REPRESENTATION, _LOW_REPRESENTATION.replace("avc1.64001e", "avc1.4d401e")
        ),
    ),
    (
        "boundaries differ within a set",
        {"DASH boundaries", "DASH timeline"},
        changes.manifest(_LOW_REPRESENTATION, _OTHER_TEMPLATE),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what
