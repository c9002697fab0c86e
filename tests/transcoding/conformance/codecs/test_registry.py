"""How the gate finds a codec, and that no damage makes one raise anything but ValueError."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transcoding.conformance.media_bytes import audio_init, video_init
from transcoding.conformance.codecs.registry import (
    CODECS,
    codec_of,
    picture_codec,
    sound_codec,
)
from transcoding.conformance.readers.init import read_init

_INITS = (video_init(640, 360), audio_init())


def test_a_sample_entry_has_one_codec() -> None:
    """No entry is claimed twice."""
    found = {entry: codec.name for codec in CODECS for entry in codec.entries}
    assert found == {"avc1": "h264", "avc3": "h264", "mp4a": "aac"}
    assert sum(len(codec.entries) for codec in CODECS) == 3


def test_an_unknown_entry_is_an_error() -> None:
    """It says what is known, among pictures or sounds where one of those is meant."""
    with pytest.raises(ValueError, match=r"for 'hvc1', only AAC, H\.264"):
        codec_of("hvc1")
    with pytest.raises(ValueError, match=r"for 'mp4a', only H\.264"):
        picture_codec("mp4a")
    with pytest.raises(ValueError, match="for 'avc1', only AAC"):
        sound_codec("avc1")


@given(position=st.integers(0, 10_000), value=st.integers(0, 255), sample=st.binary(max_size=64))
def test_damage_never_raises_anything_else(position: int, value: int, sample: bytes) -> None:
    """One wrong byte anywhere is read as something else or raises ValueError."""
    for data in _INITS:
        place = position % len(data)
        try:
            init = read_init(data[:place] + bytes([value]) + data[place + 1 :])
            assert codec_of(init.entry).string(init)
            if init.is_picture:
                codec = picture_codec(init.entry)
                codec.opening(sample, init)
                codec.transfer(init)
            else:
                sound_codec(init.entry).is_basic_stereo(init)
        except ValueError:
            continue
