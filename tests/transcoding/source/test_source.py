"""Tests of what a source says of itself."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.transcoding.builders import a_source, an_audio_track
from transcoding.source.source import Source, default_sound


def _sound_alone() -> Source:
    return Source(
        container="mp3",
        size_bytes=1,
        video=None,
        audio=(an_audio_track(),),
        subtitles=(),
        sound_start_s=Fraction(1, 4),
        sound_duration_s=Fraction(200),
    )


def test_a_source_is_as_long_as_its_picture() -> None:
    """Sound beside a picture has no say in it."""
    source = a_source(an_audio_track(), start_s=Fraction(1, 2), frame_count=300)
    assert (source.start_s, source.duration_s) == (Fraction(1, 2), Fraction(10))
    assert source.picture.frame_count == 300


def test_sound_alone_is_as_long_as_it_is_heard() -> None:
    """There is no picture, and who asks for one is told."""
    source = _sound_alone()
    assert (source.start_s, source.duration_s) == (Fraction(1, 4), Fraction(200))
    with pytest.raises(ValueError, match="sound alone"):
        _ = source.picture


def test_sound_alone_survives_a_message() -> None:
    """It crosses from step to step as JSON."""
    assert Source.from_json(_sound_alone().to_json()) == _sound_alone()


def test_the_default_track_else_the_first() -> None:
    """What is played unless another is asked for."""
    first, second = (an_audio_track(stream_index=n, is_default=False) for n in (1, 2))
    default = an_audio_track(stream_index=3)
    assert default_sound([first, second]).stream_index == 1
    assert default_sound([first, default]).stream_index == 3
