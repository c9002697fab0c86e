"""FFmpeg's SSIM statistics."""

from __future__ import annotations

from transcoding.commands.ssim import read_ssim

LINES = """\
n:1 Y:0.989183 U:0.993014 V:0.992114 All:0.990310 (20.136512)
n:2 Y:1.000000 U:1.000000 V:1.000000 All:1.000000 (inf)
"""


def test_one_figure_a_frame() -> None:
    """That of all planes, in order; an exact copy has 1."""
    assert read_ssim(LINES) == (0.99031, 1.0)


def test_nothing_measured() -> None:
    """An empty file has no frames."""
    assert read_ssim("") == ()
