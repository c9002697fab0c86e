"""Bits of a NAL unit's payload, and the codes that parameter sets are written in."""

from __future__ import annotations

_LONGEST_CODE_BITS = 32


class Bits:
    """Bits of an RBSP (ITU-T H.264, 7.2 and 9.1); reading past the end raises ValueError."""

    def __init__(self, nal: bytes) -> None:
        self._data = nal.replace(b"\x00\x00\x03", b"\x00\x00")
        self._position = 0

    def read(self, count: int) -> int:
        end = self._position + count
        if end > 8 * len(self._data):
            raise ValueError("the parameter set ends too early")
        first, last = self._position // 8, (end + 7) // 8
        window = int.from_bytes(self._data[first:last], "big")
        self._position = end
        return window >> (8 * last - end) & ((1 << count) - 1)

    def exp_golomb(self) -> int:
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > _LONGEST_CODE_BITS:
                raise ValueError("the parameter set is damaged")
        return (1 << zeros) - 1 + self.read(zeros)

    def skip_exp_golomb(self, count: int) -> None:
        for _ in range(count):
            self.exp_golomb()
