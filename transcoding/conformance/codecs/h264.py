"""H.264 (ITU-T H.264) in MP4, whose avcC is described in ISO/IEC 14496-15."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from transcoding.conformance.codecs.codec import Check, Opening, PictureCodec
from transcoding.conformance.readers.bits import Bits
from transcoding.conformance.readers.init import Init

_PROFILES = frozenset({66, 77, 100})
"""Baseline, Main and High."""
_HIGHEST_LEVEL = 52
_IDR = 5
_SLICES = range(1, 6)
_PARAMETER_SET = 7
_WITH_CHROMA_FIELDS = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128})
_EXTENDED_SAR = 255


@dataclass(frozen=True)
class SequenceParameters:
    """What rules are about in a sequence parameter set (7.3.2.1.1).

    Attributes:
        is_progressive: frame_mbs_only_flag, every picture is a whole frame.
        bit_depth: of luma.
        transfer: transfer_characteristics; 2 (unspecified) when the stream does not say.
    """

    profile: int
    level: int
    bit_depth: int
    is_progressive: bool
    transfer: int


def _limits(init: Init) -> Iterator[str]:
    config, sps = _configuration(init), sequence_parameters(init)
    if (config[1], config[3]) != (sps.profile, sps.level):
        yield "avcC and its SPS differ in profile or level"
    if sps.profile not in _PROFILES or sps.level > _HIGHEST_LEVEL or sps.bit_depth > 8:
        yield f"profile {sps.profile}, level {sps.level / 10}, {sps.bit_depth} bits"


class H264(PictureCodec):
    """H.264, with parameter sets in the sample entry (avc1) or in the samples (avc3)."""

    name = "h264"
    title = "H.264"
    entries = ("avc1", "avc3")
    checks = (Check("HLS 1.3b", "MUST", _limits, "at most High profile, level 5.2, 8 bits"),)

    def string(self, init: Init) -> str:
        return f"{init.entry}.{_configuration(init)[1:4].hex()}"

    def opening(self, sample: bytes, init: Init) -> Opening | None:
        """Return what the first NAL unit that is a slice is: type 5 is an IDR (7.4.1)."""
        position, size_bytes = 0, (_configuration(init)[4] & 3) + 1
        while position + size_bytes < len(sample):
            nal_bytes = int.from_bytes(sample[position : position + size_bytes], "big")
            kind = sample[position + size_bytes] & 31
            if kind in _SLICES:
                return Opening(kind == _IDR, f"a slice of NAL type {kind}")
            position += size_bytes + nal_bytes
        return None

    def is_progressive(self, init: Init) -> bool:
        return sequence_parameters(init).is_progressive

    def transfer(self, init: Init) -> int:
        return sequence_parameters(init).transfer


def _configuration(init: Init) -> bytes:
    """Return the payload of avcC (ISO/IEC 14496-15, 5.3.3.1)."""
    if init.entry not in H264.entries:
        raise ValueError(f"{init.entry!r} is not H.264")
    config = init.config("avcC")
    if len(config) < 8 or config[0] != 1:
        raise ValueError("avcC is damaged")
    return config


def sequence_parameters(init: Init) -> SequenceParameters:
    """Read the first sequence parameter set of avcC.

    Raises:
        ValueError: there is none, it is cut off, or it has scaling matrices, which none of ours
            has.
    """
    config = _configuration(init)
    size = int.from_bytes(config[6:8], "big")
    if not config[5] & 31 or 8 + size > len(config):
        raise ValueError("avcC holds no sequence parameter set")
    bits = Bits(config[8 : 8 + size])
    if bits.read(8) & 31 != _PARAMETER_SET:
        raise ValueError("the NAL unit is no sequence parameter set")
    profile, _, level = bits.read(8), bits.read(8), bits.read(8)
    bits.exp_golomb()
    bit_depth = _bit_depth(bits) if profile in _WITH_CHROMA_FIELDS else 8
    bits.exp_golomb()
    _skip_picture_order(bits)
    bits.exp_golomb()
    bits.read(1)
    bits.skip_exp_golomb(2)
    is_progressive = bool(bits.read(1))
    if not is_progressive:
        bits.read(1)
    bits.read(1)
    if bits.read(1):
        bits.skip_exp_golomb(4)
    return SequenceParameters(profile, level, bit_depth, is_progressive, _transfer(bits))


def _bit_depth(bits: Bits) -> int:
    if bits.exp_golomb() == 3:
        bits.read(1)
    bit_depth = 8 + bits.exp_golomb()
    bits.exp_golomb()
    bits.read(1)
    if bits.read(1):
        raise ValueError("the sequence parameter set has scaling matrices")
    return bit_depth


def _skip_picture_order(bits: Bits) -> None:
    order_type = bits.exp_golomb()
    if order_type == 0:
        bits.exp_golomb()
    elif order_type == 1:
        bits.read(1)
        bits.skip_exp_golomb(2)
        bits.skip_exp_golomb(bits.exp_golomb())


def _transfer(bits: Bits) -> int:
    unspecified = 2
    if not bits.read(1):
        return unspecified
    if bits.read(1) and bits.read(8) == _EXTENDED_SAR:
        bits.read(32)
    if bits.read(1):
        bits.read(1)
    if not bits.read(1):
        return unspecified
    bits.read(4)
    if not bits.read(1):
        return unspecified
    bits.read(8)
    return bits.read(8)


CODEC = H264()
