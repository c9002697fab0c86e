"""FFmpeg's per-frame SSIM figures, as its `stats_file` option writes them."""

from __future__ import annotations

import re

_ALL_PLANES = re.compile(r"\bAll:([0-9.]+)")


def read_ssim(text: str) -> tuple[float, ...]:
    """Return the figure over all planes for each frame, in display order."""
    return tuple(float(match[1]) for match in _ALL_PLANES.finditer(text))
