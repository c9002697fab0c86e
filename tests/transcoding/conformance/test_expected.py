"""What the gate expects of a plan."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

from tests.transcoding.builders import a_timeline
from tests.transcoding.encoding import a_plan, a_rung, a_sound
from transcoding.conformance import Expected, ExpectedAudio, ExpectedVideo, expect
from transcoding.plan.plan import Plan
from transcoding.values import Value

_RATE = Fraction(60_000, 1001)


def _plan() -> Plan:
    """599 frames in chunks of 4 s, and the sound that lasts as long."""
    timeline = a_timeline(_RATE, 599, max_step=2, chunk_s=5)
    low, top = a_rung("low", timeline, step=2), a_rung("top", timeline, height=180)
    return a_plan(low, top, a_sound("sound", timeline))


class _OnlyFields:
    """A value of which only fields may be read, and of a job the name of its folder."""

    def __init__(self, value: Value) -> None:
        self._value = value

    def __getattr__(self, name: str) -> Any:
        kind = type(self._value)
        assert name in kind.model_fields or (kind.__name__, name) == ("Job", "source_key"), (
            f"{kind.__name__}.{name} is no field"
        )
        return _only_fields(getattr(self._value, name))


def _only_fields(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_only_fields(one) for one in value)
    return _OnlyFields(value) if isinstance(value, Value) else value


def test_half_the_rate_has_the_odd_frame_too() -> None:
    """599 frames are 300 at half the rate, in three chunks of 240 frames of the source."""
    plan = _plan()
    folder = plan.job.source_key
    assert expect(plan) == Expected(
        name="clips/a.mp4",
        source_width=320,
        source_height=180,
        frame_rate=Fraction(60_000, 1001),
        segment_s=Fraction(240 * 1001, 60_000),
        video=(
            ExpectedVideo(
                key="low",
                codec="h264",
                folder=f"{folder}/low",
                width=160,
                height=90,
                frame_rate=Fraction(30_000, 1001),
                frame_count=300,
                duration_s=Fraction(599 * 1001, 60_000),
                chunk_count=3,
            ),
            ExpectedVideo(
                key="top",
                codec="h264",
                folder=f"{folder}/top",
                width=320,
                height=180,
                frame_rate=Fraction(60_000, 1001),
                frame_count=599,
                duration_s=Fraction(599 * 1001, 60_000),
                chunk_count=3,
            ),
        ),
        audio=(
            ExpectedAudio(
                key="sound",
                codec="aac",
                folder=f"{folder}/sound",
                language="en",
                channels=2,
                sample_rate_hz=48_000,
                sample_count=479_679,
                chunk_count=1,
            ),
        ),
    )


def test_a_chunk_of_two_segments_may_be_the_last() -> None:
    """480 frames are two segments: one chunk of 8 s, two of 4 s."""
    timelines = [a_timeline(_RATE, 480, chunk_s=chunk_s) for chunk_s in (9, 5)]
    counts = [expect(a_plan(a_rung("top", one))).video[0].chunk_count for one in timelines]
    assert counts == [1, 2]


def test_nothing_but_fields_of_a_plan_is_read() -> None:
    """A method or property of the plan would bring in the arithmetic that the gate checks."""
    plan = _plan()
    assert expect(cast(Plan, _OnlyFields(plan))) == expect(plan)
