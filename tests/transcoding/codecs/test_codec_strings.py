"""Codec strings from decoder configurations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcoding.codecs.codec_strings import codec_string

AVCC_HIGH_31 = bytes.fromhex("0164001fffe1")
ESDS_AAC_LC = bytes.fromhex("00000000031900010004114014000000000000000001f40005021190060102")
ESDS_LONG_SIZES = bytes.fromhex(
    "000000000380808022000100048080801440150000000001f4000001f4000580808002119006808080010002"
)


def test_h264() -> None:
    """Profile, constraints and level of avcC, two hex digits each."""
    assert codec_string("avc1", {"pasp": b"", "avcC": AVCC_HIGH_31}) == "avc1.64001f"


@pytest.mark.parametrize("esds", [ESDS_AAC_LC, ESDS_LONG_SIZES], ids=["1-byte sizes", "4-byte"])
def test_aac_lc(esds: bytes) -> None:
    """Object type 2, whichever way the descriptors write their sizes."""
    assert codec_string("mp4a", {"esds": esds}) == "mp4a.40.2"


def test_object_types_above_31_are_escaped() -> None:
    """xHE-AAC is object type 42: 31, then 6 bits that count from 32."""
    esds = bytes.fromhex("0000000003160001000411401500000000000000000000000502f94006010200")
    assert codec_string("mp4a", {"esds": esds}) == "mp4a.40.42"


@pytest.mark.parametrize(
    ("sample_entry", "boxes", "reason"),
    [
        ("hvc1", {"hvcC": b"\x01"}, "no codec string is known .* 'hvc1'"),
        ("encv", {"avcC": AVCC_HIGH_31}, "no codec string is known .* 'encv'"),
        ("avc1", {}, "sample entry 'avc1' has no 'avcC' box"),
        ("avc1", {"avcC": AVCC_HIGH_31[:3]}, "cut short"),
        ("mp4a", {"esds": ESDS_AAC_LC[:4]}, "no descriptor 3"),
        ("mp4a", {"esds": ESDS_AAC_LC[:20]}, "cut short"),
        ("mp4a", {"esds": ESDS_AAC_LC.replace(b"\x40\x14", b"\x6b\x14")}, "no MPEG-4 audio"),
    ],
)
def test_what_cannot_be_read_is_a_value_error(
    sample_entry: str, boxes: dict[str, bytes], reason: str
) -> None:
    """An unknown sample entry, a missing box and cut-short ones are told apart."""
    with pytest.raises(ValueError, match=reason):
        codec_string(sample_entry, boxes)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    length=st.integers(0, len(ESDS_AAC_LC)),
    position=st.integers(0, len(ESDS_AAC_LC) - 1),
    value=st.integers(0, 255),
)
def test_hostile_descriptors_never_do_worse_than_value_error(
    length: int, position: int, value: int
) -> None:
    """A changed byte or a cut gives an AAC string or ValueError."""
    data = bytearray(ESDS_AAC_LC)
    data[position] = value
    try:
        codec = codec_string("mp4a", {"esds": bytes(data[:length])})
    except ValueError:
        return
    assert codec.startswith("mp4a.40.")
