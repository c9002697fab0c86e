"""A DASH manifest read back into exact values (ISO/IEC 23009-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from defusedxml import ElementTree

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAMESPACE = "{urn:mpeg:dash:schema:mpd:2011}"
_ADDRESSING = ("SegmentBase", "SegmentList", "SegmentTemplate")
_MAX_SEGMENTS = 1_000_000
_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_IDENTIFIER = re.compile(r"\$(?:(\w+)(?:%0(\d+)d)?)?\$")
_DURATION_ATTRIBUTES = frozenset(
    {
        *("mediaPresentationDuration", "minBufferTime", "maxSegmentDuration", "start"),
        *("maxSubsegmentDuration", "timeShiftBufferDepth", "minimumUpdatePeriod"),
        *("suggestedPresentationDelay",),
    }
)


@dataclass(frozen=True)
class Representation:
    """A Representation with what it inherits from its AdaptationSet.

    Attributes:
        set_number: of its AdaptationSet, from 1.
        media_type: contentType, or else the first part of mimeType.
        addressing: kinds of addressing that apply to it: "SegmentTimeline", "SegmentList", ...
        timescale: None when it is not stated.
        init_uri: relative to the manifest.
        first_uri, last_uri: of its segments, relative to the manifest; "" when it has none.
        timeline: start and duration of each segment in ticks.
        offset: presentationTimeOffset in ticks.
        starts_with_sap: startWithSAP, 0 when it is not stated.
    """

    set_number: int
    id: str
    media_type: str
    codecs: str
    addressing: frozenset[str]
    timescale: int | None
    init_uri: str
    first_uri: str
    last_uri: str
    timeline: tuple[tuple[int, int], ...]
    offset: int
    starts_with_sap: int

    @property
    def spans_s(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """Start and end of each segment in seconds."""
        scale = self.timescale or 1
        return tuple(
            (Fraction(start, scale), Fraction(start + duration, scale))
            for start, duration in self.timeline
        )


@dataclass(frozen=True)
class Manifest:
    """Attributes:
    type: "static" or "dynamic"; "static" when it is not stated.
    duration_s: mediaPresentationDuration; None when it is not stated.
    periods: how many there are.
    period_start: as it is written; "" when it is not.
    durations: all durations in it, as they are written.
    """

    type: str
    duration_s: Fraction | None
    periods: int
    period_start: str
    durations: tuple[str, ...]
    representations: tuple[Representation, ...]

    @property
    def sets(self) -> tuple[tuple[Representation, ...], ...]:
        """The Representations of each AdaptationSet."""
        numbers = sorted({r.set_number for r in self.representations})
        return tuple(
            tuple(r for r in self.representations if r.set_number == number) for number in numbers
        )


def read_duration_s(text: str) -> Fraction:
    """Read an ISO 8601 duration of days, hours, minutes and seconds.

    Raises:
        ValueError: it is none, or it has years or months, whose length nobody knows.
    """
    match = _DURATION.fullmatch(text)
    if not match or not any(match.groups()):
        raise ValueError(f"{text!r} is no duration of days, hours, minutes and seconds")
    days, hours, minutes, seconds = (Fraction(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def read_manifest(text: str) -> Manifest:
    """Read an MPD.

    Raises:
        ValueError: it is not an MPD, or a number in it is none.
        xml.etree.ElementTree.ParseError: it is not XML.
    """
    root: Element = ElementTree.fromstring(text)
    if root.tag != _NAMESPACE + "MPD":
        raise ValueError(f"the root element is {root.tag}")
    periods = _children(root, "Period")
    duration = root.get("mediaPresentationDuration")
    return Manifest(
        type=root.get("type", "static"),
        duration_s=read_duration_s(duration) if duration else None,
        periods=len(periods),
        period_start=periods[0].get("start", "") if periods else "",
        durations=tuple(_durations(root)),
        representations=tuple(
            representation
            for period in periods
            for number, adaptation_set in enumerate(_children(period, "AdaptationSet"), 1)
            for representation in _representations(root, period, adaptation_set, number)
        ),
    )


def _children(element: Element, name: str) -> list[Element]:
    return element.findall(_NAMESPACE + name)


def _durations(root: Element) -> Iterator[str]:
    for element in root.iter():
        names = set(element.attrib) & _DURATION_ATTRIBUTES
        if element.tag == _NAMESPACE + "Period":
            names |= set(element.attrib) & {"duration"}
        yield from (element.attrib[name] for name in sorted(names))


def _representations(
    root: Element, period: Element, adaptation_set: Element, number: int
) -> Iterator[Representation]:
    for element in _children(adaptation_set, "Representation"):
        base = ""
        for level in (root, period, adaptation_set, element):
            for url in _children(level, "BaseURL")[:1]:
                base = urljoin(base, url.text or "")
        levels = (element, adaptation_set, period)
        templates = [t for level in levels for t in _children(level, "SegmentTemplate")]

        def inherited(name: str, default: str = "", element: Element = element) -> str:
            return element.get(name) or adaptation_set.get(name) or default

        def template(name: str, default: str = "", templates: list[Element] = templates) -> str:
            return next((t.get(name, "") for t in templates if t.get(name)), default)

        timelines = [line for t in templates for line in _children(t, "SegmentTimeline")]
        timeline = tuple(_timeline(timelines[0])) if timelines else ()
        first = int(template("startNumber", "1"))
        identifier = element.get("id", "")
        timescale = template("timescale")
        uris = [
            urljoin(base, _expand(template("media"), identifier, first + index, time))
            for index, (time, _) in enumerate(timeline)
            if index in (0, len(timeline) - 1)
        ]
        yield Representation(
            set_number=number,
            id=identifier,
            media_type=inherited("contentType") or inherited("mimeType").partition("/")[0],
            codecs=inherited("codecs").lower(),
            addressing=_addressing(levels),
            timescale=int(timescale) if timescale else None,
            init_uri=urljoin(base, _expand(template("initialization"), identifier, first, 0)),
            first_uri=uris[0] if uris else "",
            last_uri=uris[-1] if uris else "",
            timeline=timeline,
            offset=int(template("presentationTimeOffset", "0")),
            starts_with_sap=int(inherited("startWithSAP", "0")),
        )


def _addressing(levels: tuple[Element, ...]) -> frozenset[str]:
    kinds = set()
    for level in levels:
        for name in _ADDRESSING:
            for element in _children(level, name):
                with_timeline = bool(_children(element, "SegmentTimeline"))
                kinds.add("SegmentTimeline" if with_timeline else name)
    # A template without a timeline that refines one with it is not a mode of its own.
    return frozenset(kinds - {"SegmentTemplate"} if "SegmentTimeline" in kinds else kinds)


def _timeline(element: Element) -> Iterator[tuple[int, int]]:
    time = count = 0
    for entry in _children(element, "S"):
        time = int(entry.get("t", time))
        duration, repeats = int(entry.attrib["d"]), int(entry.get("r", 0))
        count += repeats + 1
        if repeats < 0 or duration <= 0 or count > _MAX_SEGMENTS:
            raise ValueError(f"SegmentTimeline has d={duration} r={repeats}")
        for _ in range(repeats + 1):
            yield time, duration
            time += duration


def _expand(template: str, identifier: str, number: int, time: int) -> str:
    """Fill in a template (ISO/IEC 23009-1, 5.3.9.4.4)."""
    values: dict[str, str | int] = {"RepresentationID": identifier, "Number": number, "Time": time}

    def fill(match: re.Match[str]) -> str:
        name, width = match.groups()
        if name is None:
            return "$"
        if name not in values:
            raise ValueError(f"${name}$ in a template")
        return str(values[name]).zfill(int(width or 0))

    return _IDENTIFIER.sub(fill, template)
