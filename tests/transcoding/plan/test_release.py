"""Releases: all tracks of a plan, or those that are ready."""

from __future__ import annotations

from tests.transcoding.builders import a_plan
from transcoding.plan.release import Release


def test_a_whole_release_has_all_tracks() -> None:
    """Pictures and sound, in the plan's order."""
    plan = a_plan()
    release = Release.whole(plan)
    assert release.is_complete
    assert release.tracks == plan.tracks


def test_a_part_of_a_plan_is_a_release_too() -> None:
    """In the plan's order, however the keys were given."""
    plan = a_plan()
    sound, low, top = plan.audio[0], plan.video[0], plan.video[8]
    release = Release(plan, (sound.key, top.key, low.key))
    assert not release.is_complete
    assert release.tracks == (low, top, sound)
