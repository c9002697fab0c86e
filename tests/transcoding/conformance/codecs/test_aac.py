"""What the gate reads of AAC."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance.media_bytes import audio_init
from transcoding.conformance.codecs.aac import Aac
from transcoding.conformance.readers.init import read_init


def test_a_codec_string_names_the_object_type() -> None:
    """AAC-LC is object type 2, HE-AAC is 5."""
    assert Aac().string(read_init(audio_init())) == "mp4a.40.2"
    assert Aac().string(read_init(audio_init(object_type=5))) == "mp4a.40.5"


@pytest.mark.parametrize(
    ("channels", "object_type", "is_basic"), [(2, 2, True), (6, 2, False), (2, 5, False)]
)
def test_two_channels_of_aac_lc_play_everywhere(
    channels: int, object_type: int, is_basic: bool
) -> None:
    """Neither surround sound nor another object type stands in for it."""
    init = read_init(audio_init(channels=channels, object_type=object_type))
    assert Aac().is_basic_stereo(init) is is_basic


def test_a_cut_off_descriptor_is_an_error() -> None:
    """A size that reaches beyond the box is not believed."""
    data = audio_init()
    at = data.index(b"\x03\x80\x80\x80\x1c") + 4
    with pytest.raises(ValueError, match="esds is cut off"):
        Aac().string(read_init(data[:at] + b"\x7f" + data[at + 1 :]))
