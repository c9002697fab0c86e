"""What the gate reads of H.264."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance.media_bytes import video_init
from transcoding.conformance.codecs.codec import Opening
from transcoding.conformance.codecs.h264 import H264, sequence_parameters
from transcoding.conformance.readers.init import read_init

_SEI, _IDR, _OTHER = b"\0\0\0\x03\x06ab", b"\0\0\0\x02\x65a", b"\0\0\0\x02\x41a"


def test_a_codec_string_is_that_of_avcc() -> None:
    """High profile at level 3 is avc1.64001e, with parameter sets in the stream avc3.64001e."""
    assert H264().string(read_init(video_init(640, 360))) == "avc1.64001e"
    assert H264().string(read_init(video_init(640, 360, entry=b"avc3"))) == "avc3.64001e"


def test_parameters_are_those_of_the_sps() -> None:
    """Profile, level, bit depth and transfer are read behind fields that nothing needs."""
    facts = sequence_parameters(read_init(video_init(640, 360, extra_bits=2, transfer=16)))
    assert (facts.profile, facts.level, facts.bit_depth, facts.transfer) == (100, 30, 10, 16)
    assert facts.is_progressive


@pytest.mark.parametrize(
    ("sample", "opening"),
    [
        (_SEI + _IDR, Opening(True, "a slice of NAL type 5")),
        (_OTHER + _IDR, Opening(False, "a slice of NAL type 1")),
        (_SEI, None),
        (_SEI + _IDR[:4], None),
        (b"", None),
    ],
    ids=["an IDR behind SEI", "another slice first", "no slice", "cut off", "nothing"],
)
def test_the_first_slice_tells_what_a_segment_opens_with(
    sample: bytes, opening: Opening | None
) -> None:
    """Other NAL units are passed over; what is cut off tells nothing."""
    assert H264().opening(sample, read_init(video_init(640, 360))) == opening


def test_another_entry_is_not_taken_for_h264() -> None:
    """An avcC inside of another sample entry means nothing."""
    with pytest.raises(ValueError, match=r"'hev1' is not H\.264"):
        H264().string(read_init(video_init(640, 360, entry=b"hev1")))


def test_a_damaged_configuration_is_an_error() -> None:
    """Version 0 of avcC does not exist."""
    data = video_init(640, 360)
    at = data.index(b"avcC") + 4
    with pytest.raises(ValueError, match="avcC is damaged"):
        H264().string(read_init(data[:at] + b"\0" + data[at + 1 :]))
