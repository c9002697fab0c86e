"""AAC: its codec string, from hostile descriptors too, and what the encoder is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcoding.codecs import AudioSettings, aac

ESDS_AAC_LC = bytes.fromhex("00000000031900010004114014000000000000000001f40005021190060102")
ESDS_LONG_SIZES = bytes.fromhex(
    "000000000380808022000100048080801440150000000001f4000001f4000580808002119006808080010002"
)


@pytest.mark.parametrize("esds", [ESDS_AAC_LC, ESDS_LONG_SIZES], ids=["1-byte sizes", "4-byte"])
def test_aac_lc(esds: bytes) -> None:
    """Object type 2, whichever way the descriptors write their sizes."""
    assert aac.codec_string(esds) == "mp4a.40.2"


def test_object_types_above_31_are_escaped() -> None:
    """xHE-AAC is object type 42: 31, then 6 bits that count from 32."""
    esds = bytes.fromhex("0000000003160001000411401500000000000000000000000502f94006010200")
    assert aac.codec_string(esds) == "mp4a.40.42"


@pytest.mark.parametrize(
    ("esds", "reason"),
    [
        (ESDS_AAC_LC[:4], "no descriptor 3"),
        (ESDS_AAC_LC[:20], "cut short"),
        (ESDS_AAC_LC.replace(b"\x40\x14", b"\x6b\x14"), "no MPEG-4 audio"),
    ],
)
def test_what_cannot_be_read_is_a_value_error(esds: bytes, reason: str) -> None:
    """A descriptor that is not there and one that is cut short are told apart."""
    with pytest.raises(ValueError, match=reason):
        aac.codec_string(esds)


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
        codec = aac.codec_string(bytes(data[:length]))
    except ValueError:
        return
    assert codec.startswith("mp4a.40.")


def test_what_the_encoder_is_asked_for() -> None:
    """Rate, sample rate and channels of the track."""
    asked = AudioSettings(bitrate_bps=384_000, sample_rate_hz=48_000, channels=6)
    assert aac.arguments(asked) == (
        ("-c:a", "aac"),
        ("-b:a", "384000"),
        ("-ar", "48000"),
        ("-ac", "6"),
    )
