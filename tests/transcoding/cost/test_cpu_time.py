"""Tests of CPU time from measured constants."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.transcoding.builders import a_plan, a_song, a_source, an_audio_track
from transcoding.cost.cpu_time import read_cpu_s, track_cpu_s, unit_cpu_s
from transcoding.plan.options import Grouping
from transcoding.plan.plan import Plan


def a_small_plan(
    chunk_s: int = 20, frame_count: int = 1000, grouping: Grouping = "auto", **video: Any
) -> Plan:
    """Return the plan of 40 s of 640x360 at 25 fps and 1 MB: 234p, and 360p twice."""
    size: dict[str, Any] = {"coded_width": 640, "coded_height": 360, "frame_rate": Fraction(25)}
    source = a_source(an_audio_track(), frame_count=frame_count, **size | video)
    return a_plan(source, chunk_s=chunk_s, grouping=grouping)


def _first_read_s(plan: Plan) -> float:
    timeline = plan.video[0].timeline
    return read_cpu_s(plan, timeline, timeline.chunk(0))


def test_a_unit_reads_the_source_and_seeks_three_times() -> None:
    """575 frames of 230,400 pixels at 4 ns and 1,000 bytes at 17 ns, and 0.3 s."""
    plan = a_small_plan()
    assert _first_read_s(plan) == pytest.approx(0.839695)


def test_a_video_in_one_piece_is_not_sought_in() -> None:
    """1,000 frames of 938,600 ns, and 0.3 s."""
    plan = a_small_plan(chunk_s=60)
    assert _first_read_s(plan) == pytest.approx(1.2386)


def test_what_is_decoded_and_thrown_away_counts() -> None:
    """A variable rate needs 5 s before a chunk, though never before the first."""
    plan = a_small_plan(is_constant_rate=False)
    timeline = plan.video[0].timeline
    first, second = (read_cpu_s(plan, timeline, chunk) for chunk in timeline.chunks())
    assert second - first == pytest.approx(125 * 938_600e-9)


def test_a_rung_costs_by_its_pixels_and_preset() -> None:
    """97,344 pixels, 500 pictures, 38 ns for writing and 4 for the check; at veryfast 18 and 4."""
    plan = a_small_plan()
    rung = plan.video[0]
    chunk = rung.timeline.chunk(0)
    assert track_cpu_s(rung, chunk) == pytest.approx(2.044224)
    quick = rung.model_copy(update={"preset": "veryfast"})
    assert track_cpu_s(quick, chunk) == pytest.approx(1.070784)


def test_a_halved_rung_writes_half_the_pictures() -> None:
    """At 50 fps the smallest rung has 25: 500 pictures of 1,000."""
    plan = a_small_plan(chunk_s=60, frame_rate=Fraction(50))
    assert plan.video[0].frame_step == 2
    assert track_cpu_s(plan.video[0], plan.video[0].timeline.chunk(0)) == pytest.approx(2.044224)


def test_rungs_of_one_unit_share_its_reading() -> None:
    """0.84 s once, then 2.04 s and twice 4.84 s."""
    plan = a_small_plan()
    unit = plan.unit(1).model_copy(update={"tracks": plan.video})
    assert unit_cpu_s(plan, unit) == pytest.approx(12.560719)


def test_sound_costs_by_its_length() -> None:
    """40 s at 16 ms, and 0.3 s; two tracks of 200 s are in one unit."""
    plan = a_small_plan()
    assert unit_cpu_s(plan, plan.unit(0)) == pytest.approx(0.94)
    song = a_plan(a_song(an_audio_track(), an_audio_track(stream_index=2)))
    assert unit_cpu_s(song, song.unit(0)) == pytest.approx(6.7)


def test_an_unmeasured_preset_has_no_cost() -> None:
    """Better no figure than a wrong one."""
    plan = a_small_plan()
    slow = plan.video[0].model_copy(update={"preset": "placebo"})
    with pytest.raises(KeyError, match="placebo"):
        track_cpu_s(slow, plan.video[0].timeline.chunk(0))
