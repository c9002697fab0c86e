"""Tests of what users see of a job that is under way."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction

import pytest

from tests.transcoding.builders import (
    NOW,
    a_failure,
    a_plan,
    a_progress,
    a_song,
    a_source,
    an_audio_track,
)
from transcoding.reporting.status import (
    MAX_CUSTOM_STATUS_BYTES,
    CustomStatus,
    percent_done,
    rendition_progress,
    still_open,
    time_left_s,
    troubles,
)


def test_nothing_is_done_at_first() -> None:
    """Every rendition is listed from the start, with its totals."""
    plan = a_plan(chunk_s=20)
    statuses = rendition_progress(plan, {}, (), NOW)
    assert len(statuses) == 10
    assert [s.chunks_total for s in statuses] == [3] * 9 + [1]
    assert {s.frames_total for s in statuses if s.kind == "video"} == {1_800}
    assert statuses[-1].frames_total == 2_813
    assert percent_done(plan, statuses) == 0.0


def test_markers_and_progress_add_up() -> None:
    """A chunk that is done and one that is half way: 600 and 300 of 1,800 frames."""
    plan = a_plan(chunk_s=20)
    key = plan.video[0].key
    status = rendition_progress(
        plan, {key: frozenset({0})}, [a_progress(key, chunk=1, frames_done=300)], NOW
    )[0]
    assert (status.chunks_done, status.frames_done, status.speed) == (1, 900, 2.0)


def test_a_record_of_a_finished_chunk_does_not_count() -> None:
    """A unit's last progress record is still there when its marker is."""
    plan = a_plan(chunk_s=20)
    key = plan.video[0].key
    status = rendition_progress(
        plan, {key: frozenset({0})}, [a_progress(key, chunk=0, frames_done=600)], NOW
    )[0]
    assert (status.frames_done, status.speed) == (600, 0)


def test_two_records_of_one_chunk_count_once() -> None:
    """A repeated attempt leaves the record of the first beside its own."""
    plan = a_plan(chunk_s=20)
    key = plan.video[0].key
    running = [
        a_progress(key, chunk=0, frames_done=500),
        a_progress(key, "h264-other", chunk=0, frames_done=450),
    ]
    assert rendition_progress(plan, {}, running, NOW)[0].frames_done == 500


def test_a_strange_record_does_no_harm() -> None:
    """A record or a marker of another plan's chunk is left out, too many frames are cut off."""
    plan = a_plan(chunk_s=20)
    key = plan.video[0].key
    running = [
        a_progress(key, chunk=7, frames_done=500),
        a_progress(key, chunk=1, frames_done=9_999),
    ]
    status = rendition_progress(plan, {key: frozenset({0, 9})}, running, NOW)[0]
    assert (status.chunks_done, status.frames_done) == (1, 1_200)


def test_a_unit_with_several_rungs_counts_for_each() -> None:
    """Grid frames of the unit are half as many frames of a halved rung."""
    plan = a_plan(a_source(frame_rate=Fraction(60), frame_count=3_600), chunk_s=20)
    low, high = plan.video[0], plan.video[-1]
    assert (low.frame_step, high.frame_step) == (2, 1)
    running = [a_progress(low.key, high.key, chunk=0, frames_done=601)]
    statuses = rendition_progress(plan, {}, running, NOW)
    assert (statuses[0].frames_done, statuses[0].frames_total) == (300, 1_800)
    assert (statuses[-1].frames_done, statuses[-1].frames_total) == (601, 3_600)


def test_all_is_done() -> None:
    """With all markers there, every rendition is whole and the encoding is at 100 %."""
    plan = a_plan(
        a_source(an_audio_track(), frame_rate=Fraction(60), frame_count=3_599), chunk_s=20
    )
    done = {rung.key: frozenset({0, 1, 2}) for rung in plan.video}
    done[plan.audio[0].key] = frozenset({0})
    statuses = rendition_progress(plan, done, (), NOW)
    assert all(s.frames_done == s.frames_total for s in statuses)
    assert statuses[0].frames_total == 1_800
    assert percent_done(plan, statuses) == 100.0


def test_percent_weighs_by_pixels() -> None:
    """The lowest rung is done: 97,344 of 6.8 million pixels a frame."""
    plan = a_plan(chunk_s=20)
    statuses = rendition_progress(plan, {plan.video[0].key: frozenset({0, 1, 2})}, (), NOW)
    assert percent_done(plan, statuses) == 1.3


def test_percent_weighs_sound_too() -> None:
    """A frame of sound counts as 10,000 pixels: 2,813 of them are 0.2 % of this video's work."""
    plan = a_plan(a_source(an_audio_track()), chunk_s=20)
    statuses = rendition_progress(plan, {plan.audio[0].key: frozenset({0})}, (), NOW)
    assert percent_done(plan, statuses) == 0.2
    small = a_source(an_audio_track(), coded_width=64, coded_height=36)
    plan = a_plan(small, chunk_s=20)
    statuses = rendition_progress(plan, {plan.audio[0].key: frozenset({0})}, (), NOW)
    assert percent_done(plan, statuses) == 77.2


