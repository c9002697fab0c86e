"""What rules are about in an H.264 sequence parameter set (ITU-T H.264, 7.3.2.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

_WITH_CHROMA_FIELDS = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128})
_EXTENDED_SAR = 255
_LONGEST_CODE_BITS = 32


@dataclass(frozen=True)
class SequenceParameters:
    """Attributes:
    is_progressive: frame_mbs_only_flag, every picture is a whole frame.
    bit_depth: of luma.
    transfer: transfer_characteristics; 2 (unspecified) when the stream does not say.
    """

    profile: int
    level: int
    bit_depth: int
    is_progressive: bool
    transfer: int


class _Bits:
    """Bits of an RBSP; reading past the end raises ValueError."""

    def __init__(self, nal: bytes) -> None:
        self._data = nal.replace(b"\x00\x00\x03", b"\x00\x00")
        self._position = 0

    def read(self, count: int) -> int:
        end = self._position + count
        if end > 8 * len(self._data):
            raise ValueError("the sequence parameter set ends too early")
        first, last = self._position // 8, (end + 7) // 8
        window = int.from_bytes(self._data[first:last], "big")
        self._position = end
        return window >> (8 * last - end) & ((1 << count) - 1)

    def exp_golomb(self) -> int:
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > _LONGEST_CODE_BITS:
                raise ValueError("the sequence parameter set is damaged")
        return (1 << zeros) - 1 + self.read(zeros)

    def skip_exp_golomb(self, count: int) -> None:
        for _ in range(count):
            self.exp_golomb()


def read_sps(nal: bytes) -> SequenceParameters:
    """Read a sequence parameter set, given with its NAL header byte.

    Raises:
        ValueError: it is cut off, or has scaling matrices, which none of ours has.
    """
    bits = _Bits(nal)
    if bits.read(8) & 31 != 7:
        raise ValueError("the NAL unit is no sequence parameter set")
    profile, _, level = bits.read(8), bits.read(8), bits.read(8)
    bits.exp_golomb()
    bit_depth = 8
    if profile in _WITH_CHROMA_FIELDS:
        if bits.exp_golomb() == 3:
            bits.read(1)
        bit_depth = 8 + bits.exp_golomb()
        bits.exp_golomb()
        bits.read(1)
        if bits.read(1):
            raise ValueError("the sequence parameter set has scaling matrices")
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


def _skip_picture_order(bits: _Bits) -> None:
    order_type = bits.exp_golomb()
    if order_type == 0:
        bits.exp_golomb()
    elif order_type == 1:
        bits.read(1)
        bits.skip_exp_golomb(2)
        bits.skip_exp_golomb(bits.exp_golomb())


def _transfer(bits: _Bits) -> int:
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
