"""Tests of telling the streams of a source apart."""

from __future__ import annotations

from typing import Any

import pytest

from transcoding.source.source import CoverPicture
from transcoding.source.streams import audio_streams, find_cover, find_video_stream, read_cover


def _picture(index: int, *, attached: bool = True, comment: str = "") -> dict[str, Any]:
    return {
        "index": index,
        "codec_type": "video",
        "codec_name": "png",
        "width": 0,
        "height": 0,
        "disposition": {"attached_pic": int(attached)},
        "tags": {"comment": comment},
    }


def _cover_index(*streams: dict[str, Any]) -> int | None:
    cover = find_cover({"streams": list(streams)})
    return cover["index"] if cover else None


def test_the_attached_picture_is_the_cover() -> None:
    """It is listed as a video stream, and is none."""
    assert _cover_index({"index": 0, "codec_type": "audio"}, _picture(1)) == 1
    assert find_video_stream({"streams": [_picture(1)]}) is None
    assert _cover_index() is None


def test_the_front_cover_wins() -> None:
    """Of several pictures the one that FFmpeg calls the front cover; else the first."""
    back, front = _picture(1, comment="Cover (back)"), _picture(2, comment="Cover (front)")
    assert _cover_index(back, front) == 2
    assert _cover_index(back, _picture(2, comment="Artist")) == 1


def test_a_cover_is_as_large_as_its_decoder_finds_it() -> None:
    """ffprobe has no decoder for PNG and says 0x0."""
    measured = "#software: Lavf63.1.102\n#codec_id 0: rawvideo\n#dimensions 0: 600x500\n"
    assert read_cover(_picture(1), measured) == CoverPicture(
        stream_index=1, codec="png", width=600, height=500
    )


@pytest.mark.parametrize("size", ["15x600", "600x8193"])
def test_a_cover_that_cannot_be_shown_is_none(size: str) -> None:
    """Narrow as a thread or wide as a wall."""
    assert read_cover(_picture(1), f"#dimensions 0: {size}\n") is None


def test_a_cover_that_gave_no_picture_is_none() -> None:
    """The decoder wrote nothing of it."""
    assert read_cover(_picture(1), "") is None


def test_a_still_that_is_not_marked_is_a_video() -> None:
    """It is a track of its own; what to do with it is not decided here."""
    probe = {"streams": [_picture(1, attached=False)]}
    assert find_cover(probe) is None
    assert find_video_stream(probe) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"codec_tag_string": "enca"},
        {"codec_name": "unknown"},
        {"channels": 0},
        {"sample_rate": "0"},
    ],
)
def test_sound_that_cannot_be_decoded(change: dict[str, Any]) -> None:
    """The header alone tells; such tracks are never tried."""
    stream = {
        "index": 1,
        "codec_type": "audio",
        "codec_name": "aac",
        "channels": 2,
        "sample_rate": "48000",
    }
    assert len(audio_streams({"streams": [stream]})) == 1
    assert audio_streams({"streams": [stream | change]}) == ()