def test_sound_alone_gets_to_the_end() -> None:
    """9,375 codec frames, 4,500 of them done, then all."""
    plan = a_plan(a_song())
    key = plan.audio[0].key
    half_way = a_progress(key, frames_done=4_500)
    statuses = rendition_progress(plan, {}, [half_way], NOW)
    assert (statuses[0].frames_done, statuses[0].frames_total) == (4_500, 9_375)
    assert percent_done(plan, statuses) == 48.0
    everything = {key: frozenset(range(statuses[0].chunks_total))}
    assert percent_done(plan, rendition_progress(plan, everything, (), NOW)) == 100.0


def test_tracks_of_one_language_have_names_of_their_own() -> None:
    """Two lines that read the same say nothing of which is done."""
    tracks = [an_audio_track(stream_index=n) for n in (1, 2)]
    statuses = rendition_progress(a_plan(a_source(*tracks)), {}, (), NOW)
    assert [s.label for s in statuses[-3:]] == ["1080p 7800k", "audio en", "audio en 2"]


@pytest.mark.parametrize(("silent_s", "frames_done"), [(0, 600), (30, 600), (31, 0)])
def test_a_worker_that_is_gone_has_done_nothing(silent_s: int, frames_done: int) -> None:
    """Its chunk is encoded from the start again, so its frames were never progress."""
    plan = a_plan(chunk_s=20)
    key = plan.video[0].key
    record = a_progress(key, frames_done=1_200, written_at=NOW - timedelta(seconds=silent_s))
    status = rendition_progress(plan, {}, [record], NOW)[0]
    assert status.frames_done == frames_done
    assert status.speed == (2.0 if frames_done else 0.0)


def test_a_worker_that_is_gone_is_told_of() -> None:
    """Until another one takes its unit over, which nobody can date."""
    silent = a_progress("h264-1", chunk=3, written_at=NOW - timedelta(seconds=95))
    (trouble,) = troubles([], [silent, a_progress("h264-1", chunk=4)], NOW)
    assert (trouble.unit, trouble.attempt, trouble.again_at) == ("video-3", 0, None)
    assert trouble.reason == "its worker has said nothing for 95 s; another one takes it over"


def test_what_is_done_is_in_no_trouble() -> None:
    """A worker that died behind its last marker leaves a record, and one that froze a note."""
    plan = a_plan(chunk_s=20)
    first, second = plan.unit(0), plan.unit(1)
    told = [a_failure(unit_id=unit.unit_id) for unit in (first, second)]
    told += [a_failure(unit_id="unit-1-00001"), a_failure(unit_id="plan_job")]
    one_done = {track.key: frozenset({first.chunk.index}) for track in first.tracks}

    left = still_open(plan, one_done, told)

    assert [failure.unit_id for failure in left] == ["unit-0-00001", "plan_job"]


@pytest.mark.parametrize(("failed", "wait_s"), [(1, 5), (2, 10), (3, 20)])
def test_a_unit_that_failed_says_when_it_runs_again(failed: int, wait_s: int) -> None:
    """The attempt, the reason, and the time that the host waits for."""
    (trouble,) = troubles([a_failure(attempt=failed)], [], NOW + timedelta(seconds=3))
    assert (trouble.unit, trouble.attempt) == ("unit-0-00000", failed)
    assert trouble.reason == "encode chunk 0 of beach.mp4: ffmpeg was killed by signal 9"
    assert trouble.again_at == NOW + timedelta(seconds=wait_s)


def test_after_the_last_attempt_nothing_runs_again() -> None:
    """The job is about to fail."""
    (trouble,) = troubles([a_failure(attempt=4)], [], NOW)
    assert (trouble.attempt, trouble.again_at) == (4, None)


def test_other_steps_are_tried_more_often() -> None:
    """What waits for storage has its own waits: after the fourth failure 16 s."""
    failure = a_failure(unit_id="plan_job", step="plan_job", attempt=4)
    (trouble,) = troubles([failure], [], NOW)
    assert (trouble.unit, trouble.again_at) == ("plan_job", NOW + timedelta(seconds=16))


def test_time_left() -> None:
    """A quarter took 30 s, so the rest takes 90; before there is a pace nobody knows."""
    assert time_left_s(25.0, 30.0) == 90.0
    assert time_left_s(100.0, 30.0) == 0.0
    assert time_left_s(0.0, 30.0) is None
    assert time_left_s(5.0, 0.0) is None


def test_the_custom_status_stays_small() -> None:
    """The host fails an orchestration whose custom status is too long."""
    status = CustomStatus(phase="publishing")
    written = json.dumps(status.to_json())
    assert len(written.encode("utf-16-le")) < 200 < MAX_CUSTOM_STATUS_BYTES
