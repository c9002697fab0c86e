"""Tests of what tracks are called in metrics: whatever follows the source is a series for each."""

from __future__ import annotations

import pytest

from tests.transcoding.builders import a_plan, a_source, an_audio_track

ROWS = {
    "234p 145k",
    "240p 145k",
    "360p 365k",
    "432p 730k",
    "432p 1100k",
    "540p 2000k",
    "720p 3000k",
    "720p 4500k",
    "1080p 6000k",
    "1080p 7800k",
    "1440p 9000k",
    "1440p 13000k",
    "2160p 18000k",
    "2160p 26000k",
}


@pytest.mark.parametrize(
    ("width", "height"),
    [(1920, 1080), (1918, 1078), (1280, 534), (720, 1280), (640, 480), (3840, 1600), (400, 2000)],
)
def test_a_rung_goes_by_its_row_whatever_the_picture(width: int, height: int) -> None:
    """A film of 1280x534 has no series of its own, in none of its rungs."""
    plan = a_plan(a_source(coded_width=width, coded_height=height))
    assert {track.metric_label for track in plan.tracks} <= ROWS


def test_all_sound_goes_by_one_word() -> None:
    """Neither language nor title makes a series."""
    tracks = [an_audio_track(stream_index=n, title=f"take {n}") for n in (1, 2, 3)]
    plan = a_plan(a_source(*tracks))
    assert [track.metric_label for track in plan.audio] == ["audio", "audio", "audio"]
