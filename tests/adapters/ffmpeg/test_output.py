"""What the programs write, in whatever blocks it comes."""

from __future__ import annotations

import pytest

from adapters.ffmpeg.output import LineReader, ProgressReader


def test_a_line_in_two_blocks_is_one_line() -> None:
    """Only complete lines are handed on, and only they are an advance."""
    lines: list[str] = []
    reader = LineReader(lines.append)
    assert not reader.feed(b"pts_ti")
    assert reader.feed(b"me=1\npts_time=2\npts")
    assert lines == ["pts_time=1", "pts_time=2"]


def test_a_line_without_end_is_cut_off() -> None:
    """A hostile line takes 16 KiB, not the memory of the worker."""
    lines: list[str] = []
    reader = LineReader(lines.append)
    for _ in range(100):
        assert not reader.feed(b"x" * 65_536)
    assert max(len(held) for held in vars(reader).values() if isinstance(held, bytes)) == 16_384
    assert reader.feed(b"x\nshort\n")
    assert [len(line) for line in lines] == [16_384, 5]


def test_what_is_no_text_is_handed_on_all_the_same() -> None:
    """Tags of a file may be in any encoding."""
    lines: list[str] = []
    LineReader(lines.append).feed(b"title=\xff\n")
    assert lines == ["title=\ufffd"]


@pytest.mark.parametrize(
    ("said", "meant"), [("0.42x", 0.42), ("N/A", 0.0), ("7.28e+11x", 0.0), ("900x", 900.0)]
)
def test_an_absurd_speed_is_none(said: str, meant: float) -> None:
    """FFmpeg divides by no time at all when it begins."""
    reader = ProgressReader(None)
    reader.feed(f"frame=3\nspeed={said}\nprogress=continue\n".encode())
    assert reader.last.speed == meant
