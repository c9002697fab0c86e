"""Codecs are found by name, and each answers all that is asked of its kind."""

from __future__ import annotations

import pytest

from transcoding.codecs import AudioCodec, VideoCodec, aac, audio_codec, h264, video_codec
from transcoding.plan.ladder import LADDER

# mypy holds each module against its interface here.
VIDEO_CODECS: dict[str, VideoCodec] = {"h264": h264}
AUDIO_CODECS: dict[str, AudioCodec] = {"aac": aac}


def test_the_ladder_names_codecs_that_are_there() -> None:
    """By the names of their files; each is held against its interface above."""
    rows = (*LADDER.wide, *LADDER.classic)
    assert {row.codec: video_codec(row.codec) for row in rows} == VIDEO_CODECS
    assert {row.codec: audio_codec(row.codec) for row in LADDER.audio} == AUDIO_CODECS


def test_a_codec_without_a_file_is_an_error() -> None:
    """A plan of newer code names one that this worker does not have."""
    with pytest.raises(ModuleNotFoundError, match="vp6"):
        video_codec("vp6")
    with pytest.raises(ModuleNotFoundError, match="mp1"):
        audio_codec("mp1")
