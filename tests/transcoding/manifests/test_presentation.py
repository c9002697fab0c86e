"""What is published of a plan: all of it, or what is ready."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.transcoding.renditions import a_rendition, ntsc_video, song, with_surround
from transcoding.manifests.presentation import Presentation, present
from transcoding.plan.release import Release


def _keys(shown: Presentation) -> tuple[list[str], list[list[str]]]:
    return (
        [variant.track.key for variant in shown.video],
        [[variant.track.key for variant in group.variants] for group in shown.groups],
    )


def test_all_of_a_plan() -> None:
    """Rungs by their peaks, sound in groups; as long as the shortest track."""
    plan, renditions = with_surround(*ntsc_video())

    shown = present(Release.whole(plan), renditions)

    assert _keys(shown) == (
        ["low", "mid", "high"],
        [["english", "german"], ["surround-english", "surround-german"]],
    )
    assert [group.default.track.key for group in shown.groups] == ["english", "surround-english"]
    assert [group.peak_bps for group in shown.groups] == [131_649, 394_947]
    assert shown.duration_s == Fraction(599_599, 60_000)


def test_what_is_ready_alone_counts() -> None:
    """Rates, duration and default are of the tracks of the release, whatever else is encoded."""
    plan, renditions = ntsc_video()
    renditions["low"] = a_rendition("low", (240_240, 1_000), timescale=60_000)

    shown = present(Release(plan, ("mid", "german")), renditions)

    assert _keys(shown) == (["mid"], [["german"]])
    assert shown.groups[0].default.track.key == "german"
    assert shown.duration_s == Fraction(599_599, 60_000)
    assert shown.target_duration_s == 4


def test_the_rungs_may_be_ready_before_their_sound() -> None:
    """A first release may be silent; it names no group."""
    plan, renditions = ntsc_video()
    assert _keys(present(Release(plan, ("low",)), renditions)) == (["low"], [])


def test_a_release_of_nothing_is_an_error() -> None:
    """A manifest without a track plays nowhere."""
    plan, renditions = song()
    with pytest.raises(ValueError, match="nothing is ready"):
        present(Release(plan, ()), renditions)


def test_sound_is_enough_where_there_is_no_picture() -> None:
    """Half of the languages is a release, too."""
    plan, renditions = song()
    assert _keys(present(Release(plan, ("german",)), renditions)) == ([], [["german"]])


def test_a_track_that_is_not_there_is_an_error() -> None:
    """What a release names has been encoded."""
    plan, renditions = ntsc_video()
    del renditions["high"]
    with pytest.raises(KeyError, match="high"):
        present(Release.whole(plan), renditions)
