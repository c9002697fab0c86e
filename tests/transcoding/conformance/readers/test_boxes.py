"""The gate's box readers on damaged, cut-off and hostile data."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transcoding.conformance.media_bytes import audio_init, box, video_head, video_init
from transcoding.conformance import head_size
from transcoding.conformance.readers.boxes import read_file
from transcoding.conformance.readers.fragments import read_fragment
from transcoding.conformance.readers.init import read_init

_INIT = video_init(640, 360)
_HEAD = video_head(0, 250_000, samples=10, ticks=1000)


def _flipped(data: bytes, position: int, value: int) -> bytes:
    place = position % len(data)
    return data[:place] + bytes([value]) + data[place + 1 :]


def test_boxes_of_all_three_size_forms_are_read() -> None:
    """32-bit sizes, 64-bit sizes and "to the end" are told apart."""
    data = box(b"free", b"ab") + struct.pack(">I4sQ", 1, b"wide", 18) + b"cd" + b"\0\0\0\0lastef"
    found = [(child.kind, child.content) for child in read_file(data).children()]
    assert found == [
        ("free", b"ab"),
        ("wide", b"cd"),
        ("last", b"ef"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\x07free",
        b"\0\0\0\x09free",
        b"\0\0\0\x01free",
        b"\0\0\0\x01free" + bytes(8),
        b"free",
    ],
    ids=["smaller than its header", "past the end", "no 64-bit size", "64-bit size of 0", "stray"],
)
def test_impossible_sizes_are_errors(data: bytes) -> None:
    """No size is trusted beyond the data that is there."""
    with pytest.raises(ValueError, match=r"bytes|header"):
        read_file(data).children()


def test_only_media_data_may_be_cut_off() -> None:
    """The rest of an mdat may be missing, as in the head of a segment."""
    (media,) = read_file(b"\0\0\x10\0mdatab").children()
    assert (media.end, media.content) == (4096, b"ab")


@pytest.mark.parametrize("length", range(0, len(_INIT), 3))
def test_a_cut_off_init_segment_is_an_error(length: int) -> None:
    """However much of an init segment is missing, reading it raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        read_init(_INIT[:length])


@given(position=st.integers(0, 10_000), value=st.integers(0, 255))
def test_damage_never_raises_anything_else(position: int, value: int) -> None:
    """One wrong byte anywhere is read as something else or raises ValueError."""
    for data in (_INIT, audio_init()):
        try:
            read_init(_flipped(data, position, value))
        except ValueError:
            continue
    try:
        read_fragment(_flipped(_HEAD, position, value), read_init(_INIT))
    except ValueError:
        return


def test_a_run_that_claims_a_billion_samples_is_an_error() -> None:
    """A count that no bytes stand behind is refused before it is believed."""
    at = _HEAD.index(b"trun") + 8
    hostile = _HEAD[:at] + struct.pack(">I", 1_000_000_000) + _HEAD[at + 4 :]
    with pytest.raises(ValueError, match="1000000000 samples"):
        read_fragment(hostile, read_init(_INIT))


def test_a_head_reaches_into_the_media_data() -> None:
    """The moof ends at 212: 16 bytes of header and 2,048 of media are wanted behind it."""
    assert read_fragment(_HEAD, read_init(_INIT)).moof_end == 212
    assert head_size(_HEAD[:16]) == 2276


def test_nothing_more_is_wanted_of_what_is_no_segment() -> None:
    """Without a moof the gate is content with what it has, and says what is wrong."""
    assert head_size(b"\0\0\x10\0mdat" + bytes(56)) == 64
    assert head_size(bytes(64)) == 64


def test_a_fragment_is_read_exactly() -> None:
    """Ten frames of 1,000 ticks from 5,000 on, the second and third shown in another order."""
    head = video_head(5000, 250_000, samples=10, ticks=1000)
    fragment = read_fragment(head, read_init(_INIT))
    assert (fragment.decode_time, fragment.end, fragment.sample_count) == (5000, 15_000, 10)
    assert (fragment.first_shown, fragment.earliest_shown, fragment.latest_shown) == (
        *(5000, 5000),
        14_000,
    )
    assert (fragment.first_sample, fragment.media_end) == ((220, 20_220), 250_000)
    assert fragment.sync_times == (5000,)


def test_an_init_segment_is_read_exactly() -> None:
    """Size, rate and channels come from the sample entry, and its boxes are kept as they are."""
    video, sound = read_init(_INIT), read_init(audio_init())
    assert (video.entry, sorted(video.boxes)) == ("avc1", ["avcC", "pasp"])
    assert (sound.entry, sorted(sound.boxes)) == ("mp4a", ["esds"])
    assert (video.width, video.height, video.timescale) == (640, 360, 25_000)
    assert (sound.channels, sound.sample_rate_hz) == (2, 48_000)


def test_a_missing_configuration_is_an_error() -> None:
    """What a sample entry does not hold is named, with the entry."""
    with pytest.raises(ValueError, match="'mp4a' without avcC"):
        read_init(audio_init()).config("avcC")


def test_a_track_of_neither_picture_nor_sound_is_an_error() -> None:
    """No layout of a sample entry is guessed."""
    with pytest.raises(ValueError, match="'text' track, neither picture nor sound"):
        read_init(_INIT.replace(b"vide", b"text"))
