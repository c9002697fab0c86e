"""Tests of what users see of a job that is under way."""

from __future__ import annotations

import json
from fractions import Fraction

from tests.transcoding.builders import a_plan, a_progress, a_source, an_audio_track
from transcoding.reporting.status import (
    MAX_CUSTOM_STATUS_BYTES,
    CustomStatus,
    percent_done,
    rendition_progress,
    time_left_s,
)


def test_nothing_is_done_at_first() -> None:
    """Every rendition is listed from the start, with its totals."""
    plan = a_plan(chunk_s=20)
    statuses = rendition_progress(plan, {}, ())
    assert len(statuses) == 10
    assert [s.chunks_total for s in statuses] == [3] * 9 + [1]
    assert {s.frames_total for s in statuses if s.kind == "video"} == {1_800}
    assert statuses[-1].frames_total == 2_813
    assert percent_done(plan, statuses) == 0.0


def test_markers_and_progress_add_up() -> None:
    """A chunk that is done and one that is half way: 600 and 300 of 1,800 frames."""
    plan = a_plan(chunk_s=20)
    key = plan.rungs[0].key
    status = rendition_progress(
        plan, {key: frozenset({0})}, [a_progress(key, chunk=1, frames_done=300)]
    )[0]
    assert (status.chunks_done, status.frames_done, status.speed) == (1, 900, 2.0)


def test_a_record_of_a_finished_chunk_does_not_count() -> None:
    """A unit's last progress record is still there when its marker is."""
    plan = a_plan(chunk_s=20)
    key = plan.rungs[0].key
    status = rendition_progress(
        plan, {key: frozenset({0})}, [a_progress(key, chunk=0, frames_done=600)]
    )[0]
    assert (status.frames_done, status.speed) == (600, 0)


def test_two_records_of_one_chunk_count_once() -> None:
    """A repeated attempt leaves the record of the first beside its own."""
    plan = a_plan(chunk_s=20)
    key = plan.rungs[0].key
    running = [
        a_progress(key, chunk=0, frames_done=500),
        a_progress(key, "h264-other", chunk=0, frames_done=450),
    ]
    assert rendition_progress(plan, {}, running)[0].frames_done == 500


def test_a_strange_record_does_no_harm() -> None:
    """A record or a marker of another plan's chunk is left out, too many frames are cut off."""
    plan = a_plan(chunk_s=20)
    key = plan.rungs[0].key
    running = [
        a_progress(key, chunk=7, frames_done=500),
        a_progress(key, chunk=1, frames_done=9_999),
    ]
    status = rendition_progress(plan, {key: frozenset({0, 9})}, running)[0]
    assert (status.chunks_done, status.frames_done) == (1, 1_200)


def test_a_unit_with_several_rungs_counts_for_each() -> None:
    """Grid frames of the unit are half as many frames of a halved rung."""
    plan = a_plan(a_source(frame_rate=Fraction(60), frame_count=3_600), chunk_s=20)
    low, high = plan.rungs[0], plan.rungs[-1]
    assert (low.frame_step, high.frame_step) == (2, 1)
    running = [a_progress(low.key, high.key, chunk=0, frames_done=601)]
    statuses = rendition_progress(plan, {}, running)
    assert (statuses[0].frames_done, statuses[0].frames_total) == (300, 1_800)
    assert (statuses[-1].frames_done, statuses[-1].frames_total) == (601, 3_600)


def test_all_is_done() -> None:
    """With all markers there, every rendition is whole and the encoding is at 100 %."""
    plan = a_plan(
        a_source(an_audio_track(), frame_rate=Fraction(60), frame_count=3_599), chunk_s=20
    )
    done = {rung.key: frozenset({0, 1, 2}) for rung in plan.rungs}
    done[plan.audio[0].key] = frozenset({0})
    statuses = rendition_progress(plan, done, ())
    assert all(s.frames_done == s.frames_total for s in statuses)
    assert statuses[0].frames_total == 1_800
    assert percent_done(plan, statuses) == 100.0


def test_percent_weighs_by_pixels() -> None:
    """The lowest rung is done: 97,344 of 6.8 million pixels a frame."""
    plan = a_plan(chunk_s=20)
    statuses = rendition_progress(plan, {plan.rungs[0].key: frozenset({0, 1, 2})}, ())
    assert percent_done(plan, statuses) == 1.3


def test_time_left() -> None:
    """A quarter took 30 s, so the rest takes 90; before there is a pace nobody knows."""
    assert time_left_s(25.0, 30.0) == 90.0
    assert time_left_s(100.0, 30.0) == 0.0
    assert time_left_s(0.0, 30.0) is None
    assert time_left_s(5.0, 0.0) is None


def test_the_custom_status_stays_small() -> None:
    """The host fails an orchestration whose custom status is too long."""
    status = CustomStatus(phase="encoding", groups_done=9_999, groups_total=9_999)
    written = json.dumps(status.to_json())
    assert len(written.encode("utf-16-le")) < 200 < MAX_CUSTOM_STATUS_BYTES
