"""A plan's units, folders and target duration."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcoding.builders import (
    a_plan,
    a_song,
    a_sound_unit,
    a_source,
    a_unit,
    an_audio_track,
)
from transcoding.plan.plan import Plan, Unit
from transcoding.tracks.track import AudioTrack, VideoTrack


@pytest.mark.parametrize(
    ("plan", "count"),
    [(a_plan(chunk_s=20), 28), (a_plan(chunk_s=20, grouping="together"), 4), (a_plan(a_song()), 1)],
    ids=["a rung a unit", "together", "sound alone"],
)
def test_every_chunk_of_every_group_is_a_unit_once(plan: Plan, count: int) -> None:
    """Counted through: nothing is left out, nothing is encoded twice, and sound comes first."""
    units = [plan.unit(number) for number in range(plan.unit_count)]
    assert len(units) == count
    found = [(track.key, unit.chunk) for unit in units for track in unit.tracks]
    wanted = [(track.key, chunk) for track in plan.tracks for chunk in track.timeline.chunks()]
    assert len(found) == len(set(found))
    assert set(found) == set(wanted)
    assert units[0].tracks == plan.audio


@pytest.mark.parametrize("number", [-1, 28, 29])
def test_there_is_no_unit_beyond_the_last(number: int) -> None:
    """A lane that counts wrong fails instead of encoding something else."""
    plan = a_plan(chunk_s=20)
    assert plan.unit_count == 28
    with pytest.raises(IndexError, match="beyond the last"):
        plan.unit(number)


def test_a_unit_has_the_picture_that_it_decodes() -> None:
    """Sound needs none."""
    plan = a_plan()
    assert plan.unit(0).stream is None
    assert plan.unit(1).stream == plan.source.video
    assert plan.unit(1).encoder == "test-encoder 1"


def test_unit_ids_differ_by_number_and_round() -> None:
    """The id names a progress record: no two running units may share it."""
    plan = a_plan(chunk_s=10)
    again = plan.model_copy(update={"round": 1})
    assert plan.unit(17).unit_id == "unit-0-00017"
    assert again.unit(17).unit_id == "unit-1-00017"
    assert len({plan.unit(number).unit_id for number in range(plan.unit_count)}) == plan.unit_count


def test_progress_of_a_unit_counts_frames_of_its_grid() -> None:
    """FFmpeg counts what it has written to the first output; of sound it knows the time alone."""
    plan = a_plan(
        a_source(an_audio_track(), frame_rate=Fraction(60), frame_count=3_600), chunk_s=20
    )
    halved, full, sound = a_unit(plan, 0, 0, 8), a_unit(plan, 0, 8), a_sound_unit(plan)
    assert (halved.frames_done(100, 3.3), full.frames_done(100, 3.3)) == (200, 100)
    assert halved.frames_done(601, 20.1) == 1_200
    assert sound.frames_done(0, 10.0) == 468
    assert sound.frames_done(0, 100.0) == 2_813


def test_units_and_plans_survive_json() -> None:
    """A plan stands in the orchestrator's history, a unit travels to its activity by itself."""
    for plan in (a_plan(chunk_s=10), a_plan(a_song())):
        again = Plan.from_json(json.loads(json.dumps(plan.to_json())))
        assert again == plan
        assert [type(track) for track in again.tracks] == [type(track) for track in plan.tracks]
    units = (a_unit(a_plan(chunk_s=10), 1, 0, 8), a_sound_unit(a_plan()))
    kinds = []
    for unit in units:
        again_unit = Unit.from_json(json.loads(json.dumps(unit.to_json())))
        assert again_unit == unit
        kinds += [type(track) for track in again_unit.tracks]
    assert kinds == [VideoTrack, VideoTrack, AudioTrack]


def test_folders_are_of_this_very_source() -> None:
    """A newer upload under the same name writes elsewhere."""
    plan = a_plan()
    folder = plan.folder(plan.video[0].key)
    assert folder.path().startswith(f"holiday/beach.mp4/{plan.job.source_key}/h264-416x234-145k-")


def test_a_track_is_found_by_its_key() -> None:
    """One that is not of this plan is an error that says which."""
    plan = a_plan()
    assert plan.track(plan.video[3].key) == plan.video[3]
    assert plan.track(plan.audio[0].key) == plan.audio[0]
    with pytest.raises(KeyError, match="h264-other"):
        plan.track("h264-other")


@pytest.mark.parametrize(
    ("rate", "frame_count", "target_s"),
    [
        (Fraction(30), 1_800, 4),
        (Fraction(25), 1_800, 4),
        (Fraction(50), 1_800, 4),
        (Fraction(60), 1_800, 4),
        (Fraction(24000, 1001), 1_800, 4),
        (Fraction(30000, 1001), 1_800, 4),
        (Fraction(60000, 1001), 1_800, 4),
        (Fraction(25, 2), 1_800, 4),
        (Fraction(1), 1_800, 4),
        (Fraction(1, 10), 1_800, 10),
        # Pictures of 3.5 s beside sound of 3.499 s; of 4.495 s beside sound of 4.501 s.
        (Fraction(2, 7), 100, 4),
        (Fraction(200, 899), 100, 5),
        (Fraction(30), 1, 1),
        (Fraction(30), 102, 3),
        (Fraction(30), 105, 4),
    ],
)
def test_target_durations(rate: Fraction, frame_count: int, target_s: int) -> None:
    """Segments of 4 s at all rates that are common; a short clip has that of its length."""
    plan = a_plan(a_source(an_audio_track(), frame_rate=rate, frame_count=frame_count))
    assert plan.target_duration_s == target_s


@pytest.mark.parametrize(("duration_s", "target_s"), [(200, 4), (1, 1), (3, 3)])
def test_target_durations_of_sound_alone(duration_s: int, target_s: int) -> None:
    """188 AAC frames are 4.01 s."""
    assert a_plan(a_song(duration_s=duration_s)).target_duration_s == target_s


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    rate=st.fractions(Fraction(1, 4), 240, max_denominator=1_001),
    frame_count=st.integers(1, 3_000),
)
def test_no_segment_is_longer_than_the_target(rate: Fraction, frame_count: int) -> None:
    """Rounded to whole seconds, of picture and of sound (RFC 8216, 4.3.3.1)."""
    plan = a_plan(a_source(an_audio_track(), frame_rate=rate, frame_count=frame_count))
    for track in plan.tracks:
        timeline = track.timeline
        last_s = timeline.duration_s - (timeline.segment_count - 1) * timeline.segment_s
        assert 0 < last_s <= timeline.segment_s
        longest_s = timeline.segment_s if timeline.segment_count > 1 else last_s
        assert int(longest_s + Fraction(1, 2)) <= plan.target_duration_s
